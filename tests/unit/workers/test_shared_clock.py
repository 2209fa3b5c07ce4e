"""The clock that is shared by tests running at the same time."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.system import System
from pytest_scer.workers import shared_clock as overlap
from pytest_scer.workers.shared_clock import SharedClock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such locks")


class Time:
    """A simulated monotonic clock of the system."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0
        monkeypatch.setattr(System, "perf_counter", lambda: self.now_s)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


Clocks = Callable[[], SharedClock]


@pytest.fixture
def sit_down(tmp_path: Path) -> Iterator[Clocks]:
    """A function that adds one more process to the clock."""
    with ExitStack() as stack:

        def sit_down() -> SharedClock:
            clock = SharedClock(tmp_path / "clock")
            stack.callback(clock.leave)
            return clock

        yield sit_down


def test_alone_it_goes_like_any_clock(time: Time, sit_down: Clocks) -> None:
    clock = sit_down()
    clock.begin()
    assert clock.seconds(107) == 7
    time.now_s = 110
    clock.end()
    assert clock.seconds(200) == 10


def test_beside_another_it_goes_at_half_the_speed(time: Time, sit_down: Clocks) -> None:
    mine, other = sit_down(), sit_down()
    mine.begin()
    time.now_s = 101
    other.begin()
    time.now_s = 105
    other.end()
    assert mine.seconds(108) == 1 + 4 / 2 + 3


def test_a_reading_from_before_the_last_change_does_not_run_back(
    time: Time, sit_down: Clocks
) -> None:
    clock = sit_down()
    clock.begin()
    time.now_s = 110
    clock.end()
    clock.begin()
    assert clock.seconds(109) == 10


def test_a_change_that_another_process_writes_late_does_not_run_it_back(
    time: Time, sit_down: Clocks
) -> None:
    """The other process looks at the time at 101, and is interrupted until 105."""
    mine, other = sit_down(), sit_down()
    mine.begin()
    assert mine.seconds(105) == 5
    time.now_s = 101
    other.begin()
    assert mine.seconds(106) == 5, "1 + 5 / 2 is less"
    assert mine.seconds(112) == 1 + 11 / 2
    time.now_s = 112
    mine.end()
    assert mine.seconds(112) == 1 + 11 / 2, "in the end, nothing was charged twice"


steps = st.lists(st.tuples(st.integers(0, 3), st.floats(0, 10)), max_size=40)


@given(steps=steps)
def test_the_parts_add_up_to_the_time_in_which_any_test_ran(
    steps: list[tuple[int, float]],
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch, tempfile.TemporaryDirectory() as directory:
        time = Time(monkeypatch)
        clocks = [SharedClock(Path(directory) / "clock") for _ in range(4)]
        since: dict[int, float] = {}  # what the clock showed where a test began, by process
        parts_s = any_s = 0.0
        for process, passed_s in steps:
            any_s += passed_s if since else 0.0
            time.now_s += passed_s
            if process in since:
                parts_s += clocks[process].seconds(time.now_s) - since.pop(process)
                clocks[process].end()
            else:
                clocks[process].begin()
                since[process] = clocks[process].seconds(time.now_s)
        parts_s += sum(clocks[each].seconds(time.now_s) - shown for each, shown in since.items())
        assert parts_s == pytest.approx(any_s, abs=1e-9)
        for clock in clocks:
            clock.leave()
        assert not list(Path(directory).iterdir())


def test_the_last_one_removes_the_file(tmp_path: Path) -> None:
    mine, other = (SharedClock(tmp_path / "clock") for _ in range(2))
    mine.leave()
    assert list(tmp_path.iterdir())
    other.leave()
    assert not list(tmp_path.iterdir())


DIES_UNDER_A_TEST = """
import os, sys
from pathlib import Path
from pytest_scer.workers.shared_clock import SharedClock

SharedClock(Path(sys.argv[1])).begin()
os._exit(9)
"""


def test_a_process_that_dies_takes_no_part_once_it_is_replaced(
    time: Time, sit_down: Clocks, tmp_path: Path
) -> None:
    mine = sit_down()
    subprocess.run([sys.executable, "-c", DIES_UNDER_A_TEST, tmp_path / "clock"], check=False)
    successor = sit_down()
    mine.begin()
    before_s = mine.seconds(time.now_s)
    time.now_s += 4
    assert mine.seconds(time.now_s) - before_s == 4
    successor.begin()
    before_s = mine.seconds(time.now_s)
    assert mine.seconds(time.now_s + 4) - before_s == 2


def test_one_that_died_while_it_wrote_is_not_waited_for(time: Time, sit_down: Clocks) -> None:
    clock = sit_down()
    overlap._HEAD.pack_into(clock._map, 0, 7, 100.0, 3.0, 1, 1, 6)  # the last field is missing
    assert clock.seconds(104) == 7
    clock.begin()
    assert clock.seconds(104) == 3 + 4


def test_there_are_only_so_many_seats(sit_down: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlap, "_MOST", 2)
    sit_down()
    sit_down()
    with pytest.raises(OSError, match="more than 2 processes"):
        sit_down()


def test_a_forked_child_leaves_its_parents_seat_alone(time: Time, sit_down: Clocks) -> None:
    clock = sit_down()
    clock.begin()
    child = os.fork()
    if not child:
        clock.end()
        clock.leave()
        os._exit(0)
    os.waitpid(child, 0)
    assert clock.seconds(104) == 4


@pytest.mark.parametrize("head", [(7, 100.0, float("nan"), 1, 1, 7), (7, 100.0, 3.0, 9, 1, 7)])
def test_a_damaged_file_has_no_figure_and_is_not_changed(
    time: Time, sit_down: Clocks, tmp_path: Path, head: tuple[float, ...]
) -> None:
    clock = sit_down()
    before = clock._map[: overlap._HEAD.size]
    overlap._HEAD.pack_into(clock._map, 0, *head)
    assert math.isnan(clock.seconds(104))
    for use in (clock.begin, clock.end, sit_down):
        with pytest.raises(OSError, match="damaged"):
            use()
    clock._map[: overlap._HEAD.size] = before


def test_a_file_of_another_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    path.touch(0o600)
    path.write_bytes(b"x" * 100)
    with pytest.raises(OSError, match="damaged"):
        SharedClock(path)
    assert path.read_bytes() == b"x" * 100
