"""Verdicts on budgets that take the uncertainty into account, and their text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from functools import partial
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.budget import Budget, Quantity
from pytest_scer.core.contention import CONTENTION
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.statistics import Figure
from pytest_scer.lazy_dataclass import dataclass

CONTENDED: Final = (
    "other processes kept the cores busy, where the same work takes longer and up to "
    f"{CONTENTION:g} times the CPU time"
)
"""Why a figure that is over its limit even with its uncertainty is inconclusive."""


class Verdict(str, Enum):
    """The result of checking a figure against a budget."""

    OK = "ok"
    EXCEEDED = "exceeded"
    INCONCLUSIVE = "inconclusive"
    UNMEASURED = "unmeasured"


_GRAVITY: Final = (Verdict.OK, Verdict.UNMEASURED, Verdict.INCONCLUSIVE, Verdict.EXCEEDED)


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget and where it was set.

    Attributes:
        budget: The budget.
        source: The option, key or marker, for example ``--scer-test-budget``.
        place: The place as ``file:line``; None if it is not in a file.
    """

    budget: Budget
    source: str
    place: str | None = None

    @property
    def where(self) -> str:
        """Where it was set, as in ``set at tox.ini:3 (scer_test_budget)``."""
        if self.place is None:
            return f"set by {self.source}"
        file = self.place.rpartition(":")[0]
        return f"set at {self.place} ({self.source.replace(f' ({file})', '')})"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a budget, with the figure it is based on.

    Attributes:
        limit: The budget and its source.
        verdict: The verdict.
        actual: The figure, in ``limit.budget.unit``; None if there is none.
        uncertainty: Half-width of its 95 % interval, in the same unit; None if unknown.
        runs: The number of runs behind the figure.
        reason: Why there is no figure, why it has no uncertainty, or what else left the verdict
            open; otherwise None.
        lowest: The low end of the interval, in the same unit. It lies below figure minus
            uncertainty if busy neighbours may have added to the figure. None if unknown.
    """

    limit: Limit
    verdict: Verdict
    actual: float | None
    uncertainty: float | None
    runs: int
    reason: str | None = None
    lowest: float | None = None

    @property
    def gravity(self) -> tuple[int, float]:
        """A sort key: the larger, the worse."""
        limit, actual = self.limit.budget.limit, self.actual or 0.0
        return _GRAVITY.index(self.verdict), actual / limit if limit else actual

    @property
    def headline(self) -> str:
        """Cost, limit and ratio, as in ``Over budget: 9.15 J > 5 J (1.8x)``."""
        budget, actual = self.limit.budget, self.actual
        if self.verdict is Verdict.UNMEASURED or actual is None:
            return f"Not checked: {self.reason}"
        ratio = f" ({_ratio(actual / budget.limit)})" if actual and budget.limit else ""
        if self.verdict is Verdict.EXCEEDED:
            return f"Over budget: {_over(budget, actual)} > {budget.text}{ratio}"
        figure = budget.show_amount(actual, self.uncertainty)
        word = "Within budget" if self.verdict is Verdict.OK else "Inconclusive"
        return f"{word}: {figure}, limit {budget.text}{ratio}"

    @property
    def text(self) -> str:
        """One line: the headline, the reason of an open verdict, and where the limit was set."""
        limit = self.limit
        place = f"set at {limit.place}" if limit.place else f"set by {limit.source}"
        if self.verdict is Verdict.UNMEASURED:
            return f"{self.headline}; limit {limit.budget.text}, {place}"
        reason = f"; {self.reason}" if self.reason else ""
        return f"{self.headline}, {place}{reason}"


def _over(budget: Budget, actual: float) -> str:
    """A figure over its limit, with enough digits to differ from the limit as it is printed."""
    digits = 3
    while digits < 9 and float(f"{actual:.{digits - 1}e}") <= budget.limit:
        digits += 1
    return budget.show_amount(actual, digits=digits)


def _ratio(share: float) -> str:
    """A figure relative to its limit: ``85%``, ``1.04x``, ``1.8x`` or ``6,351x``."""
    if share < 1:
        return f"{share:.0%}"
    if share < 1.1:
        return f"{share:.2f}x"
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
    """The figure of one run in the unit of a budget, with the uncertainty that the session shows.

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
    divisor = _divisor(budget, functional_units)
    if not measured.complete or divisor <= 0:
        return None
    scale = partial(_figure, budget, duration_s=measured.duration_s, conversion=conversion)
    uncertainty_j = measured.within_session_j
    return Figure(
        scale(measured.total_j or 0.0) / divisor,
        None if uncertainty_j is None else scale(uncertainty_j) / divisor,
    )


