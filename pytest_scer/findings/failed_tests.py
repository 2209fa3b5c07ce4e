"""Tests that failed used energy.

Evidence: tests that failed, or had an error, for another reason than their budget. Attempts that
were rerun are counted by `reruns`.

Threshold: {FLOOR_J:g} J.

Remedy: run the tests that failed last time first, and stop at the first failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core.units import counted
from pytest_scer.findings.rule import (
    FLOOR_J,
    joules,
    joules_of,
    nodeids_by_cost,
)
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Finding, Report

KIND: Final = "failed tests"


def find(report: Report) -> Iterator[Finding]:
    """Find what tests cost that failed."""
    costs = [
        (test, joules_of([test]))
        for test in last_attempts(report.tests)
        if test.outcome in ("failed", "error") and not test.budget_failed
    ]
    total_j = sum(cost for _, cost in costs)
    if total_j >= FLOOR_J:
        yield Finding(
            KIND,
            f"{counted(len(costs), 'test')} that failed used {joules(total_j)}",
            nodeids_by_cost(costs),
            "hint",
            "pytest --failed-first --exitfirst",
            total_j,
            "J",
        )
