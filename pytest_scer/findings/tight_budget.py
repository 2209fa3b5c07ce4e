"""A budget is within the noise of its limit, and repeats cannot decide it.

Evidence: the verdict `inconclusive`, and either the test was repeated, or the limit is closer to
the figure than the noise between sessions.

Threshold: as for `unconfirmed`.

Remedy: a limit with headroom over the upper end of the figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core.units import counted
from pytest_scer.findings.budget_lines import judged_as, new_limits
from pytest_scer.findings.rule import joules, nodeids_by_cost
from pytest_scer.findings.unconfirmed import could_decide
from pytest_scer.report.model import Finding, Report

KIND: Final = "tight budget"


def find(report: Report) -> Iterator[Finding]:
    """Find the budgets that stay undecided."""
    judged = [
        each
        for each in judged_as(report, "inconclusive")
        if each.budget.actual is not None
        and each.budget.uncertainty is not None
        and not could_decide(report, each.test, each.budget)
    ]
    if judged:
        costs = {each.test.nodeid: each.known_j for each in judged}
        total_j = sum(costs.values())
        yield Finding(
            KIND,
            f"{counted(len(costs), 'test')} within noise of the limit: {joules(total_j)}",
            nodeids_by_cost((each.test, each.known_j) for each in judged),
            "hint",
            new_limits(judged),
            total_j,
            "J",
        )
