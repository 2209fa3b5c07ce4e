"""Readings and measurements.

A *reading* is a cumulative count of joules per component at an instant; a *measurement* is the
difference of two readings. Sections can therefore nest, adjacent stages share a reading, and sums
hold by construction.

A component that the session does not have is None everywhere. A component whose figure is missing
because of a fault is NaN, which propagates through every sum, so a fault never becomes a zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from pytest_scer.core.contention import NONE, Contention

MOST_RUNS_KEPT: Final = 1000
"""How many runs of a repeated call are kept individually; more add no information, only memory."""


class Reading(NamedTuple):
    """The cumulative counts at one instant.

    Attributes:
        time_s: Seconds on a monotonic clock.
        cpu_time_s: CPU seconds of this process and its children; NaN if they could not be read.
        cpu_j: Joules of the CPU charged to this process so far; None if absent, NaN if the meter
            has no figure.
        gpu_j: The same for the GPUs.
        ram_j: The same for the memory.
        noise_j: Maximum error of the joules caused by the meters' resolution, in joules.
        cpu_epoch: How many implausible values the CPU's counters had returned before this reading.
        gpu_epoch: The same for the GPUs' counters.
        cpu_fault: The latest fault of the CPU's counters, current or past; None if there was none.
        gpu_fault: The same for the GPUs' counters.
        contention: How long neighbours were in the way so far. ``shared_s`` is only counted for a
            CPU that is modelled from CPU time, ``queued_s`` for a constant power.
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
    contention: Contention = NONE


reading_of: Final[Callable[[tuple[Any, ...]], Reading]] = partial(tuple.__new__, Reading)
"""Makes a reading of all its values: ``Reading._make`` without a call of a Python function, which
would be made four times per test."""


