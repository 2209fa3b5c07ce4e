"""Budgets: their grammar, and verdicts that take the uncertainty into account."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.intensity import CarbonIntensity, Conversion
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.statistics import Figure


class Verdict(str, Enum):
    """The result of checking a figure against a budget."""

    OK = "ok"
    EXCEEDED = "exceeded"
    INCONCLUSIVE = "inconclusive"
    UNMEASURED = "unmeasured"


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
        if self.functional_unit is None:
            return ""
        if self.per == 1:
            return f" per {self.functional_unit}"
        return f" per {self.per:.10g} {units.plural(self.functional_unit)}"

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

    def show(self, value: float | None, uncertainty: float | None = None) -> str:
        """Format a figure in the unit of this budget, scaled to its size."""
        if value is None:
            return "-"
        si_unit, suffix = self.quantity.value
        return units.uncertain(value, uncertainty, si_unit, suffix=suffix) + self._per_text


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget and where it was set, for example ``--scer-test-budget``."""

    budget: Budget
    source: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a budget, with the figure it is based on.

    Attributes:
        limit: The budget and its source.
        verdict: The verdict.
        actual: The figure, in ``limit.budget.unit``; None if there is none.
        uncertainty: Half-width of its 95 % interval, in the same unit; None if unknown.
        runs: The number of runs behind the figure.
        reason: Why there is no figure, or why it has no uncertainty; otherwise None.
    """

    limit: Limit
    verdict: Verdict
    actual: float | None
    uncertainty: float | None
    runs: int
    reason: str | None = None

    @property
    def text(self) -> str:
        """One line with the figure, its uncertainty, the verdict, the limit and its source."""
        budget, source = self.limit.budget, self.limit.source
        if self.verdict is Verdict.UNMEASURED:
            return f"the budget of {budget.text} (set by {source}) was not checked: {self.reason}"
        relation = {
            Verdict.OK: f"within the limit of {budget.text}",
            Verdict.EXCEEDED: f"over the limit of {budget.text}",
            Verdict.INCONCLUSIVE: f"too close to the limit of {budget.text} to decide",
        }[self.verdict]
        ratio = f"{_ratio(self.actual / budget.limit)}, " if self.actual and budget.limit else ""
        figure = budget.show(self.actual, self.uncertainty)
        return f"{figure} is {relation} ({ratio}set by {source})"


def _ratio(share: float) -> str:
    """A figure relative to its limit: ``85%``, ``1.8x`` or ``6,351x``."""
    if share < 1.1:
        return f"{share:.0%}"
    return f"{share:.1f}x" if share < 10 else f"{share:,.0f}x"


def _figure(budget: Budget, energy_j: float, duration_s: float, conversion: Conversion) -> float:
    if budget.quantity is Quantity.CO2E:
        return conversion.grams(energy_j)
    if budget.quantity is Quantity.POWER:
        return energy_j / duration_s
    return energy_j


def figure_of_run(
    budget: Budget,
    measured: Measurement,
    functional_units: Mapping[str, float],
    conversion: Conversion,
) -> Figure | None:
    """The figure of one run in the unit of a budget, with the meter's uncertainty.

    Args:
        budget: The budget that the figure is for.
        measured: The run.
        functional_units: How many of each functional unit the run produced.
        conversion: Converts joules to grams.

    Returns:
        The figure. None if the run was not measured, if it counted none of the budget's functional
        units, or if it took no time and the budget limits power.
    """
    if budget.quantity is Quantity.POWER and measured.duration_s <= 0:
        return None
    divisor = 1.0
    if budget.functional_unit is not None:
        count = functional_units.get(budget.functional_unit, 0.0)
        if not units.is_usable(count):
            return None
        divisor = count / budget.per
    if not measured.complete:
        return None
    scale = partial(_figure, budget, duration_s=measured.duration_s, conversion=conversion)
    uncertainty_j = measured.uncertainty_j
    return Figure(
        scale(measured.total_j or 0.0) / divisor,
        None if uncertainty_j is None else scale(uncertainty_j) / divisor,
    )


def judge(
    limit: Limit,
    measurement: Measurement,
    functional_units: Mapping[str, float],
    conversion: Conversion,
) -> Judgement:
    """Check a measurement against a budget.

    The verdict is ``ok`` if figure plus uncertainty is at or under the limit, ``exceeded`` if
    figure minus uncertainty is over it, and ``inconclusive`` in between. Without a figure it is
    ``unmeasured``.

    Args:
        limit: The budget and where it was set.
        measurement: The energy and time used.
        functional_units: How many of each functional unit that work produced.
        conversion: Converts joules to grams.

    Returns:
        The judgement; never ``ok`` without a figure.
    """
    budget = limit.budget
    runs = measurement.run_count
    nothing = Judgement(limit, Verdict.UNMEASURED, None, None, runs)
    total_j = measurement.total_j
    if total_j is None or math.isnan(total_j):
        return replace(nothing, reason=measurement.fault or "the energy could not be measured")
    if budget.quantity is Quantity.POWER and measurement.duration_s <= 0:
        return replace(nothing, reason="no time passed")
    divisor = 1.0
    if budget.functional_unit is not None:
        count = functional_units.get(budget.functional_unit, 0.0)
        if count <= 0:
            name = units.plural(budget.functional_unit)
            reason = f"no {name} were counted with carbon.count({name}=...)"
            return replace(nothing, reason=reason)
        if not units.is_usable(count):
            name = units.plural(budget.functional_unit)
            return replace(nothing, reason=f"{count:g} {name} is out of range")
        divisor = count / budget.per
    scale = partial(_figure, budget, duration_s=measurement.duration_s, conversion=conversion)
    actual = scale(total_j) / divisor
    if measurement.uncertainty_j is None:
        reason = "too few runs to estimate the uncertainty"
        return Judgement(limit, Verdict.INCONCLUSIVE, actual, None, runs, reason)
    uncertainty = scale(measurement.uncertainty_j) / divisor
    if actual + uncertainty <= budget.limit:
        verdict = Verdict.OK
    elif actual - uncertainty > budget.limit:
        verdict = Verdict.EXCEEDED
    else:
        verdict = Verdict.INCONCLUSIVE
    return Judgement(limit, verdict, actual, uncertainty, runs)
