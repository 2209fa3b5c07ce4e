from __future__ import annotations

import pytest

from pytest_scer.recording.progress import NoProgress
from pytest_scer.recording.repeat_time import RepeatTime
from pytest_scer.system import System


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(System, "perf_counter", lambda: now[0])
    return now


def test_it_is_spent_once_repeats_took_as_long(clock: list[float]) -> None:
    left = RepeatTime(3, NoProgress())
    for spent in (False, True, True):
        clock[0] += 100  # tests that run once cost none of it
        with left.spending("a repeat"):
            clock[0] += 2
        assert left.is_spent is spent


def test_a_repeat_that_fails_took_its_time(clock: list[float]) -> None:
    left = RepeatTime(1, NoProgress())

    def fail() -> None:
        clock[0] += 1
        raise KeyError

    with pytest.raises(KeyError), left.spending("a repeat"):
        fail()
    assert left.is_spent


def test_no_time_is_spent_from_the_start() -> None:
    assert RepeatTime(0, NoProgress()).is_spent


def test_it_says_why_there_are_no_more() -> None:
    left = RepeatTime(2.5, NoProgress())
    assert left.why_no_more(0) == (
        "not measured again: the time for repeats is spent (--scer-confirm-time 2.5)"
    )
    assert left.why_no_more(1).startswith("measured again once: ")
    assert left.why_no_more(4).startswith("measured again 4 times: ")


class Shown:
    """Notes what is shown."""

    def __init__(self) -> None:
        self.lines: list[str | None] = []

    def show(self, text: str) -> None:
        self.lines.append(text)

    def clear(self) -> None:
        self.lines.append(None)


def test_what_it_is_spent_on_is_shown_with_what_is_left(clock: list[float]) -> None:
    shown = Shown()
    left = RepeatTime(30, shown)
    for seconds in (12, 40, 1):
        with left.spending("deciding budgets: repeat 1 of up to 8"):
            clock[0] += seconds
    assert shown.lines == [
        "deciding budgets: repeat 1 of up to 8, for at most 30 s",
        None,
        "deciding budgets: repeat 1 of up to 8, for at most 18 s",
        None,
        "deciding budgets: repeat 1 of up to 8, for at most 0 s",
        None,
    ]
