"""The uncertainty of a measurement: what its session shows, and the noise between sessions.

All tests of a session share the state of the machine, so their errors have one sign. They add up
linearly: a sum has the same relative noise as its parts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.scatter import EXACT, Scatter


@dataclass(frozen=True, slots=True)
class Noise:
    """How much the figures of each component differ between sessions.

    Attributes:
        cpu: The scatter of the CPU's energy.
        gpu: The same for the GPUs.
        ram: The same for the memory.
        source: What it is, for texts; empty if there is none.
    """

    cpu: Scatter
    gpu: Scatter
    ram: Scatter
    source: str

    @classmethod
    def of_total(cls, scatter: Scatter, source: str) -> Noise:
        """The noise of a test whose total is known to scatter by this much."""
        return cls(scatter, scatter, scatter, source)

    def of(self, measured: Measurement) -> Scatter:
        """The scatter of a total: that of its components, weighted by their joules."""
        cpu_j, gpu_j, ram_j = measured.cpu_j or 0.0, measured.gpu_j or 0.0, measured.ram_j or 0.0
        total_j = cpu_j + gpu_j + ram_j
        if not total_j > 0:  # also if a figure is missing
            return EXACT
        cpu, gpu, ram = self.cpu, self.gpu, self.ram
        return Scatter(
            (cpu_j * cpu.single + gpu_j * gpu.single + ram_j * ram.single) / total_j,
            (cpu_j * cpu.kept + gpu_j * gpu.kept + ram_j * ram.kept) / total_j,
        )

    def add_to(self, measured: Measurement) -> Measurement:
        """Widen the interval of a measurement by the noise between sessions.

        Args:
            measured: A measurement whose uncertainty is what its session shows.
        """
        shown_j = measured.uncertainty_j
        if shown_j is None or not measured.complete:
            return measured
        scatter = self.of(measured)
        share = scatter.single
        if measured.runs is not None:
            share = scatter.after([run.total_j or 0.0 for run in measured.runs])
        # Not dataclasses.replace: this runs three times per test, and that takes twice as long.
        return Measurement(
            measured.duration_s,
            measured.cpu_time_s,
            measured.cpu_j,
            measured.gpu_j,
            measured.ram_j,
            math.hypot(shown_j, share * measured.known_j),
            measured.runs,
            measured.run_count,
            measured.fault,
            shown_j,
            measured.contention_j,
        )


QUIET: Final = Noise(EXACT, EXACT, EXACT, "")
"""A meter that repeats exactly."""


def relative(measured: Measurement) -> float | None:
    """The uncertainty of a measurement as a share of its total; None if either is unknown or 0."""
    if measured.uncertainty_j is None or not measured.complete or measured.known_j <= 0:
        return None
    return measured.uncertainty_j / measured.known_j


def relative_of(parts: Iterable[Measurement]) -> float | None:
    """The uncertainty of a sum of measurements of one session, as a share of the sum.

    Args:
        parts: The measurements; those without a figure are left out, as from the sum.

    Returns:
        The half-width of the 95 % interval over the joules; None if that of one is unknown, or if
        nothing was used.
    """
    known = [part for part in parts if part.complete]
    around_j = sum_of([part.uncertainty_j for part in known])
    total_j = math.fsum(part.known_j for part in known)
    return None if around_j is None or total_j <= 0 else around_j / total_j


def sum_of(uncertainties: Sequence[float | None]) -> float | None:
    """The uncertainty of a sum of figures of one session, in their unit; None if one is unknown.

    Args:
        uncertainties: Half-widths of the figures' 95 % intervals.
    """
    if any(each is None for each in uncertainties):
        return None
    return math.fsum(each for each in uncertainties if each is not None)
