"""Lines of code and configuration that replace a budget. No rule itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pytest_scer.core.budget import Budget
from pytest_scer.core.limits import HEADROOM, proposed_limit
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import BudgetEntry, Report, TestEntry

SUGGEST = "pytest-scer suggest report.json   (or cheaper tests)"
"""The remedy for several budgets at once."""


class Judged(NamedTuple):
    """A test and one of its budgets."""

    test: TestEntry
    budget: BudgetEntry

    @property
    def upper(self) -> float:
        """The upper end of the figure's interval, in the unit of the budget."""
        return (self.budget.actual or 0.0) + (self.budget.uncertainty or 0.0)

    @property
    def known_j(self) -> float:
        """The joules that the budget reads."""
        measured = self.test.measurement
        return 0.0 if measured is None else measured.known_j


def judged_as(report: Report, verdict: str) -> list[Judged]:
    """The budgets of tests with this verdict, each with its test, at the last attempt."""
    return [
        Judged(test, budget)
        for test in last_attempts(report.tests)
        for budget in test.budgets
        if budget.verdict == verdict
    ]


def replacement(budget: BudgetEntry, upper: float) -> str:
    """The line that sets a budget with headroom over ``upper``, where this one is set."""
    limit, source = proposed_limit(upper, Budget.parse(budget.limit)), budget.source
    if source.startswith("@pytest.mark.scer"):
        return f'@pytest.mark.scer("{limit}")'
    if source.startswith("--"):
        return f'{source.split()[0]} "{limit}"'
    if source.startswith("scer_budgets"):
        pattern = source.partition(": ")[2].rpartition("=")[0].strip()
        return f"{pattern} = {limit}"
    return f"{source.split()[0]} = {limit}"


def proposals(judged: Sequence[Judged], most: int = 3) -> str:
    """The limits that would be met, as in ``150 mJ and 14 J``."""
    texts = [proposed_limit(each.upper, Budget.parse(each.budget.limit)) for each in judged[:most]]
    rest = len(judged) - len(texts)
    parts = [*texts, *([f"{rest} more"] if rest else ())]
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def new_limits(judged: Sequence[Judged]) -> str:
    """The remedy of budgets that are too low."""
    if len(judged) > 1:
        return SUGGEST
    (only,) = judged
    headroom = f"upper end + {HEADROOM:.0%}"
    return f"{replacement(only.budget, only.upper)}   (or a cheaper test; {headroom})"
