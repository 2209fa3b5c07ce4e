"""How much a test may grow before it is a regression."""

from __future__ import annotations

import math
import sys

from pytest_scer.core import LARGEST
from pytest_scer.core.budget import Budget, Quantity
from pytest_scer.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Threshold:
    """How much a test may grow.

    Attributes:
        share: Of the baseline: 0.1 is 10 %.
        floor: A growth up to this does not count, whatever its share; joules or grams.
        floor_unit: ``J`` or ``g``.
        text: As the user wrote it.
    """

    share: float = 0.10
    floor: float = 0.0
    floor_unit: str = "J"
    text: str = "10%"

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """Read ``10%``, ``10`` or ``10% and 0.5 J``.

        Raises:
            ValueError: It is none of these; the message says what would have been right.
        """
        share, conjunction, floor = (part.strip() for part in text.partition(" and "))
        try:
            percent = float(share.removesuffix("%"))
        except ValueError:
            percent = math.nan
        if not 0 <= percent <= LARGEST:  # never true for NaN
            raise ValueError(f"{text!r} is not a growth: expected '10%' or '10% and 0.5 J'")
        if not conjunction:
            return cls(percent / 100, text=text.strip())
        budget = Budget.parse(floor)
        if budget.quantity is Quantity.POWER or budget.functional_unit is not None:
            raise ValueError(f"{floor!r} is no floor: expected energy or CO2e, as in '0.5 J'")
        return cls(percent / 100, budget.limit, budget.quantity.value[0], text.strip())

    def floor_j(self, g_per_j: float) -> float:
        """The floor in joules, at this number of grams per joule."""
        if self.floor_unit == "J" or not self.floor:
            return self.floor
        return self.floor / g_per_j if g_per_j else sys.float_info.max  # JSON has no infinity
