"""A fixed workload that runs between the tests, to correct for the machine's current speed.

On shared machines the CPU time of the same work varies with hidden neighbours and the clock
frequency, which change within a second. Costs divided by the cost of a known workload, run right
before and after, vary much less; see ``docs/explanation/gate.md`` for figures.
"""

from __future__ import annotations

import ctypes
import gc
import math
import os
from collections.abc import Callable, Sequence
from functools import partial
from statistics import fmean, median
from typing import Final, NamedTuple

from pytest_scer.baseline.neighbours import Neighbours
from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.system import System

EVERY_S: Final = 0.02
"""What ran less than this many seconds ago is not run again: short tests share it."""
NEAR_S: Final = 0.1
"""A run that ended up to this many seconds before the test still counts, along with a newer one."""
MEASURED: Final = 5
"""How many slices are measured before or after a test, of which the median counts: an interrupt
may hit one of them."""
IN_COST: Final = 500
"""The cost is that of so many slices, about 10 ms of work."""


class Workload:
    """Pure Python and some loops in C over 30 KB of its own memory, in slices of about 20 us.

    It uses little memory, because a test leaves none of it in the caches, and what it costs to
    fetch more differs between processes (by 5 % with 2 MB). It allocates nothing larger than 1 KB
    while it runs. The cost of large blocks depends on what tests freed before (where malloc takes a
    block from, and whether its pages are already mapped): a workload with 1 MB blocks was a fifth
    cheaper after a test that had grown.

    Never change it: the costs in every baseline are relative to it.
    """

    def __init__(self) -> None:
        """Allocate all data in advance."""
        self._table = {number: number for number in range(256)}
        self._numbers = [number * 7919 % 3001 for number in range(60)]
        self._block = bytearray(range(256)) * 80

    def run_slice(self) -> int:
        """Do the work of a slice."""
        total = 0
        for number in range(150):
            total += number * number % 7
        for number in range(60):
            self._table[number * 79 % 256] = number
        total += sorted(self._numbers, key=lambda number: number ^ 0x5555)[30]
        self._block.reverse()
        return total + self._table[0] + self._block[0]


class ReferenceCost(NamedTuple):
    """The cost of the workload around a test.

    Attributes:
        joules: Mean of its cost right before and right after the test; None if a component has no
            figure, or used nothing that its meter can tell.
        moved: Difference between the two, as a logarithm; None if one is missing.
        other_cores: The number of cores that other processes kept busy; None if unknown.
    """

    joules: float | None
    moved: float | None
    other_cores: float | None = None


class _Moment(NamedTuple):
    """When the workload ran, and its cost."""

    at_s: float
    joules: float | None


class Reference:
    """Measures the current cost of the workload, in joules of the compared components."""

    def __init__(
        self,
        read: Callable[..., Reading],
        components: tuple[str, ...],
        watts: float | None = None,
    ) -> None:
        """Run some slices unmeasured, because the first ones always cost more.

        Args:
            read: Takes a reading.
            components: The components whose energy counts.
            watts: Joules per CPU second where the CPU is modelled by them: a slice takes hardly
                longer than a reading, so its CPU time is read without any. None if only readings
                show what it costs.
        """
        self._read = read
        self._components = components
        self._watts = watts
        self._began_s = 0.0
        self._latest = self._previous = _Moment(-math.inf, None)
        self._others = Neighbours()
        self._workload = Workload()
        self._release_free_memory = _malloc_trim()
        for _ in range(IN_COST):
            self._workload.run_slice()

    def before(self) -> None:
        """Run the workload before a test, unless it ran just before."""
        if self._age_s >= EVERY_S:
            self._run()
        self._began_s = System.perf_counter()

    def before_again(self) -> None:
        """Run the workload before a repeat, which follows after a pause."""
        self._run()
        self._began_s = System.perf_counter()

    def after(self, *, force: bool = False) -> ReferenceCost:
        """Run the workload after a test, and return its cost around that test.

        Tests that are shorter than :data:`EVERY_S` share its last two runs.

        Args:
            force: Run it even if it ran just before.
        """
        alone = self._latest.at_s <= self._began_s and self._previous.at_s < self._began_s - NEAR_S
        if force or alone or self._age_s >= EVERY_S:
            self._run()
        before_j, after_j = self._previous.joules, self._latest.joules
        other_cores = self._others.cores(self._began_s)
        if before_j is None or after_j is None:
            return ReferenceCost(mean_of_known(before_j, after_j), None, other_cores)
        moved = abs(math.log(after_j / before_j))
        return ReferenceCost((before_j + after_j) / 2, moved, other_cores)

    @property
    def _age_s(self) -> float:
        return System.perf_counter() - self._latest.at_s

    def _run(self) -> None:
        """Run the workload.

        The first slice is not measured, because a test has emptied the caches: it costs three to
        four times as much as the others (measured on a virtual machine).

        Freed memory goes back to the system first. Otherwise a test would get memory from it or
        reuse what another one freed, and cost up to 20 % more or less.
        """
        self._release_free_memory()
        _collect_garbage()
        self._workload.run_slice()
        slices_j = [self._slice_j() for _ in range(MEASURED)]
        now_s = System.perf_counter()
        self._others.mark(now_s, self._read(settle=False).cpu_time_s)
        self._previous, self._latest = self._latest, _Moment(now_s, _cost_j(slices_j))

    def _slice_j(self) -> float:
        """Joules of a slice; NaN if they are unknown."""
        if self._watts is not None:
            began_s = System.thread_time()
            self._workload.run_slice()
            return self._watts * (System.thread_time() - began_s)
        start = self._read(settle=False)
        self._workload.run_slice()
        measured = Measurement.between(start, self._read(settle=False))
        joules = [getattr(measured, f"{name}_j") for name in self._components]
        return math.nan if None in joules else math.fsum(joules)


def _cost_j(slices_j: Sequence[float]) -> float | None:
    """The cost of the workload by that of some slices; None if it is unknown or nothing."""
    joules = median(slices_j) if all(map(math.isfinite, slices_j)) else 0.0
    return IN_COST * joules if joules > 0 else None


def _collect_garbage() -> None:
    """Collect garbage now if Python is about to.

    In a large program a collection takes milliseconds. It would hit a different test
    each time, and increase the cost of a test of a few milliseconds tenfold.
    """
    if gc.isenabled() and gc.get_count()[2] >= gc.get_threshold()[2] // 2:
        gc.collect()


def _malloc_trim() -> Callable[[], object]:
    """What returns freed memory that the C library still holds to the system (glibc only).

    Looked up once, because tests set ``os.name``, which ctypes goes by.
    """
    trim = getattr(ctypes.CDLL(None) if os.name == "posix" else None, "malloc_trim", None)
    return (lambda: None) if trim is None else partial(trim, 0)


def mean_of_known(*figures: float | None) -> float | None:
    """The mean of the figures that are not None; None if there are none."""
    known = [each for each in figures if each is not None]
    return fmean(known) if known else None
