"""The time that a session may spend on measuring tests again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_scer.recording.progress import Progress
from pytest_scer.report.baseline_entry import times
from pytest_scer.system import System


class RepeatTime:
    """A number of seconds that all tests of this process share (``--scer-confirm-time``)."""

    def __init__(self, seconds: float, progress: Progress) -> None:
        """Start with nothing spent.

        Args:
            seconds: The total time for measuring tests again.
            progress: Where to show what it is spent on.
        """
        self._progress = progress
        self._seconds = seconds
        self._left_s = seconds

    @property
    def is_spent(self) -> bool:
        """Whether the time is used up, so that no test is measured again."""
        return self._left_s <= 0

    @contextmanager
    def spending(self, what: str) -> Iterator[None]:
        """Spend the time that the block takes.

        Args:
            what: What it is spent on.
        """
        self._progress.show(f"{what}, for at most {max(self._left_s, 0.0):.0f} s")
        began_s = System.perf_counter()
        try:
            yield
        finally:
            self._left_s -= System.perf_counter() - began_s
            self._progress.clear()

    def why_no_more(self, repeats: int) -> str:
        """Why a test is not measured again, once the time is spent.

        Args:
            repeats: How often it was measured again.
        """
        done = f"measured again {times(repeats)}" if repeats else "not measured again"
        return f"{done}: the time for repeats is spent (--scer-confirm-time {self._seconds:g})"
