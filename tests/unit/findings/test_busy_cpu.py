from __future__ import annotations

from dataclasses import replace

import pytest
from reports import MEASURED, entry, report

from pytest_scer.core.measurement import Measurement
from pytest_scer.findings.busy_cpu import find
from pytest_scer.meters.base import ABSENT
from pytest_scer.report.model import Finding, Totals


def found(gpu_w: float, cpu_time_s: float, cpu_j: float = 200.0) -> list[Finding]:
    """A test of ten seconds, in a session of 100 s whose GPU else draws 50 W."""
    made = report(
        entry(measurement=Measurement(10.0, cpu_time_s, cpu_j, gpu_w * 10, None, 0.0)),
        meters={"cpu": MEASURED, "gpu": MEASURED, "ram": ABSENT},
    )
    return list(find(replace(made, totals=Totals(500.0, 90 * 50 + gpu_w * 10, None, 0.0, 0.0))))


def test_threads_that_are_busy_next_to_the_gpu() -> None:
    (finding,) = found(gpu_w=300, cpu_time_s=40)
    assert finding.value == 200


@pytest.mark.parametrize(
    ("gpu_w", "cpu_time_s", "cpu_j"),
    [(300, 10.5, 200), (60, 40, 200), (300, 40, 0.5), (300, 40, float("nan"))],
    ids=["one thread waits", "the GPU is idle", "trivial", "unknown"],
)
def test_what_is_none(gpu_w: float, cpu_time_s: float, cpu_j: float) -> None:
    assert not found(gpu_w, cpu_time_s, cpu_j)
