"""The CPU is busy while the GPU works.

Evidence: the call of a test used several CPU seconds per second while the GPU drew well over its
power outside of the tests. Only in sessions without workers and without `--scer-confirm`.

Threshold: {THREADS:g} CPU seconds per second, because one thread that waits for CUDA keeps a core
busy; {WORKING:g} times the power outside of the tests; CPU energy of at least {FLOOR_J:g} J.

Remedy: prepare the inputs once, outside of the measured call.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from pytest_scer.core.units import counted
from pytest_scer.findings.gpus import gpu_power
from pytest_scer.findings.rule import (
    FLOOR_J,
    joules,
    nodeids_by_cost,
)
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Finding, Report

KIND: Final = "busy CPU"

THREADS: Final = 1.5
"""CPU seconds per second: more than the thread that waits for the GPU."""
WORKING: Final = 1.5
"""From this multiple of its power outside of the tests on, a GPU works."""


def find(report: Report) -> Iterator[Finding]:
    """Find the tests whose CPU is busy next to the GPU."""
    power = gpu_power(report)
    if power is None:
        return
    costs = [
        (test, call.cpu_j)
        for test in last_attempts(report.tests)
        if (call := test.stages.get("call")) is not None
        and (power.times_outside(call) or 0.0) >= WORKING
        and call.cpu_time_s >= THREADS * call.duration_s
        and call.cpu_j is not None
        and not math.isnan(call.cpu_j)
    ]
    total_j = sum(cost for _, cost in costs)
    if total_j >= FLOOR_J:
        yield Finding(
            KIND,
            f"{counted(len(costs), 'test')} kept more than one CPU thread busy while the GPU "
            f"worked: {joules(total_j)} of CPU energy",
            nodeids_by_cost(costs),
            "hint",
            '@pytest.fixture(scope="session")   (prepare the inputs there, not in the test)',
            total_j,
            "J",
        )
