"""The reference workload: how often it is run, and what counts as its cost."""

from __future__ import annotations

import gc
from itertools import count
from types import SimpleNamespace

import pytest

from pytest_scer.core.measurement import Measurement
from pytest_scer.roles import reference
from pytest_scer.roles.reference import EVERY_S, Reference


class Bench:
    """A reference on a clock of its own; its runs cost 1, 2, 3 ... J."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        costs = count(1)
        monkeypatch.setattr(reference, "workload", lambda: 0)
        monkeypatch.setattr("time.monotonic", lambda: self.now_s)
        monkeypatch.setattr(
            Measurement,
            "between",
            classmethod(lambda *_: SimpleNamespace(cpu_j=float(next(costs)))),
        )
        self.reference = Reference(lambda **_: None, ("cpu",))  # type: ignore[arg-type]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def test_it_is_not_run_again_at_once(bench: Bench) -> None:
    assert [bench.reference.latest(), bench.reference.latest()] == [1, 1]


def test_two_recent_runs_count_together(bench: Bench) -> None:
    assert bench.reference.latest() == 1
    bench.now_s += 1.5 * EVERY_S
    assert bench.reference.latest() == 1.5


def test_a_run_of_long_ago_does_not_count(bench: Bench) -> None:
    bench.reference.latest()
    bench.now_s += 3 * EVERY_S
    assert bench.reference.latest() == 2


def test_a_collection_that_is_due_is_not_left_to_a_test(bench: Bench) -> None:
    gc.collect(1)
    while gc.get_count()[2] < gc.get_threshold()[2]:
        gc.collect(1)  # each counts as one of the second generation
    bench.reference.measure()
    assert gc.get_count()[2] == 0
