"""Everyday equivalents of an amount of CO2e, each with its source and year."""

from __future__ import annotations

from typing import Final

from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.scoring.estimates import TREE_MONTH_G
from pytest_scer.scoring.sci import fixed_point
from pytest_scer.sources import equivalents as sources
from pytest_scer.sources.entry import Source
from pytest_scer.sources.estimators import TREE_YEAR

LEAST_G: Final = 1.0
"""Below about a gram, equivalents are too small to mean anything and are left out."""

_LEAST_COUNT: Final = 0.05


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A number of everyday activities that emit the same amount.

    Attributes:
        count: The number of activities.
        what: The activity, in the plural.
        source: The source of the grams per activity.
        caveat: What to know before relying on them.
    """

    count: float
    what: str
    source: Source
    caveat: str

    def __str__(self) -> str:
        """Count, activity, title of the source and year of its data."""
        return f"{fixed_point(self.count, 2)} {self.what} ({self.source.title}, {self.source.year})"


_OF_ONE: Final = (
    *((each.value, each.name, each) for each in (sources.SMARTPHONE, sources.STREAMING)),
    *((each.value, each.name, each) for each in (sources.CAR_KM, sources.CAR_MILE)),
    (TREE_MONTH_G, "months of a mature tree's uptake, contested", TREE_YEAR),
)
"""Grams of one activity, its name, and the constant that they come from."""


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
        Equivalent(co2e_g / grams, what, constant.source, constant.caveat)
        for grams, what, constant in _OF_ONE
        if co2e_g / grams >= _LEAST_COUNT
    )
