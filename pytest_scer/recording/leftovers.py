"""What a test or a fixture left running: child processes, and threads that are busy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any, Final, NamedTuple

from pytest_scer.core import units
from pytest_scer.core.text import printable
from pytest_scer.recording.children import Children
from pytest_scer.recording.threads import Threads
from pytest_scer.report.model import Finding

_END_PROCESS: Final = "process.terminate(); process.wait()   (after the yield of the fixture)"
_END_THREAD: Final = "stop.set(); thread.join()   (after the yield of the fixture)"
_NOTHING: Final[frozenset[Any]] = frozenset()


class Running(NamedTuple):
    """The children and threads that are running at an instant, or that someone has started."""

    children: frozenset[int] | set[int] = _NOTHING
    threads: frozenset[Thread] | set[Thread] = _NOTHING


_NOTHING_RUNS: Final = Running()


class Leftovers:
    """Finds what a test or a fixture started and left running."""

    def __init__(self, live_children: Callable[[], list[int]]) -> None:
        """Create it before the first test.

        Args:
            live_children: Returns the PIDs of the children that are alive now.
        """
        self._children = Children(live_children)
        self._threads = Threads()
        self._of_others = Running()

    def running(self) -> Running:
        """Return what is running now."""
        children, threads = self._children.alive(), self._threads.alive()
        return Running(children, threads) if children or threads else _NOTHING_RUNS

    def begin(self) -> None:
        """Start a test: what is running now is not its own."""
        self._of_others = self.running()

    def of_test(self, nodeid: str) -> Iterator[Finding]:
        """Yield what the current test left running.

        Args:
            nodeid: The test.
        """
        yield from self.turned_busy()
        yield from self._left("the test", nodeid, _without(self.running(), self._of_others))

    def fixture_began(self, before: Running) -> Running:
        """Return what a wider-scoped fixture has started, and exclude it from the test's.

        Args:
            before: What was running before it was set up.
        """
        started = _without(self.running(), before)
        others = self._of_others
        self._of_others = Running(
            others.children | started.children, others.threads | started.threads
        )
        return started

    def of_fixture(self, name: str, nodeid: str, started: Running) -> Iterator[Finding]:
        """Yield what is running after the teardown of a fixture.

        Args:
            name: The fixture.
            nodeid: The test that used it first.
            started: What it has started.
        """
        now = self.running()
        left = Running(now.children & started.children, now.threads & started.threads)
        yield from self._left(f"the fixture {name}", nodeid, left)

    def _left(self, who: str, nodeid: str, left: Running) -> Iterator[Finding]:
        if left.children:
            names = list(self._children.names(left.children))
            yield from _named(who, nodeid, names, "processes", _END_PROCESS)
        if left.threads:
            names = [f"thread {name}" for name in self._threads.busy(left.threads, who, nodeid)]
            yield from _named(who, nodeid, names, "threads", _END_THREAD)

    @property
    def are_watched(self) -> bool:
        """Whether threads that were idle when they were left are watched."""
        return self._threads.are_watched

    @property
    def can_tell(self) -> bool:
        """Whether :meth:`of_test` may have something to say; asked first, since it rarely does."""
        return self._threads.are_watched or self.running() is not _NOTHING_RUNS

    def turned_busy(self) -> Iterator[Finding]:
        """Yield the threads that were idle when they were left, but have been busy since."""
        for quiet, seconds in self._threads.turned_busy():
            name = printable(quiet.thread.name)
            text = (
                f"{quiet.who} left running: thread {name}; other tests are charged for the "
                f"{units.quantity(seconds, 's')} of CPU time that it has used since"
            )
            yield Finding("leftover", text, [quiet.nodeid], "warning", _END_THREAD, seconds, "s")


def _named(who: str, nodeid: str, names: list[str], unit: str, remedy: str) -> Iterator[Finding]:
    if names:
        counts = Counter(names).items()
        named = ", ".join(
            f"{name} ({count} times)" if count > 1 else name for name, count in counts
        )
        text = (
            f"{who} left running: {named}; its energy from now on is charged to the following tests"
        )
        yield Finding("leftover", text, [nodeid], "warning", remedy, float(len(names)), unit)


def _without(now: Running, others: Running) -> Running:
    return Running(now.children - others.children, now.threads - others.threads)
