"""Readings between two steps of a counter, and the share of a process in the joules."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.counters import WATCH_S, Counter
from pytest_scer.sources import power
from pytest_scer.system import System

SHARE_WINDOW_S: Final = 0.2
"""How often a process's share is settled: 20 ticks of ``proc_stat(5)``, so to about 5 %."""
MACHINE_CPU_TICK_S: Final = power.CPU_TICK.value
"""The tick of the machine's CPU time (``USER_HZ`` in ``proc_stat(5)``)."""

# Counters are polled eight times per tick, but no more often than this, because polling costs time.
_MIN_INTERVAL_S: Final = 1e-3


class MonotonicCount:
    """A count that follows an estimate which is corrected from time to time, and never decreases.

    If a corrected estimate differs from the count by no more than its possible error, the count
    continues at half or at one and a half times the rate until the two meet. A test that is read at
    that moment is then neither charged nothing nor charged for earlier tests. A larger difference
    is recent consumption and is added at once.
    """

    __slots__ = ("_at", "_offset_j", "_rate", "_slack_j", "joules")

    def __init__(self) -> None:
        """Start at zero."""
        self._at = 0.0
        self._offset_j = 0.0
        self._rate = 0.0
        self._slack_j = 0.0
        self.joules = 0.0

    def follow(self, at: float, estimate_j: float, rate: float, slack_j: float = 0.0) -> None:
        """Follow a new estimate.

        Args:
            at: Where the estimate applies, in seconds of the clock that the count runs on.
            estimate_j: The estimate there, in joules.
            rate: Joules per second from there on.
            slack_j: The possible error of the estimate, in joules.
        """
        self._offset_j = estimate_j - rate * at
        self._rate = rate
        self._slack_j = slack_j

    def restart(self, at: float) -> None:
        """Set the count to the estimate, discarding the past."""
        self._at = at
        self.joules = self._offset_j + self._rate * at

    def advance(self, at: float) -> float:
        """Advance to a time on the clock that the count runs on; returns the joules until then."""
        rate = self._rate
        slow_j = 0.5 * rate * (at - self._at)
        self._at = at
        rise_j = self._offset_j + rate * at - self.joules
        if rise_j < slow_j:
            rise_j = slow_j
        elif 3 * slow_j < rise_j < 2 * slow_j + self._slack_j:
            rise_j = 3 * slow_j
        self.joules += rise_j
        return self.joules


