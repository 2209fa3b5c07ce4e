"""When a test started."""

from __future__ import annotations

import pytest

from pytest_scer.core.measurement import Reading
from pytest_scer.recording.session_time import MOST_LATE_S, SessionTime, start_on_this_clock


def at(seconds: float) -> Reading:
    return Reading(seconds, 0.0, None, None, None)


def test_a_reading_is_placed_in_the_session() -> None:
    """The meter's clock reads 500 s, 3 s after the session started."""
    time = SessionTime(1000.0, at(500.0), now_s=lambda: 1003.0)
    assert time.of(at(500.0)) == 3.0
    assert time.of(at(507.5)) == 10.5


@pytest.mark.parametrize(
    ("received_s", "start_s"),
    [
        (1010.0, 1000.0),
        (1012.0, 1000.0),  # two seconds later, on a clock that is right
        (1010.0 + MOST_LATE_S, 1000.0),
        (1009.0, 999.0),  # received before it was sent: the clock is slow
        (4610.0, 4600.0),  # an hour fast, such as a clock in local time
    ],
)
def test_a_clock_that_cannot_be_right_is_not_believed(received_s: float, start_s: float) -> None:
    """The session started at 1000 s; the worker was told at 1010 s."""
    assert start_on_this_clock(1000.0, 1010.0, received_s) == start_s
