"""Child processes that a test or a fixture left running."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Final

import psutil

# Processes that Python's own libraries start once and keep to the end, for all that come later.
_HELPERS: Final = ("resource_tracker", "multiprocessing.forkserver")


class Leftovers:
    """Tells the children that a test started from those that were there before it."""

    def __init__(self, live_children: Callable[[], list[int]]) -> None:
        """No test has begun.

        Args:
            live_children: The pids of the children that live now.
        """
        self._live_children = live_children
        self._of_others: set[int] = set()

    def begin(self) -> None:
        """A test begins: what lives by now is not its own."""
        self._of_others = set(self._live_children())

    def of_test(self) -> str | None:
        """What the test that ends left behind, in a sentence; None where that is nothing."""
        left = set(self._live_children()) - self._of_others
        return _sentence("the test", left) if left else None

    def fixture_begins(self) -> set[int]:
        """The children that live before a fixture of wider scope is set up."""
        return set(self._live_children())

    def fixture_began(self, before: Collection[int]) -> set[int]:
        """The children that the fixture started: they are not the test's."""
        started = set(self._live_children()).difference(before)
        self._of_others |= started
        return started

    def of_fixture(self, name: str, started: Collection[int]) -> str | None:
        """What of it lives after the fixture's teardown, in a sentence; None where nothing does."""
        left = set(self._live_children()).intersection(started)
        return _sentence(f"the fixture {name}", left) if left else None


def _sentence(who: str, pids: Collection[int]) -> str | None:
    programs = Counter(_programs(pids))
    if not programs:
        return None
    named = ", ".join(f"{name} ({n} times)" if n > 1 else name for name, n in programs.items())
    return f"{who} left running: {named}; what that uses later is charged to the tests that follow"


def _programs(pids: Collection[int]) -> Iterator[str]:
    """The program of each process that runs; one that has ended and was not waited for does not."""
    for pid in sorted(pids):
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            arguments = process.cmdline()
            if not any(helper in text for text in arguments for helper in _HELPERS):
                yield process.name()
        except psutil.Error:  # it ended just now
            continue
