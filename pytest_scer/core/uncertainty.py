"""The uncertainty of a measurement: what its session shows, and the noise between sessions.

All tests of a session share the state of the machine, so their errors have one sign. They add up
linearly: a sum has the same relative noise as its parts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
        if cpu is ram and not gpu_j:  # both modelled, as without counters
            return cpu
        return Scatter(
            (cpu_j * cpu.single + gpu_j * gpu.single + ram_j * ram.single) / total_j,
            (cpu_j * cpu.kept + gpu_j * gpu.kept + ram_j * ram.kept) / total_j,
        )

    def add_to(self, measured: Measurement) -> Measurement:
        """Return a measurement whose interval is widened by the noise between sessions.

        Args:
            measured: A measurement whose uncertainty is what its session shows.
        """
        if measured.uncertainty_j is None or not measured.complete:
            return measured
        widened = Measurement(  # not dataclasses.replace, which takes several times as long
            measured.duration_s,
            measured.cpu_time_s,
            measured.cpu_j,
            measured.gpu_j,
            measured.ram_j,
            measured.uncertainty_j,
            measured.runs,
            measured.run_count,
            measured.fault,
            measured.shown_j,
            measured.contention_j,
        )
        self.widen(widened)
        return widened

    def widen(self, measured: Measurement) -> None:
        """Widen the interval of a measurement that nobody else has yet; see :meth:`add_to`."""
        shown_j, total_j = measured.uncertainty_j, measured.total_j
        if shown_j is None or total_j is None or math.isnan(total_j):
            return
        scatter = self.of(measured)
        share = scatter.single
        if measured.runs is not None:
            share = scatter.after([run.total_j or 0.0 for run in measured.runs])
        measured.uncertainty_j = math.hypot(shown_j, share * total_j)
        measured.shown_j = shown_j


QUIET: Final = Noise(EXACT, EXACT, EXACT, "")
"""A meter that repeats exactly."""


def relative(measured: Measurement) -> float | None:
    """The uncertainty of a measurement as a share of its total; None if either is unknown or 0."""
    if measured.uncertainty_j is None or not measured.complete or measured.known_j <= 0:
        return None
    return measured.uncertainty_j / measured.known_j


def with_noise_of(measured: Measurement, part: Measurement) -> Measurement:
    """A part of some work, or several runs of it, with the relative noise of that work.

    Args:
        measured: The work, with its uncertainty.
        part: The part.
    """
    if not measured.complete or measured.known_j <= 0:
        return part
    factor = part.known_j / measured.known_j
    shown_j, all_j = measured.within_session_j, measured.uncertainty_j
    return replace(
        part,
        uncertainty_j=None if all_j is None else all_j * factor,
        shown_j=None if shown_j is None else shown_j * factor,
    )


def sum_of(uncertainties: Sequence[float | None]) -> float | None:
    """The uncertainty of a sum of figures of one session, in their unit; None if one is unknown.

    Args:
        uncertainties: Half-widths of the figures' 95 % intervals.
    """
    if any(each is None for each in uncertainties):
        return None
    return math.fsum(each for each in uncertainties if each is not None)
