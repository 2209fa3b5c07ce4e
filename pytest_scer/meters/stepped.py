"""What readings are told between two moves of a counter, and whose the joules are."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Final

from pytest_scer.meters.counters import WATCH_S, Counter

SHARE_WINDOW_S: Final = 0.2
"""How often a process's share is settled: 20 ticks of ``proc_stat(5)``, so to about 5 %."""
MACHINE_CPU_TICK_S: Final = 1e-2
"""The step of the machine's CPU time (``USER_HZ`` in ``proc_stat(5)``)."""

# Counters are looked at eight times a tick, but no more often than this, for that costs.
_LEAST_INTERVAL_S: Final = 1e-3


class Told:
    """What readings are told: follows an estimate that is mended now and then, and never goes back.

    Where the mended estimate turns out to lie elsewhere, by no more than it may be off, the count
    goes on at half or at one and a half times the rate until they meet: whoever reads just then is
    neither told to have cost nothing nor charged for all before. More than that was used lately.
    """

    __slots__ = ("_at", "_offset_j", "_rate", "_slack_j", "joules")

    def __init__(self) -> None:
        """Nothing is told yet."""
        self._at = 0.0
        self._offset_j = 0.0
        self._rate = 0.0
        self._slack_j = 0.0
        self.joules = 0.0

    def follow(self, at: float, estimate_j: float, rate: float, slack_j: float = 0.0) -> None:
        """Go on from a new estimate, by so many joules per unit of what it runs on."""
        self._offset_j = estimate_j - rate * at
        self._rate = rate
        self._slack_j = slack_j

    def restart(self, at: float) -> None:
        """Forget what was told: the estimate alone counts."""
        self._at = at
        self.joules = self._offset_j + self._rate * at

    def tell(self, at: float) -> float:
        """Joules up to there."""
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
    """Joules of one component, from the counters of its devices, charged to readings.

    A counter moves in ticks, and many readings may fall between two of them. Such a reading is
    told what was counted by the last tick plus the device's power times the time since. So a test
    that is shorter than the tick gets its share, sums stay right, and no figure changes once it is
    told.

    Charged by CPU time, this process gets of every window of 0.2 s the part that its CPU time is of
    the machine's, or of the window where the machine was busy for less of it; and until a window
    ends, what a CPU second cost in the one before.
    """

    def __init__(
        self,
        counters: Sequence[Counter],
        *,
        machine_cpu_time_s: Callable[[], float] | None = None,
        sharers: int = 1,
    ) -> None:
        """Nothing is read yet: the first reading told is the origin.

        Args:
            counters: Those of the component's devices.
            machine_cpu_time_s: The CPU seconds of all processes, to charge this one by its share
                of them; None to charge it for all.
            sharers: How many processes divide it evenly.
        """
        self._counters = counters
        self._machine_cpu_time_s = machine_cpu_time_s
        self.sharers = sharers
        """How many processes divide the joules evenly; to be changed before they are charged."""
        self.window_s = min(counter.window_s for counter in counters)
        """How often to look at the least, so that no fault goes unseen."""
        self._interval_s = max(min(counter.tick_s for counter in counters) / 8, _LEAST_INTERVAL_S)
        self._looked_at_s = -math.inf
        self._origin_j = 0.0
        self._machine = Told()
        self._charged = Told()
        self._window: tuple[float, float, float, float] | None = None
        self._settled_j = 0.0
        self._joules_per_cpu_s = 0.0
        self._missing = True
        self._warned: set[str] = set()
        self.noise_j = 0.0
        """How far the joules told may be off."""
        self.epoch = 0
        """How many times a counter had said what cannot be true."""
        self.cause: str | None = None
        """What was wrong last, also when it is over."""
        self.faults: list[str] = []
        """What went wrong since this was last emptied; each cause is named once."""

    @property
    def total_j(self) -> float | None:
        """All that is known of what the devices used since the total began, whoever used it.

        None where no counter was ever read.
        """
        if not any(counter.started for counter in self._counters):
            return None
        return self._machine.joules - self._origin_j

    def warm_up(self, cpu_time_s: Callable[[], float]) -> None:
        """Take readings until there is a power to go by between two moves.

        The first tests would else be told nothing until then, and one of them all at once.

        Args:
            cpu_time_s: Reads the CPU seconds of this process.
        """
        ends_s = time.perf_counter() + WATCH_S
        while not self._is_warm and time.perf_counter() < ends_s:
            self.tell(time.perf_counter(), cpu_time_s(), force=True)
            time.sleep(_LEAST_INTERVAL_S)

    def begin_total(self) -> None:
        """Count the total from what was told last."""
        self._origin_j = self._machine.joules

    @property
    def _is_warm(self) -> bool:
        priced = self._machine_cpu_time_s is None or self._joules_per_cpu_s > 0
        return priced and all(counter.power_w > 0 for counter in self._counters)

    def tell(self, time_s: float, cpu_time_s: float, *, force: bool = False) -> float:
        """Joules charged to this process up to now; NaN where they cannot be told.

        Args:
            time_s: The present time, in seconds of a monotonic clock.
            cpu_time_s: The CPU seconds of this process by now.
            force: Whether to look at the counters although that was done within the last tick.
        """
        if force or time_s - self._looked_at_s >= self._interval_s:
            self._look(time_s)
            if self._machine_cpu_time_s is not None:
                self._settle_share(time_s, cpu_time_s, self._machine_cpu_time_s)
        joules = self._machine.tell(time_s)
        if self._machine_cpu_time_s is not None:
            joules = self._charged.tell(cpu_time_s)
        return math.nan if self._missing else joules / self.sharers

    def _look(self, time_s: float) -> None:
        estimate_j = power_w = noise_j = 0.0
        epoch, missing = 0, False
        first = self._looked_at_s == -math.inf
        for counter in self._counters:
            # What was wrong already while the counter was watched for its tick is news here.
            before = (counter.epoch, None if first else counter.fault)
            counter.look()
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
        self._looked_at_s = time_s
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
        """Charge this process its part of the window that ends here, if that is long enough."""
        window = self._window
        # The very first tests need something to go by soon.
        long_enough_s = SHARE_WINDOW_S if self._joules_per_cpu_s else SHARE_WINDOW_S / 4
        if window is None or time_s - window[0] >= long_enough_s:
            total_cpu_s, joules = machine_cpu_time_s(), self._machine.tell(time_s)
            self._window = (time_s, cpu_s, total_cpu_s, joules)
            if window is not None:
                # What is drawn while nothing runs is nobody's: a process that hardly runs would
                # else be charged for an idle machine. And the machine's time comes in ticks: what
                # this process used was used.
                busy_s = max(total_cpu_s - window[2], cpu_s - window[1], time_s - window[0])
                self._joules_per_cpu_s = max(joules - window[3], 0.0) / busy_s
                self._settled_j += self._joules_per_cpu_s * (cpu_s - window[1])
                self._charged.follow(cpu_s, self._settled_j, self._joules_per_cpu_s)
        # One tick of the machine's clock at either edge.
        self.noise_j = 2 * MACHINE_CPU_TICK_S * self._joules_per_cpu_s
