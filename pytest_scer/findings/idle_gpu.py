"""There is a GPU, but the tests do not use it.

Evidence: the power of the GPUs in each stage and fixture, against their power during collection and
between the tests. Only in sessions without workers and without `--scer-confirm`.

Threshold: nowhere over {IDLE:g} times the power outside of the tests, and at least
{FLOOR_J:g} J in total. An idle
GPU varies by a few watts with its temperature and clocks.

Remedy: leave the GPU out of the figures, or use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core import units
from pytest_scer.findings.gpus import charged, gpu_power
from pytest_scer.findings.rule import FLOOR_J, joules
from pytest_scer.report.model import Finding, Report

KIND: Final = "idle GPU"

IDLE: Final = 1.2
"""Up to this multiple of its power outside of the tests, a GPU does nothing."""


def find(report: Report) -> Iterator[Finding]:
    """Find a GPU that the tests leave idle."""
    power, total_j = gpu_power(report), report.totals.gpu_j or 0.0
    if power is None or total_j < FLOOR_J:
        return
    seen = [times for each in charged(report) if (times := power.times_outside(each)) is not None]
    if seen and max(seen) <= IDLE:
        yield Finding(
            KIND,
            f"the GPU drew {units.quantity(power.outside_w, 'W', digits=2)} during the tests, as "
            f"between them: it was idle, which is {joules(total_j)} of the total",
            [],
            "hint",
            '--scer-components cpu,ram   (or use it: model.to("cuda"))',
            total_j,
            "J",
        )
