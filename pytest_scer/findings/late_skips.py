"""Tests were skipped after they had used energy.

Evidence: skipped tests with a measured setup or call.

Threshold: {EACH_J:g} J each, {FLOOR_J:g} J together.

Remedy: a condition that is checked before the setup.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core.units import counted
from pytest_scer.findings.rule import (
    EACH_J,
    FLOOR_J,
    joules,
    joules_of,
    nodeids_by_cost,
)
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Finding, Report

KIND: Final = "late skips"


def find(report: Report) -> Iterator[Finding]:
    """Find what tests cost that were skipped."""
    costs = [
        (test, cost)
        for test in last_attempts(report.tests)
        if test.outcome == "skipped" and (cost := joules_of([test])) >= EACH_J
    ]
    total_j = sum(cost for _, cost in costs)
    if total_j >= FLOOR_J:
        yield Finding(
            KIND,
            f"{counted(len(costs), 'test')} skipped only after using {joules(total_j)}",
            nodeids_by_cost(costs),
            "hint",
            '@pytest.mark.skipif(condition, reason="...")',
            total_j,
            "J",
        )
