"""Energy counters that advance in steps: when they advanced, and whether the step is plausible."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from pytest_scer.meters.base import LostJoules, MeterFault
from pytest_scer.system import System

ABSURD_FACTOR: Final = 1.2
"""A counter that reports more than this many times its device's power limit is at fault."""
WATCH_S: Final = 0.35
"""Maximum time to watch counters before the first test, once to learn their tick and once to learn
their power: three steps of the slowest boards."""

# The window over which power is averaged and a counter may stand still without being at fault. It
# is a number of ticks, but no shorter than the time for which a power limit may be exceeded (Intel
# SDM vol. 3B, section 16.10.2: time windows of package limits) and for which a busy machine may
# delay the driver that advances the counter.
_WINDOW_TICKS: Final = 4
_WINDOW_S: Final = 0.05
_BURST_S: Final = 0.01

# A process may be preempted between reading the clock and the counter. So a slow reading is
# repeated, and a count is dated to the middle of its reading (F. Cristian 1989, Probabilistic clock
# synchronization, Distributed Computing 3:146-158).
_ATTEMPTS: Final = 3


class Device(Protocol):
    """One device with a cumulative energy counter."""

    @property
    def name(self) -> str:
        """Its name in messages."""

    @property
    def limit_w(self) -> float | None:
        """The maximum power of the device in watts; None if unknown."""

    @property
    def wraps_at_j(self) -> float | None:
        """Where the count wraps around to zero, in joules; None if it does not."""

    @property
    def resolution_s(self) -> float:
        """The counter's tick in seconds: a count may be outdated by this much."""

    @property
    def steps(self) -> bool:
        """Whether the count advances in ticks; otherwise it is up to date when it is read."""

    def read_j(self) -> float:
        """The count in joules.

        Raises:
            MeterFault: The counter could not be read.
            LostJoules: Some energy since the last call was not counted; the next call succeeds.
        """


