"""Everyday equivalents of an amount of CO2e, each with its source and year."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_scer.scoring.sci import fixed_point

LEAST_G = 1.0
"""Below about a gram, equivalents are too small to mean anything and are left out."""

_LEAST_COUNT = 0.05


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A number of everyday activities that emit the same amount.

    Attributes:
        count: The number of activities.
        what: The activity, in the plural.
        source: The source of the grams per activity.
        year: The year of the source.
    """

    count: float
    what: str
    source: str
    year: int

    def __str__(self) -> str:
        return f"{fixed_point(self.count, 2)} {self.what} ({self.source}, {self.year})"


# Grams per activity, activity, source, year. Figures with a weak, missing or contradictory source
# (a web search, an hour of television, a tree seedling) are not used.
_GRAMS_OF_ONE = (
    (12.4, "smartphone charges", "US EPA, Greenhouse Gas Equivalencies", 2026),
    (36.0, "hours of streamed video", "Carbon Brief", 2020),
    (175.0, "km in an average car", "UK greenhouse gas conversion factors", 2019),
    (393.0, "miles in an average US car", "US EPA, Greenhouse Gas Equivalencies", 2026),
    (11_000 / 12, "months of a mature tree's uptake", "Akbari, Environmental Pollution 116", 2002),
)


def equivalents(co2e_g: float | None) -> tuple[Equivalent, ...]:
    """The meaningful equivalents of an amount of CO2e.

    Args:
        co2e_g: Grams of CO2e, or None.

    Returns:
        The equivalents with a count of at least a twentieth; none for None or less than one gram.
    """
    if co2e_g is None or co2e_g < LEAST_G:
        return ()
    return tuple(
        Equivalent(co2e_g / grams, what, source, year)
        for grams, what, source, year in _GRAMS_OF_ONE
        if co2e_g / grams >= _LEAST_COUNT
    )
