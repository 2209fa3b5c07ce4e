"""Functional units: what scores are stated per, and how many of them make a readable score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from pytest_scer.core.units import plural
from pytest_scer.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class FunctionalUnit:
    """The unit of a score's denominator: `FunctionalUnit("token", 1000)` is `1000 tokens`.

    Attributes:
        name: The unit in the singular.
        per: The number of units that the score is stated for.
    """

    name: str
    per: float = 1.0

    def __post_init__(self) -> None:
        if not self.name or not (math.isfinite(self.per) and self.per > 0):
            raise ValueError(
                f"{self.per} {self.name} is not a functional unit: expected a number above 0 and "
                "a name, such as `1000 tokens`"
            )

    def __str__(self) -> str:
        return self.name if self.per == 1 else f"{_plain(self.per)} {plural(self.name)}"

    @property
    def readable(self) -> str:
        """The unit with its number grouped from five digits on: `1,000,000 tokens`."""
        if self.per < 10_000 or self.per % 1:
            return str(self)
        return f"{int(self.per):,} {plural(self.name)}"


READABLE_G = (0.1, 1000.0)
"""The range in which people read a number of grams without counting zeros."""
MOST_UNITS = 1e12
"""The largest number of units that a score is stated for: a trillion."""


def readable_unit(values_g: Sequence[float], unit: FunctionalUnit) -> FunctionalUnit:
    """Scale a functional unit by 1,000s until scores lie between 0.1 and 1000 g.

    Scores that are compared share one unit. If their range is too wide, the lower end yields: a
    number below 0.1 is easier to compare with the others than one above 1000.

    Args:
        values_g: Grams of CO2e per `unit`; those that are 0 or infinite are ignored.
        unit: The unit that they are stated for.

    Returns:
        The unit for this number times a power of 1,000; never for less than one.
    """
    known = [value for value in values_g if 0 < value < math.inf]
    if not known:
        return unit
    least, most = min(known), max(known)
    low, high = READABLE_G
    factor = 1.0
    while least * factor < low and most * factor * 1000 < high and unit.per * factor < MOST_UNITS:
        factor *= 1000
    while most * factor >= high and unit.per * factor >= 1000:
        factor /= 1000
    return replace(unit, per=unit.per * factor) if factor != 1 else unit


def _plain(value: float) -> str:
    return f"{Decimal(f'{value:.15g}'):f}"
