"""Readings and what lies between them.

A *reading* is a cumulative count of joules per component at an instant; a *measurement* is what
lies between two readings. So sections nest, stages share edges, and sums hold by construction.

A component that the session does not have is None everywhere. A component whose figure is
missing, through a fault, is NaN: it spreads through every sum that it enters, so that no fault can
turn into a zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_RUNS_KEPT: Final = 1000
"""So many runs of a repeated call are kept one by one; more say nothing new and fill memory."""


@dataclass(slots=True)
class Reading:
    """The cumulative counts at one instant.

    Attributes:
        time_s: Seconds on a monotonic clock.
        cpu_time_s: CPU seconds of this process and its children.
        cpu_j: Joules of the CPU charged to this process so far; None where absent, NaN where the
            meter could not tell.
        gpu_j: The same of the GPUs.
        ram_j: The same of the memory.
        noise_j: How far the joules may be off by the steps of the meters, in joules.
        cpu_epoch: How many times the CPU's counters had said what cannot be true before this.
        gpu_epoch: The same of the GPUs' counters.
        cpu_fault: What was wrong with the CPU's counters last, now or before; None where nothing.
        gpu_fault: The same of the GPUs' counters.
    """

    time_s: float
    cpu_time_s: float
    cpu_j: float | None
    gpu_j: float | None
    ram_j: float | None
    noise_j: float = 0.0
    cpu_epoch: int = 0
    gpu_epoch: int = 0
    cpu_fault: str | None = None
    gpu_fault: str | None = None


@dataclass(slots=True)
class Measurement:
    """What a piece of work cost.

    Nobody changes one; it is not frozen because that would make it eight times as slow to build,
    and every test builds half a dozen.

    Attributes:
        duration_s: Wall time in seconds.
        cpu_time_s: CPU seconds of the processes that were charged.
        cpu_j: Joules of the CPU: None where the component is absent, NaN where its figure is
            missing.
        gpu_j: The same of the GPUs.
        ram_j: The same of the memory.
        uncertainty_j: Half-width in joules of a 95 % interval of what a repeat on the same machine
            would show; None where no figure is.
        runs: The runs of which this is the median one, or a thousand of them; None where there was
            no repeat.
        run_count: How many runs there were.
        fault: Why a figure is missing, where the meter said so.
    """

    duration_s: float
    cpu_time_s: float
    cpu_j: float | None
    gpu_j: float | None
    ram_j: float | None
    uncertainty_j: float | None
    runs: tuple[Measurement, ...] | None = None
    run_count: int = 1
    fault: str | None = None

    @classmethod
    def between(cls, start: Reading, end: Reading) -> Measurement:
        """Measure what lies between two readings, the earlier one first."""
        cpu_j = gpu_j = ram_j = fault = None
        if start.cpu_j is not None and end.cpu_j is not None:
            cpu_j = end.cpu_j - start.cpu_j if start.cpu_epoch == end.cpu_epoch else math.nan
            if math.isnan(cpu_j):  # also where a reading was
                fault = end.cpu_fault or start.cpu_fault
        if start.gpu_j is not None and end.gpu_j is not None:
            gpu_j = end.gpu_j - start.gpu_j if start.gpu_epoch == end.gpu_epoch else math.nan
            if math.isnan(gpu_j):
                fault = fault or end.gpu_fault or start.gpu_fault
        if start.ram_j is not None and end.ram_j is not None:
            ram_j = end.ram_j - start.ram_j
        # By position and in one piece: three times a test, and what is called costs as much again.
        return cls(
            end.time_s - start.time_s,
            end.cpu_time_s - start.cpu_time_s,
            cpu_j,
            gpu_j,
            ram_j,
            max(end.noise_j, start.noise_j),
            None,
            1,
            fault,
        )

    @property
    def total_j(self) -> float | None:
        """Joules of all components that are not absent; NaN if the figure of one is missing."""
        if self.cpu_j is None and self.gpu_j is None and self.ram_j is None:
            return None
        return (self.cpu_j or 0.0) + (self.gpu_j or 0.0) + (self.ram_j or 0.0)

    @property
    def known_j(self) -> float:
        """Joules of the components whose figure is known."""
        total = self.total_j
        if total is None:
            return 0.0
        if not math.isnan(total):
            return total
        present = (self.cpu_j or 0.0, self.gpu_j or 0.0, self.ram_j or 0.0)
        return sum(value for value in present if not math.isnan(value))

    @property
    def complete(self) -> bool:
        """Whether there is a figure: some component is present, and none is missing."""
        total = self.total_j
        return total is not None and not math.isnan(total)

    @property
    def power_w(self) -> float | None:
        """Average power in watts; None where there is no figure or no time passed."""
        total = self.total_j
        if total is None or math.isnan(total) or self.duration_s <= 0:
            return None
        return total / self.duration_s

    @property
    def below_resolution(self) -> bool:
        """Whether the figure means nothing by itself: it is no larger than its uncertainty."""
        total = self.total_j
        return total is not None and total <= (self.uncertainty_j or 0.0)  # never true of NaN

    def __add__(self, other: Measurement) -> Measurement:
        """Join two pieces of work; their uncertainties may be of one cause, so they add up."""

        def both(mine: float | None, theirs: float | None) -> float | None:
            return None if mine is None or theirs is None else mine + theirs

        return Measurement(
            duration_s=self.duration_s + other.duration_s,
            cpu_time_s=self.cpu_time_s + other.cpu_time_s,
            cpu_j=both(self.cpu_j, other.cpu_j),
            gpu_j=both(self.gpu_j, other.gpu_j),
            ram_j=both(self.ram_j, other.ram_j),
            uncertainty_j=both(self.uncertainty_j, other.uncertainty_j),
            fault=self.fault or other.fault,
        )


def median_run(runs: Sequence[Measurement], uncertainty_j: float | None) -> Measurement:
    """The run in the middle by total energy; of an even number, the mean of the two in the middle.

    Args:
        runs: At least one, each complete.
        uncertainty_j: Half-width of the 95 % interval of the median, in joules.
    """
    ranked = sorted(runs, key=lambda run: run.total_j or 0.0)
    low, high = ranked[(len(runs) - 1) // 2], ranked[len(runs) // 2]

    def mean(first: float | None, second: float | None) -> float | None:
        return None if first is None or second is None else (first + second) / 2

    return Measurement(
        duration_s=(low.duration_s + high.duration_s) / 2,
        cpu_time_s=(low.cpu_time_s + high.cpu_time_s) / 2,
        cpu_j=mean(low.cpu_j, high.cpu_j),
        gpu_j=mean(low.gpu_j, high.gpu_j),
        ram_j=mean(low.ram_j, high.ram_j),
        uncertainty_j=uncertainty_j,
        runs=tuple(runs[:: math.ceil(len(runs) / MOST_RUNS_KEPT)]),
        run_count=len(runs),
    )


def co2e_g(energy_j: float, g_per_kwh: float, pue: float) -> float:
    """Operational emissions of an amount of IT energy.

    ``O = E x I`` of ISO/IEC 21031:2024 (SCI), E being the IT energy times the power usage
    effectiveness (ISO/IEC 30134-2) of the data centre.

    Args:
        energy_j: IT energy in joules.
        g_per_kwh: Carbon intensity of the grid in gCO2e per kWh.
        pue: Power usage effectiveness, at least 1.

    Returns:
        Grams of CO2e.
    """
    return energy_j / 3.6e6 * pue * g_per_kwh


def water_l(energy_j: float, wue_l_per_kwh: float) -> float:
    """Water used on site: litres per kWh of IT energy (WUE, ISO/IEC 30134-9) times that energy.

    WUE is defined on IT energy, so the PUE does not enter.
    """
    return energy_j / 3.6e6 * wue_l_per_kwh
