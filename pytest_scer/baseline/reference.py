"""A fixed workload, run in turn with the tests: what it costs tells how slow the moment is.

On shared machines the CPU seconds of the same work follow hidden neighbours and the clock, which
change within a second. What is divided by the cost of a known workload, run right beside, follows
them much less; see ``docs/explanation/gate.md`` for the figures.
"""

from __future__ import annotations

import ctypes
import gc
import math
import os
import time
from collections.abc import Callable
from statistics import fmean
from typing import Final, NamedTuple

from pytest_scer.core.measurement import Measurement, Reading

EVERY_S: Final = 0.02
"""So long after it has run it counts as beside a test: it takes about 10 ms, and so at most a third
of the time."""
NEAR_S: Final = 0.1
"""A run so long before a test began still tells of its moment, beside a newer one."""
ONE_MORE_EACH_S: Final = 0.2
"""It is run once more for each of these seconds since it was run last: what a long test costs is
the mean over many moments, and one run of the workload is of one moment..."""
MOST_AT_ONCE: Final = 5
"""... but no more often than this."""


class Workload:
    """Pure Python and some loops in C over its own memory: the same work each time, about 10 ms.

    It allocates nothing larger than 24 KB while it runs: what a larger block costs depends on those
    that tests have freed before (where malloc takes it from, and whether its pages are mapped
    already), which made a workload of 1 MB blocks cheaper by a fifth behind a test that had grown.

    Never change it: the costs in every baseline are relative to it.
    """

    def __init__(self) -> None:
        """Allocate all that it works on."""
        self._table = {number: number + 1000 for number in range(12_007)}
        self._numbers = [number * 7919 % 3001 for number in range(3_000)]
        self._block = bytearray(range(256)) * 4096

    def run(self) -> int:
        """Do the work."""
        total = 0
        for number in range(25_000):
            total += number * number % 7
        for number in range(12_000):
            self._table[number * 7919 % 12_007] = number + 1000
        for _ in range(3):
            total += sorted(self._numbers, key=lambda number: number ^ 0x5555)[1_500]
        for _ in range(4):
            self._block.reverse()
        return total + self._table[0] + self._block[0]


class Beside(NamedTuple):
    """What the workload cost beside a test.

    Attributes:
        joules: The mean of its runs right before and right after the test; None where a component
            has no figure, or used nothing.
        moved: By how much the two differ, as a logarithm; None where one is missing.
    """

    joules: float | None
    moved: float | None


class _Moment(NamedTuple):
    """When the workload ran, and what it cost."""

    at_s: float
    joules: float | None


class Reference:
    """What the workload costs now, in joules of the components that are compared."""

    def __init__(self, read: Callable[..., Reading], components: tuple[str, ...]) -> None:
        """Run it once without looking: the first time is always dearer.

        Args:
            read: Takes a reading.
            components: Whose joules count.
        """
        self._read = read
        self._components = components
        self._began_s = 0.0
        self._latest = self._previous = _Moment(-math.inf, None)
        self._workload = Workload()
        self._workload.run()

    def before(self) -> None:
        """Run it before a test, unless it has just been."""
        if self._age_s >= EVERY_S:
            self._run()
        self._began_s = time.monotonic()

    def before_again(self) -> None:
        """Run it before a repeat, which is to find the machine as the first run of a test does.

        That ran right behind another test, in memory that it had to be given first; a repeat comes
        after a pause, in the memory of the one before.
        """
        _give_memory_back()
        self._workload.run()  # the first time after a pause it is dearer, by 3 %
        self.before()

    def after(self, *, force: bool = False) -> Beside:
        """Run the workload after a test, and return its cost around that test.

        Tests that are shorter than the workload share its last two runs.

        Args:
            force: Run it even if it ran just before.
        """
        alone = self._latest.at_s <= self._began_s and self._previous.at_s < self._began_s - NEAR_S
        if force or alone or self._age_s >= EVERY_S:
            self._run()
        before_j, after_j = self._previous.joules, self._latest.joules
        if before_j is None or after_j is None:
            return Beside(mean_of_known(before_j, after_j), None)
        return Beside((before_j + after_j) / 2, abs(math.log(after_j / before_j)))

    @property
    def _age_s(self) -> float:
        return time.monotonic() - self._latest.at_s

    def _run(self) -> None:
        """Run it as often as the time since it ran last asks for."""
        times = 1 + int(min(self._age_s / ONE_MORE_EACH_S, MOST_AT_ONCE - 1))
        latest_j = mean_of_known(*[self._run_once() for _ in range(times)])
        self._previous, self._latest = self._latest, _Moment(time.monotonic(), latest_j)

    def _run_once(self) -> float | None:
        _collect_garbage()
        start = self._read(force=True)
        self._workload.run()
        measured = Measurement.between(start, self._read(force=True))
        joules = [getattr(measured, f"{name}_j") for name in self._components]
        total_j = sum(joules) if joules and None not in joules else 0.0
        return total_j if total_j > 0 else None


def _collect_garbage() -> None:
    """Collect what Python is about to: of a large program it takes as long as the workload.

    It would hit now one test, now another, and make a test of some milliseconds ten times as dear.
    """
    if gc.isenabled() and gc.get_count()[2] >= gc.get_threshold()[2] // 2:
        gc.collect()


def _give_memory_back() -> None:
    """Give the system back what the C library keeps of freed memory, where it is glibc."""
    trim = getattr(ctypes.CDLL(None) if os.name == "posix" else None, "malloc_trim", None)
    if trim is not None:
        trim(0)


def mean_of_known(*figures: float | None) -> float | None:
    """The mean of the figures that there are; None where there is none."""
    known = [each for each in figures if each is not None]
    return fmean(known) if known else None
