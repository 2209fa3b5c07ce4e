"""How long other processes were in the way of this one."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import pytest

from pytest_scer.core.contention import NONE, Contention
from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.neighbours import QUEUE_S, WINDOW_S, Neighbours, RunQueue, busy_s


class Machine(RunQueue):
    """A clock, this process's CPU time, its queue and the machine's CPU time, moved by hand."""

    def __init__(self) -> None:
        self.now_s = self.own_s = self.busy_s = self.in_queue_s = 100.0
        self.looks = 0
        self.neighbours = Neighbours(self, self._look)

    def _look(self) -> float:
        self.looks += 1
        return self.busy_s

    def waited_s(self, time_s: float, *, force: bool = False) -> float:
        return self.in_queue_s

    def run(
        self, seconds: float, *, own: float = 1.0, others: float = 0.0, queued: float = 0.0
    ) -> None:
        """Let time pass, with this many threads busy on average."""
        self.now_s += seconds
        self.own_s += own * seconds
        self.busy_s += (own + others) * seconds
        self.in_queue_s += queued * seconds

    def read(self, *, force: bool = False) -> Contention:
        return self.neighbours.contention(self.now_s, self.own_s, force=force)


@pytest.fixture
def machine() -> Machine:
    made = Machine()
    assert made.read() == NONE
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
    assert machine.read().shared_s == pytest.approx(share * own * 3.0)


def test_who_only_waits_is_prolonged_by_nobody(machine: Machine) -> None:
    machine.run(5.0, own=0.0, others=2.0)
    assert machine.read() == NONE


def test_time_in_the_queue_is_the_neighbours_as_far_as_they_were_busy(machine: Machine) -> None:
    machine.run(2.0, own=0.5, others=1.5, queued=0.5)
    assert machine.read().queued_s == pytest.approx(1.0)


def test_waiting_for_our_own_threads_is_not(machine: Machine) -> None:
    machine.run(2.0, own=2.0, queued=1.0)
    assert machine.read() == NONE


def test_between_two_looks_the_last_shares_apply(machine: Machine) -> None:
    machine.run(1.0, others=0.55, queued=0.1)
    before = machine.read()
    machine.run(0.01, queued=0.5)
    after = machine.read(force=True)
    assert after.shared_s - before.shared_s == pytest.approx(0.005)
    assert after.queued_s - before.queued_s == pytest.approx(0.005)
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
    assert machine.read() == NONE


def test_while_the_machine_does_not_tell_nothing_is_counted(machine: Machine) -> None:
    answers = iter([None, 1000.0, 1001.0])

    def look() -> float:
        answer = next(answers)
        if answer is None:
            raise MeterFault("/proc/stat")
        return answer

    neighbours = Neighbours(machine, look)
    shared = [neighbours.contention(float(at), at / 2).shared_s for at in range(3)]
    assert shared == pytest.approx([0.0, 0.0, 0.4 / 0.9])


def test_the_machine_s_cpu_time_only_grows() -> None:
    first = busy_s()
    assert 0 < first <= busy_s()


def test_the_queue_is_read_from_the_kernel(tmp_path: Path) -> None:
    path = tmp_path / "schedstat"
    path.write_text("51919840 324963154 30\n")
    queue = RunQueue(str(path))
    assert queue.waited_s(0.0) == 0.324963154
    path.write_text("51919840 400000000 31\n")
    assert queue.waited_s(QUEUE_S / 2) == 0.324963154
    assert queue.waited_s(QUEUE_S / 2, force=True) == 0.4
    path.write_text("garbage")
    assert queue.waited_s(1.0) == 0.4
    queue.close()
    assert queue.waited_s(2.0, force=True) == 0.4


def test_without_the_file_nobody_waits(tmp_path: Path) -> None:
    assert RunQueue(str(tmp_path / "none")).waited_s(0.0) == 0.0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has it")
def test_this_process_has_a_queue() -> None:
    queue = RunQueue()
    assert queue.waited_s(0.0) >= 0.0
    queue.close()


def test_while_its_own_cpu_time_is_unknown_nothing_is_counted(machine: Machine) -> None:
    machine.run(WINDOW_S, others=1.0)
    before = machine.read(force=True)
    machine.now_s += WINDOW_S
    assert machine.neighbours.contention(machine.now_s, math.nan, force=True) == before
    machine.run(WINDOW_S, others=1.0)
    assert machine.read(force=True).shared_s > before.shared_s


@pytest.mark.skipif(sys.platform != "linux", reason="the file is Linux's")
def test_a_file_that_took_the_descriptor_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "schedstat").write_text("1 2000000000 3")
    queue = RunQueue(str(tmp_path / "schedstat"))
    assert queue.waited_s(0.0) == 2
    assert queue._file is not None
    os.close(queue._file.descriptor)
    other = os.open(tmp_path / "other", os.O_CREAT | os.O_RDWR)
    assert queue.waited_s(1.0, force=True) == 2
    queue.close()
    os.close(other)  # raises if it was closed
