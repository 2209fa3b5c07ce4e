"""How many CPU cores other processes keep busy next to the tests."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.cputime import machine_cpu_time_s

WINDOW_S: Final = 0.3
"""The shortest time over which cores are counted: systems count CPU time in ticks of 10 ms, so the
error is up to 0.07 cores on a machine with two."""
MOST_MARKS: Final = 64


class _Mark(NamedTuple):
    """What the machine and this process had used at an instant, in CPU seconds."""

    time_s: float
    machine_s: float
    own_s: float


class Neighbours:
    """Counts the cores that other processes use: the machine's CPU time less this process's own."""

    def __init__(self, machine_s: Callable[[], float] = machine_cpu_time_s) -> None:
        """Begin without a mark.

        Args:
            machine_s: Returns the CPU seconds that the machine has used; raises MeterFault if it
                cannot tell.
        """
        self._machine_s = machine_s
        self._marks: deque[_Mark] = deque(maxlen=MOST_MARKS)

    def mark(self, time_s: float, own_s: float) -> None:
        """Remember what has been used so far.

        Args:
            time_s: The current time, in seconds on a monotonic clock.
            own_s: CPU seconds of this process and its children; NaN if they could not be read.
        """
        try:
            machine_s = self._machine_s()
        except MeterFault:
            return
        if not math.isnan(own_s):
            self._marks.append(_Mark(time_s, machine_s, own_s))

    def cores(self, since_s: float) -> float | None:
        """The number of cores that others kept busy, on average; None if that is unknown.

        Args:
            since_s: From when on; from earlier if that was less than :data:`WINDOW_S` ago.
        """
        if len(self._marks) < 2:
            return None
        end = self._marks[-1]
        before = [
            each for each in self._marks if each.time_s <= min(since_s, end.time_s - WINDOW_S)
        ]
        start = before[-1] if before else self._marks[0]
        passed_s = end.time_s - start.time_s
        if passed_s < WINDOW_S:
            return None
        used_s = end.machine_s - start.machine_s - (end.own_s - start.own_s)
        return max(used_s / passed_s, 0.0)
