"""How many cores other processes keep busy."""

from __future__ import annotations

import math

import pytest

from pytest_scer.baseline.neighbours import MOST_MARKS, WINDOW_S, Neighbours
from pytest_scer.meters.base import MeterFault


class Machine:
    """One whose CPU time is set by hand."""

    def __init__(self) -> None:
        self.used_s: float | None = 100.0
        self.now_s = 0.0
        self.own_s = 0.0
        self.others = Neighbours(self.told_s)

    def told_s(self) -> float:
        if self.used_s is None:
            raise MeterFault("it does not tell")
        return self.used_s

    def spend(self, seconds: float, own: float, others: float) -> None:
        self.now_s += seconds
        self.own_s += own * seconds
        if self.used_s is not None:
            self.used_s += (own + others) * seconds
        self.others.mark(self.now_s, self.own_s)


@pytest.fixture
def machine() -> Machine:
    made = Machine()
    made.spend(0, 0, 0)
    return made


def test_one_mark_says_nothing(machine: Machine) -> None:
    assert machine.others.cores(0.0) is None


def test_two_marks_within_a_tick_say_nothing(machine: Machine) -> None:
    machine.spend(0.001, own=1, others=10)
    assert machine.others.cores(0.0) is None
    machine.spend(WINDOW_S, own=1, others=0)
    assert machine.others.cores(0.0) is not None


def test_the_own_time_does_not_count(machine: Machine) -> None:
    machine.spend(2, own=1, others=0.5)
    assert machine.others.cores(0.0) == pytest.approx(0.5)


def test_a_test_is_told_from_what_was_before(machine: Machine) -> None:
    machine.spend(2, own=1, others=1)
    machine.spend(1, own=1, others=0.25)
    assert machine.others.cores(2.0) == pytest.approx(0.25)


def test_a_short_test_gets_the_window_before_it(machine: Machine) -> None:
    machine.spend(WINDOW_S, own=0, others=1)
    machine.spend(WINDOW_S / 2, own=0, others=1)
    machine.spend(WINDOW_S / 2, own=0, others=0)
    assert machine.others.cores(machine.now_s - 0.01) == pytest.approx(0.5)


def test_own_time_counted_later_than_the_machines_is_not_negative(machine: Machine) -> None:
    machine.spend(1, own=1, others=-0.1)
    assert machine.others.cores(0.0) == 0


def test_a_machine_that_cannot_tell(machine: Machine) -> None:
    machine.used_s = None
    machine.spend(1, own=1, others=1)
    assert machine.others.cores(0.0) is None


def test_it_keeps_a_bounded_number_of_marks(machine: Machine) -> None:
    for _ in range(3 * MOST_MARKS):
        machine.spend(0.01, own=1, others=1)
    assert machine.others.cores(0.0) == pytest.approx(1)


def test_an_own_time_that_is_unknown_is_no_mark(machine: Machine) -> None:
    machine.spend(1, own=1, others=1)
    machine.others.mark(1.5, math.nan)
    machine.spend(1, own=1, others=1)
    assert machine.others.cores(0.0) == pytest.approx(1)
