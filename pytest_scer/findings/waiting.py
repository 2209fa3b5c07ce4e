"""A test waits instead of computing.

Evidence: its call used little CPU time, and at most {WORK_SHARE:.0%} of its energy is of the
components that work (CPU and GPU), or above the idle power that `--scer-idle` measured. The rest is
the power of a machine that waits.

Threshold: CPU time below {BUSY_SHARE:.0%} of the duration: a thread that computes uses about
100 %, one that polls a few percent. At least {STALL_S:g} s each, because tests also wait for a busy
machine, and {FLOOR_J:g} J together.

Remedy: replace the wait in the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.units import counted
from pytest_scer.findings.rule import (
    BUSY_SHARE,
    FLOOR_J,
    STALL_S,
    joules,
    nodeids_by_cost,
    seconds,
    work_j,
)
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Finding, Idle, Report

KIND: Final = "waiting"

WORK_SHARE: Final = 0.5
"""The share of energy of working components up to which a test does not work."""


def find(report: Report) -> Iterator[Finding]:
    """Find the tests that wait."""
    waits = [
        (test, call)
        for test in last_attempts(report.tests)
        if (call := test.stages.get("call")) is not None and _waits(call, report.idle)
    ]
    total_j = sum(call.known_j for _, call in waits)
    if total_j < FLOOR_J:
        return
    took_s = sum(call.duration_s for _, call in waits)
    computed_s = sum(call.cpu_time_s for _, call in waits)
    yield Finding(
        KIND,
        f"{counted(len(waits), 'test')} waiting instead of computing: {joules(total_j)} in "
        f"{seconds(took_s)}, with {seconds(computed_s)} of CPU time",
        nodeids_by_cost((test, call.known_j) for test, call in waits),
        "hint",
        'monkeypatch.setattr("time.sleep", lambda seconds: None)   (or wait for an event, with a '
        "shorter timeout)",
        total_j,
        "J",
    )


def _waits(call: Measurement, idle: Idle | None) -> bool:
    known_j = call.known_j
    if call.duration_s < STALL_S or call.cpu_time_s > BUSY_SHARE * call.duration_s:
        return False
    active_j = None if idle is None else idle.active_j(call)
    worked_j = work_j(call) if active_j is None else active_j
    return worked_j <= WORK_SHARE * known_j