def judge(
    limit: Limit,
    measurement: Measurement,
    functional_units: Mapping[str, float],
    conversion: Conversion,
    *,
    who: str = "the test",
) -> Judgement:
    """Check a measurement against a budget.

    The verdict is ``ok`` if figure plus uncertainty is at or under the limit, ``exceeded`` if the
    low end of the interval is over it, and ``inconclusive`` in between. Without a figure it is
    ``unmeasured``.

    Args:
        limit: The budget and where it was set.
        measurement: The energy and time used.
        functional_units: How many of each functional unit that work produced.
        conversion: Converts joules to grams.
        who: Who used it, for the reason if nothing was counted.

    Returns:
        The judgement; never ``ok`` without a figure.
    """
    budget, runs = limit.budget, measurement.run_count
    missing = _why_no_figure(budget, measurement, functional_units, who)
    if missing is not None:
        return Judgement(limit, Verdict.UNMEASURED, None, None, runs, missing)
    divisor = _divisor(budget, functional_units)
    scale = partial(_figure, budget, duration_s=measurement.duration_s, conversion=conversion)
    actual = scale(measurement.known_j) / divisor
    if math.isnan(actual):  # a grid intensity, a duration or a count is not a number
        odd = "the figure is not a number"
        return Judgement(limit, Verdict.UNMEASURED, None, None, runs, odd)
    if measurement.uncertainty_j is None or math.isnan(measurement.uncertainty_j):
        few = "too few runs to estimate the uncertainty"
        return Judgement(limit, Verdict.INCONCLUSIVE, actual, None, runs, few)
    uncertainty = scale(measurement.uncertainty_j) / divisor
    lowest = _lowest(budget, actual, uncertainty, scale(measurement.contention_j) / divisor)
    reason = CONTENDED if lowest <= budget.limit < actual - uncertainty else None
    if actual + uncertainty <= budget.limit:
        verdict = Verdict.OK
    elif lowest > budget.limit:
        verdict = Verdict.EXCEEDED
    else:
        verdict = Verdict.INCONCLUSIVE
    return Judgement(limit, verdict, actual, uncertainty, runs, reason, lowest)


def _why_no_figure(
    budget: Budget, measurement: Measurement, functional_units: Mapping[str, float], who: str
) -> str | None:
    """Why a budget cannot be checked; None if it can."""
    if not measurement.complete:
        return measurement.fault or "the energy could not be measured"
    if budget.quantity is Quantity.POWER and measurement.duration_s <= 0:
        return "no time passed"
    if budget.functional_unit is None:
        return None
    name = units.plural(budget.functional_unit)
    count = functional_units.get(budget.functional_unit, 0.0)
    if count > 0:
        return None if units.is_usable(count) else f"{count:g} {name} is out of range"
    if budget.functional_unit in functional_units:
        return f"{who} counted 0 {name}"
    return f"{who} never called carbon.count({name}=...)"


def _divisor(budget: Budget, functional_units: Mapping[str, float]) -> float:
    """What a total is divided by for a budget; 0 if none of its units was counted.

    Also 0 if their count is out of range.
    """
    if budget.functional_unit is None:
        return 1.0
    count = functional_units.get(budget.functional_unit, 0.0)
    return count / budget.per if units.is_usable(count) else 0.0


def _lowest(budget: Budget, actual: float, uncertainty: float, contention: float) -> float:
    """The low end of the interval of a figure, all in one unit.

    Neighbours prolong the work and its CPU time alike, so they do not move its average power.
    """
    if not contention or budget.quantity is Quantity.POWER:
        return actual - uncertainty
    return actual - uncertainty - contention * max(1 - uncertainty / actual, 0.0)
