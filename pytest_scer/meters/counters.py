"""Counters that move in steps: when they moved, and what of it can be believed."""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from pytest_scer.meters.base import LostJoules, MeterFault

ABSURD_FACTOR: Final = 1.2
"""A counter that reports more than this many times its device's limit is not believed."""
WATCH_S: Final = 0.35
"""How long counters are watched before the first test, at most, for their tick and again for their
power: three moves of the slowest boards."""

# Power is averaged, and a counter that stands still is believed, over so many ticks, but for no
# shorter than a power limit is allowed to be exceeded (Intel SDM vol. 3B, section 16.10.2: time
# windows of package limits) and a busy machine may delay who advances the counter.
_WINDOW_TICKS: Final = 4
_WINDOW_S: Final = 0.05
_BURST_S: Final = 0.01

# A process may have to wait between its clock and the counter. So what took long is read again, and
# the middle is taken for its date (F. Cristian 1989, Probabilistic clock synchronization,
# Distributed Computing 3:146-158).
_ATTEMPTS: Final = 3


class Device(Protocol):
    """One device with a cumulative energy counter."""

    @property
    def name(self) -> str:
        """What to call it in a message."""

    @property
    def limit_w(self) -> float | None:
        """The most that the device may draw, in watts; None where nobody says."""

    @property
    def wraps_at_j(self) -> float | None:
        """Where the count starts again from zero, in joules; None where it does not."""

    @property
    def resolution_s(self) -> float:
        """The time that a count may be wrong by, in seconds: the counter's tick."""

    @property
    def steps(self) -> bool:
        """Whether the count moves in ticks; otherwise it is as fresh as its reading."""

    def read_j(self) -> float:
        """The count in joules.

        Raises:
            MeterFault: It could not be read.
            LostJoules: Some were not counted since the last call; the next one is good.
        """


class Counter:
    """The counter of one device: its joules since the first look, dated, with its power.

    A look that finds the counter moved knows of the moment only that it lies after the look
    before, and no more than a tick ago. The middle is taken, or a whole number of ticks after the
    move before where that was lately. So at a constant draw the joules told for any instant are
    right to within half a tick or so.

    A look whose clock and count lie more than a tick apart is taken again.

    A count that cannot be read is a fault until it can be again, and the joules of the gap are
    counted then. A step that cannot be true, and whatever a counter that stood still counts
    afterwards, begin a new *epoch*: no difference is taken across epochs.
    """

    def __init__(self, device: Device, *, clock: Callable[[], float] = time.perf_counter) -> None:
        """Nothing is read yet: the first look is the origin.

        Args:
            device: Whose counter it is.
            clock: Tells the time in seconds, for the dates.
        """
        self.device = device
        self._clock = clock
        self.tick_s = device.resolution_s
        self.energy_j = 0.0
        self.power_w = 0.0
        self.fault: str | None = None
        self.cause: str | None = None
        """What was wrong last, also when it is over."""
        self.epoch = 0
        self.moved_at_s = -math.inf
        self._step_w = 0.0
        self._count_j: float | None = None
        self._looked_at_s = -math.inf
        self._took_s = 0.0
        self._since: tuple[float, float] | None = None  # when and where the power's window began
        self._believed = True

    @property
    def started(self) -> bool:
        """Whether the counter was ever read."""
        return self._count_j is not None

    @property
    def window_s(self) -> float:
        """How long power is averaged, and the counter may stand still."""
        return max(_WINDOW_TICKS * self.tick_s, _WINDOW_S)

    def estimate_j(self, time_s: float) -> float:
        """Joules up to an instant at or after the last look, if the power goes on."""
        if self.fault is not None or not self.started:
            return self.energy_j
        return self.energy_j + self.power_w * (time_s - self.moved_at_s)

    @property
    def noise_j(self) -> float:
        """How far the estimate may be off, in joules."""
        silent_s = self._looked_at_s - self.moved_at_s if self.device.steps else 0.0
        return max(self.power_w, self._step_w) * max(self.tick_s, silent_s, self._took_s)

    def look(self) -> None:
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
        looked_at_s, self._looked_at_s = self._looked_at_s, time_s
        before_j, self._count_j = self._count_j, count_j
        if before_j is None:
            self._move(time_s)
        elif count_j != before_j:
            step_j = self._believable_step_j(before_j, count_j, time_s - self.moved_at_s)
            if step_j is None:
                self._move(time_s)
                return
            moved_at_s = self._date_s(looked_at_s, time_s)
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

    def _date_s(self, looked_at_s: float, time_s: float) -> float:
        """When the counter, which stood still at the one look, had moved by the other."""
        if not self.device.steps:
            return time_s
        stale_s = min(time_s - looked_at_s, self.tick_s)
        since_s = time_s - self.moved_at_s
        if since_s > _WINDOW_TICKS * self.tick_s:
            return time_s - stale_s / 2
        # Counters tick regularly: both ends of a short test are then off by the same.
        return max(time_s - since_s % self.tick_s, time_s - stale_s)

    def _move(self, time_s: float) -> None:
        """Begin to count at this instant, as at the origin."""
        self.moved_at_s = time_s
        self._since = None

    @property
    def _absurd(self) -> str:
        device = self.device
        return (
            f"{device.name}: more than {ABSURD_FACTOR} times the device's limit "
            f"of {device.limit_w:.0f} W"
        )

    def _believable_step_j(self, before_j: float, after_j: float, elapsed_s: float) -> float | None:
        """Joules between two counts; None, in a new epoch, where they cannot be true."""
        device = self.device
        step_j = after_j - before_j
        backwards = step_j < 0
        if backwards:
            step_j += device.wraps_at_j or 0.0
        # What came in a burst, or was counted late, may show up at once.
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
        """Average the power over a window; what is absurd is taken back."""
        if self._since is None:  # the first move only dates the counter
            self._since = (self.moved_at_s, self.energy_j)
        since_s, since_j = self._since
        elapsed_s = self.moved_at_s - since_s
        # Something to go by is needed soon. Half a tick less: windows that wait for a late date
        # would be too long on the average, and the power too low.
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
    """Watch counters move, and take the median time between two moves for their tick.

    Boards tick every 20 to 100 ms and do not say so. Ends as soon as each counter moved five times.

    Args:
        counters: They keep their device's resolution if they move less than three times.
        at_most_s: How long to watch, in seconds.
    """
    moves_s: dict[Counter, list[float]] = {counter: [] for counter in counters}
    ends_s = time.perf_counter() + at_most_s
    for counter in counters:
        counter.look()
    while time.perf_counter() < ends_s and any(len(moves) < 6 for moves in moves_s.values()):
        time.sleep(1e-3)
        for counter, moves in moves_s.items():
            now_s, before_j = time.perf_counter(), counter.energy_j
            counter.look()
            if counter.energy_j != before_j:
                moves.append(now_s)
    for counter, moves in moves_s.items():
        if len(moves) >= 3:
            gaps_s = (after - before for before, after in itertools.pairwise(moves))
            counter.tick_s = statistics.median(gaps_s)
