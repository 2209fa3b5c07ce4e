"""The power of the GPUs while nothing uses them, as far as a report shows it. No rule itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from pytest_scer.core.measurement import Measurement
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import Provenance
from pytest_scer.report.build import stages
from pytest_scer.report.model import Report

TICKS: Final = 5
"""How many ticks of the meter a power needs: one tick more or less is then a fifth of it."""
SHORTEST_S: Final = 0.05
"""The least time that a power is taken over, in seconds, however fast the meter."""


@dataclass(frozen=True)
class GpuPower:
    """The power of the GPUs outside of the tests, and from which time on a power can be taken.

    Attributes:
        outside_w: Watts during collection, between the tests and after them.
        shortest_s: The least duration of a measurement whose power is meaningful, in seconds.
    """

    outside_w: float
    shortest_s: float

    def times_outside(self, measured: Measurement) -> float | None:
        """The GPU power of a measurement, relative to that outside; None if it says nothing."""
        joules = measured.gpu_j
        if joules is None or math.isnan(joules) or measured.duration_s < self.shortest_s:
            return None
        return joules / measured.duration_s / self.outside_w


def charged(report: Report) -> Iterator[Measurement]:
    """Yield everything that is charged to tests and fixtures."""
    yield from stages(report.tests)
    yield from (fixture.measurement for fixture in report.fixtures)


def gpu_power(report: Report) -> GpuPower | None:
    """The power of the GPUs outside of the tests; None if the report does not show it.

    Several workers overlap, and what the gate measures again is not told apart by component.
    """
    info, gpu_j = report.meters["gpu"], report.totals.gpu_j
    if gpu_j is None or info.provenance is Provenance.ABSENT:
        return None
    if report.session.workers > 1 or report.confirming_energy_j:
        return None
    shortest_s = max(TICKS * (info.resolution_s or 0.0), SHORTEST_S)
    outside_s = report.session.duration_s - sum(each.duration_s for each in charged(report))
    known = [each.gpu_j for each in charged(report) if each.gpu_j is not None]
    outside_j = gpu_j - math.fsum(known)  # NaN if one of them is
    if outside_s < shortest_s or not outside_j > 0:
        return None
    return GpuPower(outside_j / outside_s, shortest_s)
