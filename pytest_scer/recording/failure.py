"""The message of a test that fails because of its budget, and how pytest shows it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import pytest

from pytest_scer.core import COMPONENTS, units
from pytest_scer.core.budget import Quantity
from pytest_scer.core.judgement import CONTENDED, Judgement, Verdict
from pytest_scer.core.limits import HEADROOM, proposed_limit
from pytest_scer.core.measurement import Measurement
from pytest_scer.errors import CarbonBudgetExceeded, CarbonInconclusive, CarbonRegression
from pytest_scer.recording.metering import Metered
from pytest_scer.recording.testrun import TestRun

_WITH_COST: Final = (CarbonBudgetExceeded, CarbonInconclusive, CarbonRegression)
"""The exceptions whose text begins with the cost."""


def lead_with_cost(report: pytest.TestReport, error: BaseException) -> None:
    """Let pytest's summary and JUnit XML begin with the cost, not with the exception's class.

    Args:
        report: The report of a stage.
        error: What ended the stage.
    """
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None and isinstance(error, _WITH_COST):
        crash.message = str(error)


def budget_failure(test: TestRun, judgements: Sequence[Judgement], metered: Metered) -> str:
    """The failure message for budgets that fail a test.

    The first line, which pytest's summary shows, has the cost, the limit and their ratio.

    Args:
        test: The test.
        judgements: The budgets that failed the test.
        metered: Meter and carbon intensity of the session.
    """
    worst, *others = sorted(judgements, key=lambda each: each.gravity, reverse=True)
    return "\n  ".join([worst.headline, *_details(test, worst, metered), *_also(others)])


def _details(test: TestRun, worst: Judgement, metered: Metered) -> Iterator[str]:
    limit, budget = worst.limit, worst.limit.budget
    yield f"limit: {budget.text}, {limit.where}"
    measurement = test.measurement() if worst.actual is None else test.measured_here()
    if measurement is not None:
        added = f", {worst.reason}" if worst.reason and worst.verdict is Verdict.EXCEEDED else ""
        yield f"read: {_what_was_read(test, measurement, metered)}{added}"
    if worst.uncertainty:
        yield f"interval: {_interval(test, worst)}"
    if worst.reason is not None and worst.verdict is Verdict.INCONCLUSIVE:
        yield f"reason: {_reason(worst)}"
    if budget.quantity is Quantity.CO2E:
        grid = metered.carbon_intensity
        pue = f", PUE {metered.pue:g}" if metered.pue != 1 else ""
        yield f"grid: {grid.g_per_kwh:g} gCO2e per kWh ({grid.location}){pue}"
    volatile = budget.not_reproducible(metered.carbon_intensity, metered.conversion)
    if volatile is not None:
        yield volatile
    remedy = _remedy(test, worst)
    if remedy is not None:
        yield f"remedy: {remedy}"


def _also(others: Sequence[Judgement]) -> Iterator[str]:
    for judgement in others:
        yield f"also: {judgement.text}"


def _what_was_read(test: TestRun, measurement: Measurement, metered: Metered) -> str:
    if test.calls:
        stages = "carbon(fn)"
    elif test.marker.covers == "all":
        stages = "setup, call and teardown"
    else:
        stages = "call stage"
    count = measurement.run_count
    runs = f"median of {count} runs" if count > 1 else "1 run"
    components = " + ".join(
        f"{component} {units.quantity(None if math.isnan(joules) else joules, 'J')} "
        f"({metered.infos[component].provenance.value})"
        for component in COMPONENTS
        if (joules := getattr(measurement, f"{component}_j")) is not None
    )
    return f"{stages}, {runs} in {units.quantity(measurement.duration_s, 's')}: {components}"


def _interval(test: TestRun, judgement: Judgement) -> str:
    """The ends of the interval, and what it allows for."""
    actual, uncertainty = judgement.actual or 0.0, judgement.uncertainty or 0.0
    show = judgement.limit.budget.show_amount
    parts = [f"±{uncertainty / actual:.0%}"] if actual > 0 else []
    if test.noise.source:
        parts.append(test.noise.source)
    about = f" ({', '.join(parts)})" if parts else ""
    return f"{show(max(actual - uncertainty, 0.0))} to {show(actual + uncertainty)}{about}"


def _reason(judgement: Judgement) -> str:
    """Why the verdict is open, with what the work may cost alone."""
    if judgement.reason != CONTENDED or judgement.lowest is None:
        return judgement.reason or ""
    lowest = judgement.limit.budget.show_amount(max(judgement.lowest, 0.0))
    return f"{CONTENDED}: alone, it may cost as little as {lowest}"


def _remedy(test: TestRun, judgement: Judgement) -> str | None:
    """One thing that the user can do; None if the test itself says that it has no figure."""
    if test.unmeasured is not None:
        return None
    budget = judgement.limit.budget
    if judgement.actual is None:
        unit = budget.functional_unit
        if unit is not None and not test.counted_units().get(unit):
            return f"call carbon.count({units.plural(unit)}=...) in the test"
        return "pytest-scer doctor shows what can be measured on this machine"
    if judgement.reason == CONTENDED:
        return "run the test with nothing beside it (-n 0, or --scer-serialize under pytest-xdist)"
    if judgement.uncertainty is None:
        return "allow more runs (--scer-repeats, --scer-max-time)"
    highest = judgement.actual + judgement.uncertainty
    if highest <= 0:
        return None
    room = proposed_limit(highest, budget)
    raised = f"set a limit of {room} (upper end of the interval + {HEADROOM:.0%})"
    if judgement.verdict is Verdict.EXCEEDED:
        return f"reduce the work, or {raised}"
    return f"{raised}, or compare with earlier sessions (--scer-history DIR)"
