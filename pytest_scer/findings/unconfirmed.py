"""Repeats would decide an inconclusive verdict.

Evidence: the verdict `inconclusive` on a single run of a call, in a session that measured nothing
again.

Threshold: the limit is further from the figure than sessions differ from each other: by
{OF_CPU_TIME:.0%} where the CPU is modelled from CPU time, by {OF_COUNTERS:.0%} where counters
measure it. Repeats within a session cannot narrow the interval further.

Remedy: `--scer-confirm`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.findings.rule import joules, many, nodeids_by_cost
from pytest_scer.meters.base import Provenance
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import BudgetEntry, Finding, Report, TestEntry

KIND: Final = "unconfirmed"

OF_CPU_TIME: Final = 0.20
"""What remains of the uncertainty after any number of repeats in one session, as a share, for
figures that are modelled from CPU time: measured on shared virtual machines."""
OF_COUNTERS: Final = 0.12
"""The same for counters: two standard deviations of 6 %, the least that sessions differed by."""
_BETWEEN_SESSIONS: Final = {Provenance.MODELLED: OF_CPU_TIME, Provenance.MEASURED: OF_COUNTERS}


def find(report: Report) -> Iterator[Finding]:
    """Find the verdicts that repeats would decide."""
    costs = {
        test.nodeid: (test, test.measurement.known_j)
        for test in last_attempts(report.tests)
        if test.measurement is not None
        and any(
            budget.verdict == "inconclusive" and could_decide(report, test, budget)
            for budget in test.budgets
        )
    }
    if costs:
        total_j = sum(cost for _, cost in costs.values())
        yield Finding(
            KIND,
            f"{many(len(costs), 'verdict')} left open by a single run: {joules(total_j)}",
            nodeids_by_cost(costs.values()),
            "hint",
            "--scer-confirm 20",
            total_j,
            "J",
        )


def could_decide(report: Report, test: TestEntry, budget: BudgetEntry) -> bool:
    """Whether measuring a test again could decide the verdict on one of its budgets."""
    if budget.actual is None or budget.runs > 1 or report.confirming_energy_j:
        return False
    if test.measurement != test.stages.get("call"):  # with covers="all" it is not run again
        return False
    share = _BETWEEN_SESSIONS.get(report.meters["cpu"].provenance, 0.0)
    return abs(budget.actual - budget.limit_value) > share * budget.actual