@dataclass(slots=True)
class Measurement:
    """The energy and time that a piece of work used.

    Treat it as immutable. It is not frozen because frozen dataclasses are eight times as slow to
    create, and every test creates half a dozen.

    Attributes:
        duration_s: Wall time in seconds.
        cpu_time_s: CPU seconds of the charged processes; NaN if they could not be read.
        cpu_j: Joules of the CPU; None if the component is absent, NaN if its figure is missing.
        gpu_j: The same for the GPUs.
        ram_j: The same for the memory.
        uncertainty_j: Half-width in joules of the 95 % interval for a repeat on the same machine;
            None if unknown.
        runs: The repeated runs, at most a thousand of them, if this is their median; None without
            repeats.
        run_count: The number of runs.
        fault: Why a figure is missing, if the meter reported a cause.
        shown_j: The part of the uncertainty that the session itself shows: the steps of the meters,
            and the spread of the runs. None if ``uncertainty_j`` is only that.
        contention_j: Joules that busy neighbours may have added. The interval reaches that much
            lower, and no higher.
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
    shown_j: float | None = None
    contention_j: float = 0.0

    @classmethod
    def between(cls, start: Reading, end: Reading) -> Measurement:
        """The difference of two readings, the earlier one first."""
        # Unpacked, with positional arguments and no helper functions: this runs three times per
        # test, and each call would double its time.
        t0, own0, cpu0, gpu0, ram0, noise0, cpu_epoch0, gpu_epoch0, _, _, contention0 = start
        t1, own1, cpu1, gpu1, ram1, noise1, cpu_epoch1, gpu_epoch1, _, _, contention1 = end
        cpu_j = gpu_j = ram_j = fault = None
        if cpu0 is not None and cpu1 is not None:
            cpu_j = cpu1 - cpu0 if cpu_epoch0 == cpu_epoch1 else math.nan
            if math.isnan(cpu_j):  # also if one of the readings is NaN
                fault = end.cpu_fault or start.cpu_fault
        if gpu0 is not None and gpu1 is not None:
            gpu_j = gpu1 - gpu0 if gpu_epoch0 == gpu_epoch1 else math.nan
            if math.isnan(gpu_j):
                fault = fault or end.gpu_fault or start.gpu_fault
        if ram0 is not None and ram1 is not None:
            ram_j = ram1 - ram0
        added_j = 0.0
        if contention1 is not contention0 and contention1 != contention0:
            added_j = _added_j(start, end, cpu_j or 0.0, ram_j or 0.0)
        noise_j = max(noise1, noise0)
        return cls(
            t1 - t0, own1 - own0, cpu_j, gpu_j, ram_j, noise_j, None, 1, fault, None, added_j
        )

    @property
    def total_j(self) -> float | None:
        """Joules of all present components; NaN if the figure of one is missing."""
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
        """Whether there is a figure: a component is present, and no figure is missing."""
        total = self.total_j
        return total is not None and not math.isnan(total)

    @property
    def within_session_j(self) -> float | None:
        """The uncertainty without the noise between sessions, in joules; None if unknown."""
        return self.uncertainty_j if self.shown_j is None else self.shown_j

    @property
    def power_w(self) -> float | None:
        """Average power in watts; None without a figure or if no time passed."""
        total = self.total_j
        if total is None or math.isnan(total) or self.duration_s <= 0:
            return None
        return total / self.duration_s

    @property
    def below_resolution(self) -> bool:
        """Whether the figure is no larger than its uncertainty, and so means nothing alone."""
        total = self.total_j
        return total is not None and total <= (self.uncertainty_j or 0.0)  # never true for NaN

    def __add__(self, other: Measurement) -> Measurement:
        """Add two pieces of work; their uncertainties may share a cause, so they add linearly."""

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
            shown_j=both(self.shown_j, other.shown_j),
            contention_j=self.contention_j + other.contention_j,
        )


def _added_j(start: Reading, end: Reading, cpu_j: float, ram_j: float) -> float:
    """Joules that neighbours may have added between two readings."""
    contention = Contention(
        max(end.contention.shared_s - start.contention.shared_s, 0.0),
        max(end.contention.queued_s - start.contention.queued_s, 0.0),
    )
    cpu_time_s, duration_s = end.cpu_time_s - start.cpu_time_s, end.time_s - start.time_s
    added_j = contention.added_j(cpu_j, cpu_time_s, ram_j, duration_s)
    return 0.0 if math.isnan(added_j) else added_j  # a missing figure has no interval


def scaled(measured: Measurement, factor: float) -> Measurement:
    """A share of a piece of work, or a multiple of it; without its runs.

    Args:
        measured: The work.
        factor: The share, at least 0.
    """

    def times(value: float | None) -> float | None:
        return None if value is None else value * factor

    return Measurement(
        duration_s=measured.duration_s * factor,
        cpu_time_s=measured.cpu_time_s * factor,
        cpu_j=times(measured.cpu_j),
        gpu_j=times(measured.gpu_j),
        ram_j=times(measured.ram_j),
        uncertainty_j=times(measured.uncertainty_j),
        run_count=measured.run_count,
        fault=measured.fault,
        shown_j=times(measured.shown_j),
        contention_j=measured.contention_j * factor,
    )


def rest(whole: Measurement, part: Measurement) -> Measurement:
    """What is left of a piece of work without a part of it; without its runs.

    The noise between sessions is a share of the energy, so it shrinks with it. What the session
    shows (the steps of the meters, the spread of runs) does not: the errors of both add up.

    Args:
        whole: The work.
        part: A part of it.
    """

    def without(mine: float | None, theirs: float | None) -> float | None:
        # A difference of equal figures may be slightly below 0.
        left = None if mine is None or theirs is None else mine - theirs
        return left if left is None or not left < 0 else 0.0

    left = Measurement(
        duration_s=max(whole.duration_s - part.duration_s, 0.0),
        cpu_time_s=without(whole.cpu_time_s, part.cpu_time_s) or 0.0,
        cpu_j=without(whole.cpu_j, part.cpu_j),
        gpu_j=without(whole.gpu_j, part.gpu_j),
        ram_j=without(whole.ram_j, part.ram_j),
        uncertainty_j=None,
        run_count=whole.run_count,
        fault=whole.fault or part.fault,
    )
    share = left.known_j / whole.known_j if whole.known_j > 0 else 0.0
    left.contention_j = whole.contention_j * share
    if whole.uncertainty_j is not None and part.within_session_j is not None:
        shown_j = whole.within_session_j or 0.0
        between_j = math.sqrt(max(whole.uncertainty_j**2 - shown_j**2, 0.0)) * share
        left.shown_j = shown_j + part.within_session_j
        left.uncertainty_j = math.hypot(left.shown_j, between_j)
    return left


def median_run(runs: Sequence[Measurement], uncertainty_j: float | None) -> Measurement:
    """The median run by total energy; for an even number of runs, the mean of the middle two.

    Args:
        runs: At least one run; all must be complete.
        uncertainty_j: Half-width of the 95 % interval that these runs show, in joules.
    """
    ranked = sorted(runs, key=lambda run: run.total_j or 0.0)
    low, high = ranked[(len(runs) - 1) // 2], ranked[len(runs) // 2]

    def mean(first: float | None, second: float | None) -> float | None:
        return None if first is None or second is None else (first + second) / 2

    middle = Measurement(
        duration_s=(low.duration_s + high.duration_s) / 2,
        cpu_time_s=(low.cpu_time_s + high.cpu_time_s) / 2,
        cpu_j=mean(low.cpu_j, high.cpu_j),
        gpu_j=mean(low.gpu_j, high.gpu_j),
        ram_j=mean(low.ram_j, high.ram_j),
        uncertainty_j=uncertainty_j,
        runs=tuple(runs[:: math.ceil(len(runs) / MOST_RUNS_KEPT)]),
        run_count=len(runs),
    )
    # Neighbours are observed over windows longer than most runs, so all runs have the same share.
    all_j = math.fsum(run.known_j for run in runs)
    if all_j > 0:
        contended_j = math.fsum(run.contention_j for run in runs)
        middle.contention_j = contended_j / all_j * middle.known_j
    return middle


def co2e_g(energy_j: float, g_per_kwh: float, pue: float) -> float:
    """Operational emissions of an amount of IT energy.

    ``O = E x I`` of ISO/IEC 21031:2024 (SCI), where E is the IT energy times the power usage
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

    WUE is defined per kWh of IT energy, so the PUE does not apply.
    """
    return energy_j / 3.6e6 * wue_l_per_kwh
