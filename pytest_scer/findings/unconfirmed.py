"""Repeats would decide an inconclusive verdict.

Evidence: the verdict `inconclusive` on a single run of a call, in a session that measured nothing
again.

Threshold: the limit is further from the figure than what repeats within one session cannot remove:
the noise between sessions, and the steps of the meter.

Remedy: `--scer-confirm`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from pytest_scer.core.units import counted
from pytest_scer.findings.rule import joules, nodeids_by_cost
from pytest_scer.meters.noise import noise_of
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import BudgetEntry, Finding, Report, TestEntry

KIND: Final = "unconfirmed"


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
            f"{counted(len(costs), 'verdict')} left open by a single run: {joules(total_j)}",
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
    measured = test.measurement
    if measured is None or measured != test.stages.get("call"):
        return False  # with covers="all" it is not run again
    kept = noise_of(report.meters).of(measured).kept
    steps = (measured.within_session_j or 0.0) / measured.known_j if measured.known_j else 0.0
    return abs(budget.actual - budget.limit_value) > math.hypot(kept, steps) * budget.actual
