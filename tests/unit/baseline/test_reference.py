"""The reference workload: how often it runs, and which runs count as its cost."""

from __future__ import annotations

import ctypes
import gc
import math
import sys
from types import SimpleNamespace

import psutil
import pytest

from pytest_scer.baseline.reference import (
    EVERY_S,
    IN_COST,
    MEASURED,
    NEAR_S,
    Reference,
    Workload,
)
from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.system import System


class Bench:
    """A reference workload on a simulated clock; its slices cost 1, 2, 3 ... J."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        self.runs = 0
        self.slices = 0
        monkeypatch.setattr(Workload, "run_slice", self.run_slice)
        monkeypatch.setattr(System, "perf_counter", lambda: self.now_s)
        monkeypatch.setattr(
            Measurement,
            "between",
            classmethod(lambda *_: SimpleNamespace(cpu_j=self.next_cost_j())),
        )
        reading = Reading(0.0, 0.0, 0.0, None, None)
        self.reference = Reference(lambda **_: reading, ("cpu",))

    def run_slice(self) -> int:
        self.slices += 1
        return 0

    def next_cost_j(self) -> float:
        self.runs += 1
        return float(self.runs)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def cost_j(nth: int) -> float:
    """The cost of the nth run: of its slices, the one in the middle counts."""
    return IN_COST * float(MEASURED * nth - MEASURED // 2)


@pytest.fixture
def begun(bench: Bench) -> Bench:
    """The workload ran once, before a test that starts now."""
    bench.reference.before()
    assert bench.runs == MEASURED
    return bench


def test_the_first_slices_are_not_measured(bench: Bench) -> None:
    assert (bench.slices, bench.runs) == (IN_COST, 0)
    bench.reference.before()
    assert (bench.slices, bench.runs) == (IN_COST + 1 + MEASURED, MEASURED)


def test_of_its_slices_the_middle_one_counts(begun: Bench) -> None:
    costs_j = iter([7.0, 900.0, 8.0, 9.0, 1.0])
    begun.next_cost_j = lambda: next(costs_j)  # type: ignore[method-assign]
    assert begun.reference.after(force=True).joules == (cost_j(1) + 8 * IN_COST) / 2


@pytest.mark.parametrize("duration_s", [1.1 * EVERY_S, 60.0])
def test_a_test_lies_between_two_runs(begun: Bench, duration_s: float) -> None:
    begun.now_s += duration_s
    beside = begun.reference.after()
    assert beside.joules == (cost_j(1) + cost_j(2)) / 2
    assert beside.moved == pytest.approx(math.log(cost_j(2) / cost_j(1)))


def test_it_is_run_again_on_request(begun: Bench) -> None:
    assert begun.reference.after(force=True).joules == (cost_j(1) + cost_j(2)) / 2
    assert begun.runs == 2 * MEASURED


def test_short_tests_share_its_last_two_runs(begun: Bench) -> None:
    begun.reference.after(force=True)
    for _ in range(3):
        begun.now_s += 0.1 * EVERY_S
        begun.reference.before()
        assert begun.reference.after().joules == (cost_j(1) + cost_j(2)) / 2
    assert begun.runs == 2 * MEASURED


def test_a_run_of_some_time_ago_does_not_count_as_before(begun: Bench) -> None:
    begun.reference.after(force=True)
    begun.now_s += 1.1 * EVERY_S
    begun.reference.before()
    assert begun.reference.after().joules == (cost_j(2) + cost_j(3)) / 2


def test_a_short_test_after_a_pause_has_two_runs_of_its_own(begun: Bench) -> None:
    begun.now_s += NEAR_S + EVERY_S  # a fixture of wider scope, say
    begun.reference.before()
    assert begun.reference.after().joules == (cost_j(2) + cost_j(3)) / 2


def test_the_first_test_has_two_runs_of_its_own(begun: Bench) -> None:
    assert begun.reference.after().joules == (cost_j(1) + cost_j(2)) / 2


def test_a_repeat_has_two_runs_of_its_own(begun: Bench) -> None:
    begun.reference.after(force=True)
    begun.now_s += 0.1
    begun.reference.before_again()
    assert begun.reference.after(force=True).joules == (cost_j(3) + cost_j(4)) / 2


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not glibc"
)
def test_a_repeat_does_not_find_the_memory_of_the_run_before(bench: Bench) -> None:
    process = psutil.Process()
    blocks = [bytes(4096) for _ in range(10_000)]
    held = bytes(4096)  # on top of the heap, which keeps malloc from releasing the blocks
    full_bytes = process.memory_info().rss
    del blocks
    bench.reference.before_again()
    assert process.memory_info().rss < full_bytes - 30e6
    assert len(held) == 4096


def test_without_a_figure_nothing_is_known_of_its_moves(
    begun: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Measurement, "between", classmethod(lambda *_: SimpleNamespace(cpu_j=None)))
    assert begun.reference.after(force=True)[:2] == (cost_j(1), None)


@pytest.mark.parametrize("unknown_j", [math.nan, math.inf, None])
def test_where_a_slice_is_unknown_so_is_the_cost(begun: Bench, unknown_j: float | None) -> None:
    costs_j = iter([7.0, 8.0, unknown_j, 9.0, 1.0])
    begun.next_cost_j = lambda: next(costs_j)  # type: ignore[assignment, method-assign, return-value]
    assert begun.reference.after(force=True)[:2] == (cost_j(1), None)


@pytest.mark.parametrize("slice_j", [0.0, -1.0])
def test_what_costs_nothing_is_unknown(begun: Bench, slice_j: float) -> None:
    begun.next_cost_j = lambda: slice_j  # type: ignore[method-assign]
    assert begun.reference.after(force=True).joules == cost_j(1)


def test_by_cpu_time_no_reading_is_part_of_the_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    used_s = 0.0

    def spend(seconds: float) -> float:
        nonlocal used_s
        used_s += seconds
        return used_s

    def read(**_: bool) -> Reading:
        return Reading(0.0, spend(1.0), 0.0, None, None)

    monkeypatch.setattr(System, "thread_time", lambda: used_s)
    monkeypatch.setattr(Workload, "run_slice", lambda _: spend(0.25))
    reference = Reference(read, ("cpu",), watts=8.0)
    reference.before()
    assert reference.after(force=True).joules == IN_COST * 8 * 0.25


def test_a_collection_that_is_due_is_not_left_to_a_test(bench: Bench) -> None:
    gc.collect(1)
    while gc.get_count()[2] < gc.get_threshold()[2]:
        gc.collect(1)  # each counts as one of the second generation
    bench.reference.before()
    assert gc.get_count()[2] == 0
