"""When a test started, in seconds since the start of the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pytest_scer.core.measurement import Reading
from pytest_scer.system import System

MOST_LATE_S: Final = 60.0
"""How long a worker may take to start. If its clock says more, the clock is wrong."""


def unix_time_s() -> float:
    """The Unix time, whatever tests have replaced."""
    return System.utc_now().timestamp()


class SessionTime:
    """Converts readings, which have a clock of their own, to seconds since the session started.

    The wall clock is read once. Tests may change or freeze it, and it may be set while they run.

    Attributes:
        offset_s: What to add to the time of a reading.
    """

    def __init__(
        self, started_s: float, reading: Reading, now_s: Callable[[], float] = unix_time_s
    ) -> None:
        """Compare the clocks.

        Args:
            started_s: When the session started, on this machine's wall clock (Unix time).
            reading: A reading that was just taken.
            now_s: The wall clock.
        """
        self.offset_s = now_s() - started_s - reading.time_s

    def of(self, reading: Reading) -> float:
        """The time of a reading."""
        return self.offset_s + reading.time_s


def start_on_this_clock(started_s: float, sent_s: float, received_s: float) -> float:
    """When the session started, on the wall clock of a worker.

    Clocks of machines in a network are usually synchronized to milliseconds, which is closer than
    a worker's start would tell. If the clocks cannot be synchronized, because a message seems to
    arrive before it was sent or long after, the worker's start stands for the moment of sending.

    Args:
        started_s: When the session started, on the controller's wall clock (Unix time).
        sent_s: When the controller sent this to the worker, on the same clock.
        received_s: When the worker received it, on its own clock.
    """
    late_s = received_s - sent_s
    return started_s if 0 <= late_s <= MOST_LATE_S else started_s + late_s
