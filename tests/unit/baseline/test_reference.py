"""The reference workload: how often it runs, and which runs count as its cost."""

from __future__ import annotations

import ctypes
import gc
import math
import sys
from types import SimpleNamespace

import psutil
import pytest

from pytest_scer.baseline.reference import EVERY_S, NEAR_S, Reference, Workload
from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.system import System


class Bench:
    """A reference workload on a simulated clock; its runs cost 1, 2, 3 ... J."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        self.runs = 0
        monkeypatch.setattr(Workload, "run", lambda _: 0)
        monkeypatch.setattr(System, "perf_counter", lambda: self.now_s)
        monkeypatch.setattr(
            Measurement,
            "between",
            classmethod(lambda *_: SimpleNamespace(cpu_j=self.next_cost_j())),
        )
        reading = Reading(0.0, 0.0, 0.0, None, None)
        self.reference = Reference(lambda **_: reading, ("cpu",))

    def next_cost_j(self) -> float:
        self.runs += 1
        return float(self.runs)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def test_one_run_at_the_beginning_would_be_of_one_moment(bench: Bench) -> None:
    bench.reference.before()
    assert bench.runs == 5


@pytest.fixture
def begun(bench: Bench) -> Bench:
    """The workload ran before a test that starts now, and cost 3 J: the mean of 1 to 5."""
    bench.reference.before()
    return bench


def test_a_test_lies_between_two_runs(begun: Bench) -> None:
    begun.now_s += 1.1 * EVERY_S
    beside = begun.reference.after()
    assert beside.joules == (3 + 6) / 2
    assert beside.moved == pytest.approx(math.log(6 / 3))


@pytest.mark.parametrize(
    ("duration_s", "after_j"), [(0.5, (6 + 7 + 8) / 3), (60.0, (6 + 7 + 8 + 9 + 10) / 5)]
)
def test_the_longer_the_test_the_more_runs(begun: Bench, duration_s: float, after_j: float) -> None:
    begun.now_s += duration_s
    assert begun.reference.after().joules == (3 + after_j) / 2


def test_it_is_run_again_on_request(begun: Bench) -> None:
    assert begun.reference.after(force=True).joules == (3 + 6) / 2
    assert begun.runs == 6


def test_short_tests_share_its_last_two_runs(begun: Bench) -> None:
    begun.reference.after(force=True)
    for _ in range(3):
        begun.now_s += 0.1 * EVERY_S
        begun.reference.before()
        assert begun.reference.after().joules == (3 + 6) / 2
    assert begun.runs == 6


def test_a_run_of_some_time_ago_does_not_count_as_before(begun: Bench) -> None:
    begun.reference.after(force=True)
    begun.now_s += 1.1 * EVERY_S
    begun.reference.before()
    assert begun.reference.after().joules == (6 + 7) / 2


def test_a_short_test_after_a_pause_has_two_runs_of_its_own(begun: Bench) -> None:
    begun.now_s += NEAR_S + EVERY_S  # a fixture of wider scope, say
    begun.reference.before()
    assert begun.reference.after().joules == (6 + 7) / 2


def test_the_first_test_has_two_runs_of_its_own(begun: Bench) -> None:
    assert begun.reference.after().joules == (3 + 6) / 2


def test_a_repeat_has_two_runs_of_its_own(begun: Bench) -> None:
    begun.reference.after(force=True)
    begun.now_s += 0.1
    begun.reference.before_again()
    assert begun.reference.after(force=True).joules == (7 + 8) / 2


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
    assert begun.reference.after(force=True)[:2] == (3, None)


def test_a_collection_that_is_due_is_not_left_to_a_test(bench: Bench) -> None:
    gc.collect(1)
    while gc.get_count()[2] < gc.get_threshold()[2]:
        gc.collect(1)  # each counts as one of the second generation
    bench.reference.before()
    assert gc.get_count()[2] == 0
