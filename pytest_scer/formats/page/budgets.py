"""The budgets of a page: what each cost, its limit, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from pytest_scer.charts.budgets import ratio
from pytest_scer.core import units
from pytest_scer.formats.page.figures import Figure
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import BudgetEntry, Report
from pytest_scer.report.names import Names

STATES: Final = {
    "exceeded": "bad",
    "inconclusive": "doubtful",
    "unmeasured": "doubtful",
    "ok": "good",
}
"""The state of each verdict, worst first."""
_WORST_FIRST: Final = tuple(STATES)
MOST: Final = 100
"""How many budgets are listed; the table of tests has all of them."""


@dataclass(frozen=True)
class Row:
    """A budget: of the session, of a sum, or of a test."""

    name: str
    nodeid: str | None
    cost: Figure
    limit: str
    used: Figure
    verdict: str
    state: str
    where: str
    reason: str
    runs: int


def rows(report: Report, names: Names) -> tuple[Sequence[Row], int]:
    """Return the budgets, worst first, and how many more there are."""
    every = [*_of_session(report, report.digits), *_of_tests(report, names)]
    ranked = sorted(
        every, key=lambda row: (_WORST_FIRST.index(row.verdict), -(row.used.value or 0))
    )
    return ranked[:MOST], max(len(ranked) - MOST, 0)


def _of_session(report: Report, digits: int) -> Iterator[Row]:
    for budget in report.budgets:
        name = f"sum({budget.target})" if budget.target else "session"
        yield _row(name, None, budget, digits)


def _of_tests(report: Report, names: Names) -> Iterator[Row]:
    for test in last_attempts(report.tests):
        for budget in test.budgets:
            yield _row(names.attempt(test), test.nodeid, budget, report.digits)


def _row(name: str, nodeid: str | None, budget: BudgetEntry, digits: int) -> Row:
    actual, limit = budget.actual, budget.limit_value
    is_known = actual is not None and math.isfinite(actual)
    used = actual / limit if is_known and actual is not None and limit else None
    return Row(
        name,
        nodeid,
        Figure(_cost(budget, digits), actual if is_known else None),
        budget.limit,
        Figure("-" if used is None else ratio(used), used),
        budget.verdict,
        STATES[budget.verdict],
        budget.where,
        budget.reason or "",
        budget.runs,
    )


def _cost(budget: BudgetEntry, digits: int) -> str:
    if budget.actual is None:
        return "-"
    unit, suffix = budget.unit[0], budget.unit[1:]
    return units.uncertain(budget.actual, budget.uncertainty, unit, suffix=suffix, digits=digits)
