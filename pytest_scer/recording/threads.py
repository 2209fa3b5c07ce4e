"""Python threads that are running now, and which of them keep a core busy."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from threading import Thread
from typing import Final, NamedTuple

from pytest_scer.core.text import printable
from pytest_scer.system import ON_LINUX, System

GLANCE_S: Final = 2e-3
"""How long threads that a test left running are watched at once, in seconds."""
BUSY_SHARE: Final = 0.25
"""A thread that uses this share of a core during the glance is busy."""
BUSY_S: Final = 1e-2
"""A thread that was quiet then is named once it has used so many CPU seconds."""


class Quiet(NamedTuple):
    """A thread that was left running, but used no CPU time when its test ended.

    Attributes:
        thread: The thread.
        who: Whether a test or a fixture left it, for the sentence about it.
        nodeid: Which test did.
        used_s: Its CPU seconds until then.
    """

    thread: Thread
    who: str
    nodeid: str
    used_s: float


_NONE: Final[frozenset[Thread]] = frozenset()


class Threads:
    """The threads of this process, as what a test may leave running (Linux).

    An idle thread costs nothing: thread pools wait for work, servers for requests. So only those
    are named that use CPU time after their test has ended.
    """

    def __init__(self) -> None:
        """Start without threads that are watched, in the thread that runs the tests.

        Threads that are running now, such as those of the meter, are left by no test.
        """
        self._quiet: list[Quiet] = []
        self._own = {threading.main_thread(), threading.current_thread(), *System.threads()}

    @property
    def are_watched(self) -> bool:
        """Whether any thread that was quiet is watched."""
        return bool(self._quiet)

    def alive(self) -> frozenset[Thread] | set[Thread]:
        """The threads that have been started since this was created and are alive now."""
        if not ON_LINUX or System.active_threads() == 1:  # as in most suites
            return _NONE
        return set(System.threads()) - self._own

    def busy(self, threads: Collection[Thread], who: str, nodeid: str) -> list[str]:
        """The names of the threads that are busy now; the others are watched from now on.

        Args:
            threads: Threads that were left running.
            who: Whether a test or a fixture left them.
            nodeid: Which test did.
        """
        before = {each: used_s for each in threads if (used_s := _used_s(each)) is not None}
        if not before:
            return []
        System.sleep(GLANCE_S)
        names = []
        for thread, before_s in before.items():
            used_s = _used_s(thread)
            if used_s is None:  # it ended just now
                continue
            if used_s - before_s >= BUSY_SHARE * GLANCE_S:
                names.append(printable(thread.name))
            else:
                self._quiet.append(Quiet(thread, who, nodeid, used_s))
        return sorted(names)

    def turned_busy(self) -> Iterator[tuple[Quiet, float]]:
        """The watched threads that have become busy, each once, with their CPU seconds since."""
        watched, self._quiet = self._quiet, []
        for each in watched:
            used_s = _used_s(each.thread)
            if used_s is None:
                continue
            if used_s - each.used_s >= BUSY_S:
                yield each, used_s - each.used_s
            else:
                self._quiet.append(each)


def _used_s(thread: Thread) -> float | None:
    """CPU seconds of a thread; None if it has ended.

    The ID of the clock is computed as in the C library's ``pthread_getcpuclockid(3)`` on Linux,
    which is undefined for a thread that has ended. The kernel says so instead.
    """
    if thread.native_id is None:
        return None
    try:
        return System.clock_gettime_ns((~thread.native_id << 3) | 6) / 1e9
    except OSError:
        return None
