"""The tests of a page: a column of values each for the table, and the report for their details."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pytest_scer.core.measurement import Measurement
from pytest_scer.formats.page.budgets import STATES
from pytest_scer.formats.page.condensed import condensed
from pytest_scer.report.model import Report, TestEntry
from pytest_scer.report.names import Names
from pytest_scer.report.spending import cost_of

MOST_WHOLE: Final = 20_000
"""Up to this number of tests, a page holds the whole JSON report."""
MOST_DETAILS: Final = 1000
"""How many tests have details where there are more: those that cost most."""
_WORST_FIRST: Final = tuple(STATES)


def columns(report: Report, names: Names) -> dict[str, Any]:
    """Return the table of tests by column, in SI units; a missing figure is None.

    A test's figures are those of all that it ran: set-up, call with all repeats, and tear-down.
    ``assets/table.js`` adds power and CO2e.

    Args:
        report: The report.
        names: The names of its tests.
    """
    tests = report.tests
    costs = [_cost(test) for test in tests]
    joules = [None if cost is None else cost.total_j for cost in costs]
    several = len(report.session.hosts) > 1
    return {
        "g_per_kwh": report.carbon_intensity.g_per_kwh,
        "pue": report.pue,
        "shared": names.shared,
        "nodeid": [test.nodeid for test in tests],
        "outcome": [test.outcome for test in tests],
        "energy_j": joules,
        "duration_s": [None if cost is None else cost.duration_s for cost in costs],
        "cpu_time_s": [None if cost is None else cost.cpu_time_s for cost in costs],
        "runs": [test.measurement.run_count if test.measurement else None for test in tests],
        "budget": [_worst(test) for test in tests],
        "baseline": [test.baseline.verdict if test.baseline else None for test in tests],
        "change": [test.baseline.change if test.baseline else None for test in tests],
        "model": [test.model for test in tests],
        "phase": [test.phase for test in tests],
        "worker": [f"{test.host} {test.worker}" if several else test.worker for test in tests],
        "attempt": [test.attempt for test in tests],
        "marks": [test.marks for test in tests],
        "detail": _positions(joules),
    }


def details(report: Report) -> tuple[str, bytes]:
    """Return the name and content of the data that tests open to.

    Args:
        report: The report.

    Returns:
        ``report`` and the whole JSON report; with very many tests ``details``, and a report of
        those tests alone that cost most.
    """
    positions = _positions(
        [None if (cost := _cost(test)) is None else cost.total_j for test in report.tests]
    )
    if len(report.tests) > MOST_WHOLE:
        chosen = [test for test, at in zip(report.tests, positions, strict=True) if at is not None]
        return "details", condensed(replace(report, tests=chosen))
    return "report", condensed(report)


def _cost(test: TestEntry) -> Measurement | None:
    """What a test used; None without a figure: what was seen of it may be a small part."""
    cost = cost_of(test) if test.measurement is not None else None
    return cost if cost is not None and cost.complete else None


def _worst(test: TestEntry) -> str | None:
    """The worst verdict of its budgets; None without a budget."""
    return min((budget.verdict for budget in test.budgets), key=_WORST_FIRST.index, default=None)


def _positions(joules: Sequence[float | None]) -> list[int | None]:
    """Where the details of each test are among those that the page has; None if it has none."""
    if len(joules) <= MOST_WHOLE:
        return list(range(len(joules)))
    known = [
        number for number, each in enumerate(joules) if each is not None and math.isfinite(each)
    ]
    chosen = sorted(heapq.nlargest(MOST_DETAILS, known, key=lambda number: joules[number] or 0.0))
    places = {number: at for at, number in enumerate(chosen)}
    return [places.get(number) for number in range(len(joules))]
