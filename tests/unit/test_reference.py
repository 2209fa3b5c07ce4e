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


def test_one_run_at_the_beginning_would_be_of_one_moment(bench: Bench) -> None:
    assert bench.reference.beside() == 3  # the mean of 1, 2, 3, 4 and 5


@pytest.fixture
def begun(bench: Bench) -> Bench:
    bench.reference.beside()
    return bench


def test_it_is_not_run_again_at_once(begun: Bench) -> None:
    begun.now_s += 0.9 * EVERY_S
    assert begun.reference.beside() == 3


def test_it_is_run_again_on_request(begun: Bench) -> None:
    assert begun.reference.beside(anew=True) == 6
    assert begun.reference.beside() == 6


def test_a_run_of_some_time_ago_does_not_count(begun: Bench) -> None:
    begun.now_s += 1.1 * EVERY_S
    assert begun.reference.beside() == 6


@pytest.mark.parametrize(
    ("after_s", "mean_j"), [(0.5, (6 + 7 + 8) / 3), (60.0, (6 + 7 + 8 + 9 + 10) / 5)]
)
def test_the_longer_the_test_the_more_runs(begun: Bench, after_s: float, mean_j: float) -> None:
    begun.now_s += after_s
    assert begun.reference.beside() == mean_j


def test_a_collection_that_is_due_is_not_left_to_a_test(bench: Bench) -> None:
    gc.collect(1)
    while gc.get_count()[2] < gc.get_threshold()[2]:
        gc.collect(1)  # each counts as one of the second generation
    bench.reference.beside()
    assert gc.get_count()[2] == 0
