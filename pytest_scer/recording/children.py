"""Child processes that a test or a fixture left running."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Final, NamedTuple

import psutil

from pytest_scer.report.model import Finding

# Processes that Python's own libraries start once and keep until the interpreter exits.
_HELPERS: Final = ("resource_tracker", "multiprocessing.forkserver")


class Left(NamedTuple):
    """What was left running: one sentence, and the number of processes."""

    text: str
    processes: int


class Leftovers:
    """Finds the child processes that a test or fixture started and left running."""

    def __init__(self, live_children: Callable[[], list[int]]) -> None:
        """Create it before the first test.

        Args:
            live_children: Returns the PIDs of the children that are alive now.
        """
        self._live_children = live_children
        self._of_others: set[int] = set()

    def begin(self) -> None:
        """Start a test: children that are alive now are not its own."""
        self._of_others = set(self._live_children())

    def of_test(self) -> Left | None:
        """Describe what the current test left running, in one sentence; None if nothing."""
        left = set(self._live_children()) - self._of_others
        return _left("the test", left) if left else None

    def fixture_begins(self) -> set[int]:
        """Return the children that are alive before a wider-scoped fixture is set up."""
        return set(self._live_children())

    def fixture_began(self, before: Collection[int]) -> set[int]:
        """Return the children that the fixture started, and exclude them from the test's."""
        started = set(self._live_children()).difference(before)
        self._of_others |= started
        return started

    def of_fixture(self, name: str, started: Collection[int]) -> Left | None:
        """Describe what is alive after the fixture's teardown, in one sentence; None if nothing."""
        left = set(self._live_children()).intersection(started)
        return _left(f"the fixture {name}", left) if left else None


def finding_of(left: Left, nodeid: str) -> Finding:
    """The finding about what was left running.

    Args:
        left: What was left running.
        nodeid: The test that left it, or that first used the fixture that did.
    """
    remedy = "process.terminate(); process.wait()   (after the yield of the fixture)"
    count = float(left.processes)
    return Finding("leftover", left.text, [nodeid], "warning", remedy, count, "processes")


def _left(who: str, pids: Collection[int]) -> Left | None:
    programs = Counter(_programs(pids))
    if not programs:
        return None
    named = ", ".join(f"{name} ({n} times)" if n > 1 else name for name, n in programs.items())
    text = f"{who} left running: {named}; its energy from now on is charged to the following tests"
    return Left(text, programs.total())


def _programs(pids: Collection[int]) -> Iterator[str]:
    """The program name of each process that is still running; zombies are not."""
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
