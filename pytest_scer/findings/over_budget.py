"""Tests are over budget.

Evidence: budgets of tests with the verdict `exceeded`.

Threshold: none; the verdict takes the uncertainty into account.

Remedy: a cheaper test, or a limit with headroom over the upper end of the figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pytest_scer.core.budget import Budget
from pytest_scer.core.limits import HEADROOM
from pytest_scer.core.units import counted
from pytest_scer.findings.budget_lines import Judged, judged_as, new_limits, proposals
from pytest_scer.findings.rule import joules, nodeids_by_cost
from pytest_scer.report.model import Finding, Report

KIND: Final = "over budget"


def find(report: Report) -> Iterator[Finding]:
    """Find the tests over budget."""
    judged = sorted(judged_as(report, "exceeded"), key=lambda each: -each.known_j)
    if judged:
        costs = {each.test.nodeid: each.known_j for each in judged}
        total_j = sum(costs.values())
        yield Finding(
            KIND,
            _text(judged, total_j),
            nodeids_by_cost((each.test, each.known_j) for each in judged),
            "warning",
            new_limits(judged),
            float(len(judged)),
            "budgets",
        )


def _text(judged: Sequence[Judged], total_j: float) -> str:
    tests = {each.test.nodeid for each in judged}
    if len(judged) == 1:
        budget = judged[0].budget
        cost = Budget.parse(budget.limit).show(budget.actual, digits=2)
        return f"over budget: {cost}, limit {budget.limit}"
    return (
        f"{counted(len(tests), 'test')} over budget: {joules(total_j)}; limits that would be met, "
        f"with {HEADROOM:.0%} headroom: {proposals(judged)}"
    )
