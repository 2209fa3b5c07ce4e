"""Attempts that were rerun used energy.

Evidence: `attempt` of tests that were run again, for example by pytest-rerunfailures.

Threshold: {FLOOR_J:g} J.

Remedy: fix or quarantine the flaky tests; rerun only after errors that another attempt can fix.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.units import counted
from pytest_scer.findings.rule import (
    FLOOR_J,
    joules,
    joules_of,
    nodeids_by_cost,
)
from pytest_scer.report.attempts import rerun_attempts
from pytest_scer.report.model import Finding, Report

KIND: Final = "reruns"


def find(report: Report) -> Iterator[Finding]:
    """Find what attempts cost that were rerun."""
    costs = [(test, joules_of([test])) for test in rerun_attempts(report.tests)]
    wasted_j = sum(cost for _, cost in costs)
    if wasted_j < FLOOR_J:
        return
    co2e = units.quantity(report.conversion.grams(wasted_j), "g", suffix="CO2e", digits=2)
    yield Finding(
        KIND,
        f"{counted(len(costs), 'attempt')} that failed and were rerun used {joules(wasted_j)}, "
        f"{co2e}",
        nodeids_by_cost(costs),
        "hint",
        "--only-rerun ConnectionError   (rerun only after errors that another attempt can fix)",
        wasted_j,
        "J",
    )
