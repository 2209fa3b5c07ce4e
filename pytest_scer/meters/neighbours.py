"""How long other processes were in the way of this one.

Two busy hardware threads of a core share its units, so work takes more CPU time than alone. A
virtual machine does not show which of its threads share a core (it often claims that none do), so
any busy thread may be the sibling. And while more threads are ready than the machine has, work
waits for a CPU: it takes more wall time than alone.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

from pytest_scer.core.contention import NONE, Contention
from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.cputime import machine_cpu_time_s
from pytest_scer.system import OpenFile, System

WINDOW_S: Final = 0.2
"""How often the machine's CPU time is read: 20 ticks of ``proc_stat(5)``, so to about 5 %."""
SHORTEST_S: Final = 0.05
"""The same at the edges of a test with a budget, to about 20 %: it should not be judged by what ran
beside the test before it."""
QUEUE_S: Final = 0.01
"""How often the time in the queue is read: that takes microseconds, as much as a short test."""
QUIET: Final = 0.1
"""A machine whose other processes keep a tenth of a thread busy counts as quiet: its own services
and the rounding of ticks are that much (judgement)."""


def busy_s() -> float:
    """CPU seconds that the processes of this machine have used, without stolen time."""
    return machine_cpu_time_s(stolen=False)


class RunQueue:
    """How long the main thread of this process was ready to run, but had no CPU (Linux)."""

    def __init__(self, path: str = "/proc/self/schedstat") -> None:
        """Open the count; without it, nothing is counted.

        Args:
            path: A file as ``/proc/PID/schedstat``: CPU time, time in the queue (both in
                nanoseconds) and the number of time slices (Linux, ``sched-stats.rst``).
        """
        self._waited_s = 0.0
        self._read_at_s = -math.inf
        self._file: OpenFile | None = None
        with suppress(OSError):
            self._file = OpenFile(System.open(path, os.O_RDONLY))

    def waited_s(self, time_s: float, *, force: bool = False) -> float:
        """Seconds in the queue so far.

        Args:
            time_s: The time, in seconds of a monotonic clock.
            force: Whether to read the count even if it was read within the last 10 ms.
        """
        if self._file is not None and (force or time_s - self._read_at_s >= QUEUE_S):
            self._read_at_s = time_s
            try:
                self._waited_s = self._read_s(self._file)
            except (OSError, IndexError, ValueError):
                self.close()
        return self._waited_s

    @staticmethod
    def _read_s(file: OpenFile) -> float:
        if not file.is_open():
            raise OSError("a test has closed it")
        return int(System.pread(file.descriptor, 64, 0).split()[1]) / 1e9

    def close(self) -> None:
        """Stop counting."""
        if self._file is not None:
            self._file.close()
            self._file = None


class _Look(NamedTuple):
    """What was counted at an instant, in seconds; the machine's CPU time is None if unknown."""

    time_s: float
    own_s: float
    waited_s: float
    machine_s: float | None


class Neighbours:
    """Counts the seconds in which others were in the way of this process.

    Between two looks at the machine's CPU time, the shares of the last window apply.
    """

    def __init__(self, queue: RunQueue, machine_busy_s: Callable[[], float] = busy_s) -> None:
        """Start counting at the first call of :meth:`contention`.

        Args:
            queue: Counts how long this process waited for a CPU.
            machine_busy_s: Returns the CPU seconds of all processes of the machine.
        """
        self._queue = queue
        self._machine_busy_s = machine_busy_s
        self._last: _Look | None = None
        self.calm_until_s = -math.inf
        """Until when :attr:`settled` is the contention: as on a quiet machine nearly always."""
        self.settled = NONE
        """The contention at the last look."""
        self._shares = NONE
        """How much of the process's CPU time, and of its time in the queue, others explain."""

    def contention(self, time_s: float, own_cpu_s: float, *, force: bool = False) -> Contention:
        """How long others were in the way so far.

        A second of another process prolongs at most one of this process, and explains at most one
        in the queue: threads and children of this process itself may be what it waits for.

        Args:
            time_s: The time, in seconds of a monotonic clock.
            own_cpu_s: CPU seconds of this process and its children so far; NaN if unknown.
            force: Whether to look even if the last look was a short time ago.
        """
        if (time_s < self.calm_until_s and not force) or math.isnan(own_cpu_s):  # NaN: a fault
            return self.settled
        last = self._last
        if last is None or time_s - last.time_s >= (SHORTEST_S if force else WINDOW_S):
            self._look(time_s, own_cpu_s, self._queue.waited_s(time_s, force=True))
            return self.settled
        return self._since(last, own_cpu_s, self._queue.waited_s(time_s, force=force))

    def _since(self, last: _Look, own_s: float, waited_s: float) -> Contention:
        return Contention(
            self.settled.shared_s + self._shares.shared_s * (own_s - last.own_s),
            self.settled.queued_s + self._shares.queued_s * (waited_s - last.waited_s),
        )

    def _look(self, time_s: float, own_s: float, waited_s: float) -> None:
        machine_s: float | None
        try:
            machine_s = self._machine_busy_s()
        except MeterFault:
            machine_s = None
        if self._last is not None:
            self._shares = _shares(self._last, _Look(time_s, own_s, waited_s, machine_s))
            self.settled = self._since(self._last, own_s, waited_s)
        self._last = _Look(time_s, own_s, waited_s, machine_s)
        self.calm_until_s = time_s + WINDOW_S if self._shares is NONE else -math.inf

    def close(self) -> None:
        """Close the files."""
        self._queue.close()


def _shares(start: _Look, end: _Look) -> Contention:
    """The shares of this process's CPU time and of its time in the queue that others explain."""
    if start.machine_s is None or end.machine_s is None:
        return NONE
    own_s, waited_s = end.own_s - start.own_s, end.waited_s - start.waited_s
    loud_s = end.machine_s - start.machine_s - own_s - QUIET * (end.time_s - start.time_s)
    others_s = max(loud_s, 0.0) / (1 - QUIET)
    if not others_s:
        return NONE
    return Contention(
        min(others_s / own_s, 1.0) if own_s > 0 else 0.0,
        min(others_s / waited_s, 1.0) if waited_s > 0 else 0.0,
    )
