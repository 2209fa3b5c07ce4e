"""The budgets of a page: what each cost, its limit, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pytest_scer.core import units
from pytest_scer.formats.markdown_report import of_report
from pytest_scer.formats.page.answer import Figure
from pytest_scer.report.model import BudgetEntry, Report
from pytest_scer.report.names import Names

STATES: Final = {"exceeded": "bad", "inconclusive": "doubtful", "unmeasured": "doubtful", "ok": "good"}
"""The state of each verdict, worst first."""
_WORST_FIRST: Final = tuple(STATES)
MOST: Final = 200
"""How many budgets the page lists; the table of tests has all of them."""


@dataclass(frozen=True)
class Row:
    """A budget."""

    name: str
    nodeid: str | None
    cost: Figure
    limit: str
    used: Figure
    verdict: str
    state: str
    where: str
    reason: str


def rows(report: Report, names: Names) -> tuple[Sequence[Row], int]:
    """Return the budgets, worst first, and how many there are more."""
    known = {test.nodeid for test in report.tests}
    ranked = sorted(of_report(report), key=lambda row: _rank(row[1]))
    shown = [_row(what, budget, names, report.digits, known) for what, budget in ranked[:MOST]]
    return shown, max(len(ranked) - MOST, 0)


def _row(what: str, budget: BudgetEntry, names: Names, digits: int, known: set[str]) -> Row:
    used = share(budget)
    unit, suffix = budget.unit[0], budget.unit[1:]
    cost = "-" if budget.actual is None else units.uncertain(
        budget.actual, budget.uncertainty, unit, suffix=suffix, digits=digits
    )
    return Row(
        names.short(what),
        what if what in known else None,
        Figure(cost, budget.actual),
        budget.limit,
        Figure("-" if used is None else times(used), used),
        budget.verdict,
        STATES[budget.verdict],
        budget.where,
        budget.reason or "",
    )


def _rank(budget: BudgetEntry) -> tuple[int, float]:
    return _WORST_FIRST.index(budget.verdict), -(share(budget) or 0.0)


def share(budget: BudgetEntry) -> float | None:
    """What a budget used of its limit; None without a figure."""
    if budget.actual is None or not budget.limit_value or not math.isfinite(budget.actual):
        return None
    return budget.actual / budget.limit_value


def times(used: float) -> str:
    """What was used of a limit, as in ``85%``, ``1.8x`` or ``6,351x``."""
    if used < 1.1:
        return "<1%" if 0 < used < 0.005 else f"{used:.0%}"
    return f"{used:.1f}x" if used < 10 else f"{used:,.0f}x"
