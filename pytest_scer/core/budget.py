"""Budgets and their grammar."""

from __future__ import annotations

import math
import re
from enum import Enum
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.intensity import CarbonIntensity, Conversion
from pytest_scer.lazy_dataclass import dataclass


class Quantity(Enum):
    """What a budget limits; each value is the SI unit and the suffix printed after it."""

    CO2E = ("g", "CO2e")
    ENERGY = ("J", "")
    POWER = ("W", "")


GRAMMAR: Final = "NUMBER UNIT [per [N] FUNCTIONAL-UNIT], as in '2 mgCO2e' or '0.01 Wh per token'"

_BUDGET = re.compile(
    r"(?P<number>[\d.][\d._]*[eE][+-]?\d+|\S*?)\s*(?P<unit>[A-Za-zµμ]\S*(?:\s+CO[2₂]\S*)?)"
    r"(?:\s+per\s+(?:(?P<per>[+-]?[\d.][\d.,_eE+-]*)\s+)?(?P<functional_unit>\S.*))?"
)
_THOUSANDS = re.compile(r",(?=\d{3}(\D|$))")
_CO2E_SUFFIX = re.compile(r"\s*CO[2₂](?:-?eq?)?", re.IGNORECASE)
_FUNCTIONAL_UNIT = re.compile(r"[A-Za-z][\w-]*")


def _read_unit(symbol: str) -> tuple[Quantity, float]:
    symbol = symbol.replace("µ", "u").replace("μ", "u")
    if symbol in units.JOULES:
        return Quantity.ENERGY, units.JOULES[symbol]
    if symbol in units.WATTS:
        return Quantity.POWER, units.WATTS[symbol]
    mass = _CO2E_SUFFIX.sub("", symbol)
    if mass in units.GRAMS:
        return Quantity.CO2E, units.GRAMS[mass]
    known = ", ".join((*units.GRAMS, *units.JOULES, *units.WATTS))
    hint = "; write 'per' instead of '/'" if "/" in symbol else ""
    raise ValueError(f"unknown unit {symbol!r} (known: {known}; mass with or without CO2e){hint}")


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit on emissions, energy or average power, in total or per functional unit.

    Attributes:
        text: The budget as the user wrote it.
        quantity: What is limited.
        limit: The limit in grams, joules or watts.
        functional_unit: The functional unit in the singular; None for a limit on the total.
        per: The number of functional units that the limit applies to.
    """

    text: str
    quantity: Quantity
    limit: float
    functional_unit: str | None = None
    per: float = 1.0

    @classmethod
    def parse(cls, text: str) -> Budget:
        """Parse ``NUMBER UNIT [per [N] FUNCTIONAL-UNIT]``.

        Raises:
            ValueError: The text is not a budget; the message names the expected format.
        """
        text = " ".join(text.split())
        match = _BUDGET.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a budget: expected {GRAMMAR}")
        try:
            limit = units.positive_number(match["number"])
            quantity, size = _read_unit(match["unit"])
            if not math.isfinite(limit * size):
                raise ValueError(f"{match['number']} is too large")
            per, functional_unit = 1.0, None
            if match["functional_unit"] is not None:
                per = units.positive_number(_THOUSANDS.sub("", match["per"] or "1"))
                functional_unit = match["functional_unit"]
                if not _FUNCTIONAL_UNIT.fullmatch(functional_unit):
                    raise ValueError(f"{functional_unit!r} is not the name of a functional unit")
                if per == 0:
                    raise ValueError(f"a budget per 0 {functional_unit} limits nothing")
                if not units.is_usable(per):
                    raise ValueError(f"{match['per']} {functional_unit} is out of range")
                if quantity is Quantity.POWER:
                    raise ValueError("a budget for power cannot be per functional unit")
        except ValueError as error:
            raise ValueError(f"{text!r} is not a budget: {error}; expected {GRAMMAR}") from None
        return cls(
            text=text,
            quantity=quantity,
            limit=limit * size,
            functional_unit=functional_unit and units.singular(functional_unit),
            per=per,
        )

    @property
    def is_cumulative(self) -> bool:
        """Whether the figure can only grow as work is added: not power, not per functional unit."""
        return self.functional_unit is None and self.quantity is not Quantity.POWER

    @property
    def unit(self) -> str:
        """The unit of the limit and of the figures compared with it: ``gCO2e per 1000 tokens``."""
        si_unit, suffix = self.quantity.value
        return si_unit + suffix + self._per_text

    @property
    def _per_text(self) -> str:
        return units.per(self.functional_unit, self.per)

    def not_reproducible(self, grid: CarbonIntensity, conversion: Conversion) -> str | None:
        """The warning for a CO2e budget on a live grid; None for any other budget or grid.

        Args:
            grid: The grid whose intensity the budget was judged with.
            conversion: That intensity and the PUE.
        """
        g_per_j = conversion.grams(1.0)
        if self.quantity is not Quantity.CO2E or not grid.is_live or not g_per_j:
            return None
        energy = units.quantity(self.limit / g_per_j, "J", suffix=self._per_text)
        return (
            f"the budget {self.text} depends on live grid intensity and is not reproducible; at "
            f"{grid.g_per_kwh:g} g per kWh it equals an energy budget of {energy}"
        )

    def show(
        self, value: float | None, uncertainty: float | None = None, *, digits: int = 3
    ) -> str:
        """Format a figure in the unit of this budget, scaled to its size."""
        if value is None:
            return "-"
        return self.show_amount(value, uncertainty, digits=digits) + self._per_text

    def show_amount(
        self, value: float, uncertainty: float | None = None, *, digits: int = 3
    ) -> str:
        """The same without the functional unit."""
        si_unit, suffix = self.quantity.value
        return units.uncertain(value, uncertainty, si_unit, suffix=suffix, digits=digits)
