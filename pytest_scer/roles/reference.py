"""A fixed workload, run in turn with the tests: what it costs tells how slow the moment is.

On shared machines the CPU seconds of the same work follow hidden neighbours and the clock. What is
divided by the cost of a known workload, run right beside, follows them much less; see
``docs/explanation/gate.md`` for the figures.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from statistics import fmean
from typing import Final

from pytest_scer.core.measurement import Measurement, Reading

EVERY_S: Final = 0.25
"""So often it is run beside tests, at most: it takes about 25 ms."""


def workload() -> int:
    """Pure Python and some memory: the same work on every call, about 25 ms.

    Never change it: the costs in every baseline are relative to it.
    """
    total = 0
    for number in range(100_000):
        total += number * number % 7
    table = {}
    for number in range(40_000):
        table[number * 7919 % 40_009] = number
    ranked = sorted(table.values(), key=lambda value: value ^ 0x5555)
    block = bytearray(1 << 20)
    for _ in range(4):
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
        self._before_j: float | None = None
        self._at_s = -math.inf
        workload()

    def measure(self) -> float | None:
        """Run it and tell its joules; None where a component has no figure, or used nothing."""
        _collect_garbage()
        start = self._read(force=True)
        workload()
        measured = Measurement.between(start, self._read(force=True))
        self._before_j = self._latest_j if self._age_s() < 2 * EVERY_S else None
        self._at_s = time.monotonic()
        joules = [getattr(measured, f"{name}_j") for name in self._components]
        total_j = sum(joules) if joules and None not in joules else 0.0
        self._latest_j = total_j if total_j > 0 else None
        return self._latest_j

    def latest(self) -> float | None:
        """Its joules not long ago: the mean of its last two runs, if the other is recent as well.

        One run of it scatters as much as a test does.
        """
        if self._age_s() >= EVERY_S:
            self.measure()
        return mean_of_known(self._before_j, self._latest_j)

    def _age_s(self) -> float:
        return time.monotonic() - self._at_s


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