class SteppedComponent:
    """Joules of one component charged to this process, from the counters of its devices.

    A counter advances in ticks, and many readings may fall between two of them. Such a reading gets
    the count at the last tick plus the device's power times the time since. A test shorter than the
    tick therefore gets its share, sums stay right, and a figure never changes after it was read.

    If charged by CPU time, this process gets a share of every window of 0.2 s: its CPU time divided
    by the machine's CPU time, or by the length of the window if the machine was busy for less than
    that. Until a window ends, the cost of a CPU second in the previous window applies.
    """

    def __init__(
        self,
        counters: Sequence[Counter],
        *,
        machine_cpu_time_s: Callable[[], float] | None = None,
        sharers: int = 1,
    ) -> None:
        """Start without a count; the first reading is the origin.

        Args:
            counters: The counters of the component's devices.
            machine_cpu_time_s: Returns the CPU seconds of all processes, to charge this process
                its share; None to charge it everything.
            sharers: How many processes share the joules evenly.
        """
        self._counters = counters
        self._machine_cpu_time_s = machine_cpu_time_s
        self.sharers = sharers
        """How many processes share the joules evenly; change it only between measurements."""
        self.window_s = min(counter.window_s for counter in counters)
        """Longest time between two polls that does not miss a fault, in seconds."""
        self._interval_s = max(min(counter.tick_s for counter in counters) / 8, _MIN_INTERVAL_S)
        self._polled_at_s = -math.inf
        self._origin_j = 0.0
        self._machine = MonotonicCount()
        self._charged = MonotonicCount()
        self._window: tuple[float, float, float, float] | None = None
        self._settled_j = 0.0
        self.joules_per_cpu_s = 0.0
        """What a CPU second cost in the last window; 0 unless charged by CPU time."""
        self._missing = True
        self._warned: set[str] = set()
        self.noise_j = 0.0
        """Maximum error of the joules that were read."""
        self.epoch = 0
        """How many times a counter returned an implausible value."""
        self.cause: str | None = None
        """The latest fault, even if it is over."""
        self.faults: list[str] = []
        """Faults since this list was last emptied; each cause is listed once per session."""

    @property
    def total_j(self) -> float | None:
        """Known joules of the devices since the total began, whichever process used them.

        None if no counter could be read yet.
        """
        if not any(counter.started for counter in self._counters):
            return None
        return self._machine.joules - self._origin_j

    def warm_up(self, cpu_time_s: Callable[[], float]) -> None:
        """Take readings until the power is known, which estimates between two steps need.

        Otherwise the first tests would be charged nothing, and then one of them everything.

        Args:
            cpu_time_s: Returns the CPU seconds of this process.
        """
        ends_s = System.perf_counter() + WATCH_S
        while not self._is_warm and System.perf_counter() < ends_s:
            self.read_j(System.perf_counter(), cpu_time_s(), force=True)
            System.sleep(_MIN_INTERVAL_S)

    def begin_total(self) -> None:
        """Count the total from the last reading on."""
        self._origin_j = self._machine.joules

    @property
    def _is_warm(self) -> bool:
        priced = self._machine_cpu_time_s is None or self.joules_per_cpu_s > 0
        return priced and all(counter.power_w > 0 for counter in self._counters)

    def read_j(self, time_s: float, cpu_time_s: float, *, force: bool = False) -> float:
        """Joules charged to this process so far; NaN during a fault.

        Args:
            time_s: The current time, in seconds of a monotonic clock.
            cpu_time_s: The CPU seconds of this process so far; NaN if they could not be read.
            force: Whether to poll the counters even if they were polled within the last tick.
        """
        machine_cpu_time_s = self._machine_cpu_time_s
        by_share = machine_cpu_time_s is not None and not math.isnan(cpu_time_s)
        if force or time_s - self._polled_at_s >= self._interval_s:
            self._poll(time_s)
            if machine_cpu_time_s is not None and by_share:
                try:
                    self._settle_share(time_s, cpu_time_s, machine_cpu_time_s)
                except MeterFault as fault:  # the current price of a CPU second goes on
                    self._note(str(fault))
        joules = self._machine.advance(time_s)
        if machine_cpu_time_s is not None:
            joules = self._charged.advance(cpu_time_s) if by_share else math.nan
        return math.nan if self._missing else joules / self.sharers

    def _poll(self, time_s: float) -> None:
        estimate_j = power_w = noise_j = 0.0
        epoch, missing = 0, False
        first = self._polled_at_s == -math.inf
        for counter in self._counters:
            # A fault that already existed when the tick was learned has not been reported yet.
            before = (counter.epoch, None if first else counter.fault)
            counter.poll()
            if counter.cause is not None and before != (counter.epoch, counter.fault):
                self._note(counter.cause)
            estimate_j += counter.estimate_j(time_s)
            noise_j += counter.noise_j
            epoch += counter.epoch
            if counter.fault is None:
                power_w += counter.power_w
            else:
                missing = True
        self._missing = missing
        self.noise_j = noise_j / self.sharers
        self._machine.follow(time_s, estimate_j, power_w, noise_j / 2)
        if first:
            self._machine.restart(time_s)
        self._polled_at_s = time_s
        if epoch != self.epoch:
            self.epoch = epoch
            self._machine.restart(time_s)

    def _note(self, cause: str) -> None:
        self.cause = cause
        if cause not in self._warned:
            self._warned.add(cause)
            self.faults.append(cause)

    def _settle_share(
        self, time_s: float, cpu_s: float, machine_cpu_time_s: Callable[[], float]
    ) -> None:
        """Charge this process its share of the current window, if the window is long enough."""
        window = self._window
        # The first window is shorter, because the first tests need an estimate soon.
        long_enough_s = SHARE_WINDOW_S if self.joules_per_cpu_s else SHARE_WINDOW_S / 4
        if window is None or time_s - window[0] >= long_enough_s:
            total_cpu_s, joules = machine_cpu_time_s(), self._machine.advance(time_s)
            self._window = (time_s, cpu_s, total_cpu_s, joules)
            if window is not None:
                # Idle power is charged to no process; otherwise a process that hardly runs would
                # be charged for an idle machine. The machine's CPU time comes in ticks, so it may
                # be less than this process's own.
                busy_s = max(total_cpu_s - window[2], cpu_s - window[1], time_s - window[0])
                self.joules_per_cpu_s = max(joules - window[3], 0.0) / busy_s
                self._settled_j += self.joules_per_cpu_s * (cpu_s - window[1])
                self._charged.follow(cpu_s, self._settled_j, self.joules_per_cpu_s)
        # One tick of the machine's clock at each end.
        self.noise_j = 2 * MACHINE_CPU_TICK_S * self.joules_per_cpu_s
