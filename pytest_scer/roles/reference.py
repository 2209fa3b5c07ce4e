"""A fixed workload, run in turn with the tests: what it costs tells how slow the moment is.

On shared machines the CPU seconds of the same work follow hidden neighbours and the clock, which
change within a second. What is divided by the cost of a known workload, run right beside, follows
them much less; see ``docs/explanation/gate.md`` for the figures.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from statistics import fmean
from typing import Final

from pytest_scer.core.measurement import Measurement, Reading

EVERY_S: Final = 0.1
"""So often it is run beside tests, at most: it takes about 10 ms."""
ONE_MORE_EACH_S: Final = 0.2
"""It is run once more for each of these seconds since it was run last: what a long test costs is
the mean over many moments, and one run of the workload is of one moment..."""
MOST_AT_ONCE: Final = 5
"""... but no more often than this."""


def workload() -> int:
    """Pure Python and some memory: the same work on every call, about 10 ms.

    Never change it: the costs in every baseline are relative to it.
    """
    total = 0
    for number in range(30_000):
        total += number * number % 7
    table = {}
    for number in range(12_000):
        table[number * 7919 % 12_007] = number
    ranked = sorted(table.values(), key=lambda value: value ^ 0x5555)
    block = bytearray(1 << 20)
    for _ in range(2):
        block = bytearray(block[::-1])
    return total + ranked[0] + block[0]


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
        self._latest_j: float | None = None
        self._at_s = -math.inf
        workload()

    def beside(self, *, anew: bool = False) -> float | None:
        """Its joules now: the mean of its latest runs, which were made at one moment.

        Args:
            anew: Whether to run it even if that was done not long ago.

        Returns:
            None where a component has no figure, or used nothing.
        """
        age_s = time.monotonic() - self._at_s
        if anew or age_s >= EVERY_S:
            more = min(age_s / ONE_MORE_EACH_S, MOST_AT_ONCE - 1)
            self._latest_j = mean_of_known(*[self._run() for _ in range(1 + int(more))])
            self._at_s = time.monotonic()
        return self._latest_j

    def _run(self) -> float | None:
        _collect_garbage()
        start = self._read(force=True)
        workload()
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


def mean_of_known(*figures: float | None) -> float | None:
    """The mean of the figures that there are; None where there is none."""
    known = [each for each in figures if each is not None]
    return fmean(known) if known else None