class Counter:
    """The counter of one device: joules since the first poll, the time of each step, and power.

    If a poll finds that the counter has advanced, the step happened after the previous poll and at
    most a tick ago. It is dated to the middle of that interval, or, if the previous step was
    recent, to a whole number of ticks after it. At a constant draw the estimate for any instant is
    therefore correct to about half a tick.

    If reading the count takes more than a tick, the poll is repeated.

    If the count cannot be read, the counter is at fault until it can be read again; the joules of
    the gap are counted then. An implausible step, or a counter that stood still, starts a new
    *epoch*; differences are never taken across epochs.
    """

    def __init__(self, device: Device, *, clock: Callable[[], float] = System.perf_counter) -> None:
        """Start without a count; the first poll is the origin.

        Args:
            device: The device to read.
            clock: Returns the time in seconds, used to date steps.
        """
        self.device = device
        self._clock = clock
        self.tick_s = device.resolution_s
        self.energy_j = 0.0
        self.power_w = 0.0
        self.fault: str | None = None
        self.cause: str | None = None
        """The latest fault, even if it is over."""
        self.epoch = 0
        self.moved_at_s = -math.inf
        self._step_w = 0.0
        self._count_j: float | None = None
        self._polled_at_s = -math.inf
        self._took_s = 0.0
        self._since: tuple[float, float] | None = None  # time and joules at window start
        self._believed = True

    @property
    def started(self) -> bool:
        """Whether the counter was read at least once."""
        return self._count_j is not None

    @property
    def window_s(self) -> float:
        """How long power is averaged, and how long the counter may stand still, in seconds."""
        return max(_WINDOW_TICKS * self.tick_s, _WINDOW_S)

    def estimate_j(self, time_s: float) -> float:
        """Estimated joules at a time at or after the last poll, assuming constant power."""
        if self.fault is not None or not self.started:
            return self.energy_j
        return self.energy_j + self.power_w * (time_s - self.moved_at_s)

    @property
    def noise_j(self) -> float:
        """Maximum error of the estimate, in joules."""
        silent_s = self._polled_at_s - self.moved_at_s if self.device.steps else 0.0
        return max(self.power_w, self._step_w) * max(self.tick_s, silent_s, self._took_s)

    def poll(self) -> None:
        """Read the count now."""
        try:
            for _ in range(_ATTEMPTS):
                begun_s = self._clock()
                count_j = self._read_j()
                self._took_s = self._clock() - begun_s
                if self._took_s <= self.tick_s:
                    break
            self._take(count_j, begun_s + self._took_s / 2)
        except MeterFault as fault:
            self.fault = self.cause = str(fault)
        else:
            self.fault = None

    def _read_j(self) -> float:
        try:
            return self.device.read_j()
        except LostJoules as lost:
            self._begin_epoch(str(lost))
            return self.device.read_j()

    def _begin_epoch(self, cause: str) -> None:
        self.epoch += 1
        self.cause = cause

    def _take(self, count_j: float, time_s: float) -> None:
        polled_at_s, self._polled_at_s = self._polled_at_s, time_s
        before_j, self._count_j = self._count_j, count_j
        if before_j is None:
            self._move(time_s)
        elif count_j != before_j:
            step_j = self._believable_step_j(before_j, count_j, time_s - self.moved_at_s)
            if step_j is None:
                self._move(time_s)
                return
            moved_at_s = self._date_s(polled_at_s, time_s)
            self._step_w = step_j / max(moved_at_s - self.moved_at_s, self.tick_s)
            self.energy_j += step_j
            self.moved_at_s = moved_at_s
            if self.fault is not None and self._believed:
                self._since = None  # the step covers a gap
            self._note_power()
        elif time_s - self.moved_at_s > self.window_s:
            stands_still = f"{self.device.name}: the counter stands still"
            if self.fault != stands_still:
                self._begin_epoch(stands_still)
            raise MeterFault(stands_still)
        if not self._believed:
            raise MeterFault(self._absurd)

    def _date_s(self, polled_at_s: float, time_s: float) -> float:
        """When the counter advanced, between two polls."""
        if not self.device.steps:
            return time_s
        stale_s = min(time_s - polled_at_s, self.tick_s)
        since_s = time_s - self.moved_at_s
        if since_s > _WINDOW_TICKS * self.tick_s:
            return time_s - stale_s / 2
        # Counters tick regularly, so the errors at both ends of a short test are equal and cancel.
        return max(time_s - since_s % self.tick_s, time_s - stale_s)

    def _move(self, time_s: float) -> None:
        """Restart counting at this instant."""
        self.moved_at_s = time_s
        self._since = None

    @property
    def _absurd(self) -> str:
        device = self.device
        return (
            f"{device.name}: the counter shows more than {ABSURD_FACTOR} times the device's limit "
            f"of {device.limit_w:.0f} W"
        )

    def _believable_step_j(self, before_j: float, after_j: float, elapsed_s: float) -> float | None:
        """Joules between two counts; None, and a new epoch, if they are implausible."""
        device = self.device
        step_j = after_j - before_j
        backwards = step_j < 0
        if backwards:
            step_j += device.wraps_at_j or 0.0
        # A burst, or energy that was counted late, may appear in a single step.
        longest_s = elapsed_s + max(self.tick_s, _BURST_S)
        too_much = (
            device.limit_w is not None and step_j > ABSURD_FACTOR * device.limit_w * longest_s
        )
        if step_j < 0 or (backwards and too_much):
            self._begin_epoch(f"{device.name}: the counter went backwards")
        elif too_much:
            self._begin_epoch(self._absurd)
        else:
            return step_j
        return None

    def _note_power(self) -> None:
        """Average the power over a window; an implausible window is not counted."""
        if self._since is None:  # the first step only dates the counter
            self._since = (self.moved_at_s, self.energy_j)
        since_s, since_j = self._since
        elapsed_s = self.moved_at_s - since_s
        # The first window is half as long, because an estimate is needed soon. Half a tick is
        # subtracted because windows that end at the next step would be too long on average, and
        # the power too low.
        if elapsed_s < self.window_s / (1 if self.power_w else 2) - self.tick_s / 2:
            return
        power_w = (self.energy_j - since_j) / elapsed_s
        limit_w = self.device.limit_w
        self._believed = limit_w is None or power_w <= ABSURD_FACTOR * limit_w
        if self._believed:
            self.power_w = power_w
        else:
            self.energy_j = since_j
            self._begin_epoch(self._absurd)
        self._since = (self.moved_at_s, self.energy_j)


def learn_ticks(counters: Sequence[Counter], *, at_most_s: float = WATCH_S) -> None:
    """Set the tick of each counter to the median time between two of its steps.

    GPU boards tick every 20 to 100 ms and do not report their tick. Stops as soon as each counter
    has advanced six times.

    Args:
        counters: The counters to watch; one that advances fewer than three times keeps its
            device's resolution.
        at_most_s: Maximum time to watch, in seconds.
    """
    moves_s: dict[Counter, list[float]] = {counter: [] for counter in counters}
    ends_s = System.perf_counter() + at_most_s
    for counter in counters:
        counter.poll()
    while System.perf_counter() < ends_s and any(len(moves) < 6 for moves in moves_s.values()):
        System.sleep(1e-3)
        for counter, moves in moves_s.items():
            now_s, before_j = System.perf_counter(), counter.energy_j
            counter.poll()
            if counter.energy_j != before_j:
                moves.append(now_s)
    for counter, moves in moves_s.items():
        if len(moves) >= 3:
            gaps_s = (after - before for before, after in itertools.pairwise(moves))
            counter.tick_s = statistics.median(gaps_s)
