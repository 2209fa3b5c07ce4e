"""How long neighbours were busy while this process worked."""

from __future__ import annotations

import pytest

from pytest_scer.meters.neighbours import WINDOW_S, Neighbours, busy_s


class Machine:
    """A clock, this process's CPU time and that of the machine, moved by hand."""

    def __init__(self) -> None:
        self.now_s = self.own_s = self.busy_s = 100.0
        self.looks = 0
        self.neighbours = Neighbours(self._look)

    def _look(self) -> float:
        self.looks += 1
        return self.busy_s

    def run(self, seconds: float, *, own: float = 1.0, others: float = 0.0) -> None:
        """Let time pass, with this many threads busy on average."""
        self.now_s += seconds
        self.own_s += own * seconds
        self.busy_s += (own + others) * seconds

    def read(self, *, force: bool = False) -> float:
        return self.neighbours.contended_s(self.now_s, self.own_s, force=force)


@pytest.fixture
def machine() -> Machine:
    made = Machine()
    assert made.read() == 0.0
    return made


@pytest.mark.parametrize(
    ("own", "others", "share"),
    [
        (1.0, 0.0, 0.0),
        (1.0, 0.1, 0.0),
        (1.0, 0.55, 0.5),
        (1.0, 1.0, 1.0),
        (1.0, 7.0, 1.0),
        (2.0, 1.0, 0.5),
    ],
)
def test_a_second_of_a_neighbour_prolongs_one_of_ours(
    machine: Machine, own: float, others: float, share: float
) -> None:
    machine.run(3.0, own=own, others=others)
    assert machine.read() == pytest.approx(share * own * 3.0)


def test_who_only_waits_is_prolonged_by_nobody(machine: Machine) -> None:
    machine.run(5.0, own=0.0, others=2.0)
    assert machine.read() == 0.0


def test_between_two_looks_the_last_share_applies(machine: Machine) -> None:
    machine.run(1.0, others=0.55)
    before = machine.read()
    machine.run(0.01)
    assert machine.read(force=True) - before == pytest.approx(0.005)
    assert machine.looks == 2


def test_it_looks_seldom_and_more_often_at_the_edges_of_budgeted_tests(machine: Machine) -> None:
    for _ in range(100):
        machine.run(0.01)
        machine.read()
    assert machine.looks <= 1 + 1.0 / WINDOW_S
    before = machine.looks
    machine.run(0.06)
    machine.read()
    assert machine.looks == before
    machine.read(force=True)
    assert machine.looks == before + 1


def test_the_machine_s_clock_may_lag_behind_ours(machine: Machine) -> None:
    machine.own_s += 0.5
    machine.now_s += 0.5  # the machine's ticks have not come in yet
    assert machine.read() == 0.0


def test_a_machine_that_does_not_tell_is_asked_once() -> None:
    asked = []

    def fails() -> float:
        asked.append(1)
        raise PermissionError("/proc/stat")

    neighbours = Neighbours(fails)
    for second in range(5):
        assert neighbours.contended_s(float(second), float(second)) == 0.0
    assert asked == [1]


def test_the_machine_s_cpu_time_only_grows() -> None:
    first = busy_s()
    assert 0 < first <= busy_s()
