"""A meter for tests without a session."""

from __future__ import annotations

from pytest_scer.core.measurement import Reading


class Clock:
    """Each reading is a second, and a joule, after the one before."""

    def __init__(self) -> None:
        self.count = 0.0

    def read(self) -> Reading:
        self.count += 1
        return Reading(self.count, self.count, self.count, None, None)
