"""Everyday equivalents of an amount of CO2e, each with the source and year it depends on."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_scer.scoring.sci import fixed_point

LEAST_G = 1.0
"""Below about a gram an equivalent is a fraction of nothing much, and is left out."""

_LEAST_COUNT = 0.05


@dataclass(frozen=True, slots=True)
class Equivalent:
    """So many of something that emit as much.

    Attributes:
        count: how many.
        what: of what.
        source: who gives the grams of one.
        year: of the source, on which the number depends.
    """

    count: float
    what: str
    source: str
    year: int

    def __str__(self) -> str:
        return f"{fixed_point(self.count, 2)} {self.what} ({self.source}, {self.year})"


# Grams of one, what it is, source, year. Figures with a weak, missing or contradictory source
# (a web search, an hour of television, a tree seedling) are not used.
_GRAMS_OF_ONE = (
    (12.4, "smartphone charges", "US EPA, Greenhouse Gas Equivalencies", 2026),
    (36.0, "hours of streamed video", "Carbon Brief", 2020),
    (175.0, "km in an average car", "UK greenhouse gas conversion factors", 2019),
    (393.0, "miles in an average US car", "US EPA, Greenhouse Gas Equivalencies", 2026),
    (11_000 / 12, "months of a mature tree's uptake", "Akbari, Environmental Pollution 116", 2002),
)


def equivalents(co2e_g: float | None) -> tuple[Equivalent, ...]:
    """The equivalents that mean something for so many grams of CO2e.

    Args:
        co2e_g: grams; None or less than one gram has no equivalents, and those of which it
            is less than a twentieth are left out.
    """
    if co2e_g is None or co2e_g < LEAST_G:
        return ()
    return tuple(
        Equivalent(co2e_g / grams, what, source, year)
        for grams, what, source, year in _GRAMS_OF_ONE
        if co2e_g / grams >= _LEAST_COUNT
    )
