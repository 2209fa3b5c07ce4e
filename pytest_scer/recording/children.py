"""Child processes that are running now, and their names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Final

from pytest_scer.system import read_file

# Processes that Python's own libraries start once and keep until the interpreter exits.
_HELPERS: Final = (b"resource_tracker", b"multiprocessing.forkserver")


_NONE: Final[frozenset[int]] = frozenset()


class Children:
    """The children of this process, as what a test may leave running."""

    def __init__(self, live_children: Callable[[], list[int]]) -> None:
        """Start to look.

        Args:
            live_children: Returns the PIDs of the children that are alive now.
        """
        self._live_children = live_children

    def alive(self) -> frozenset[int] | set[int]:
        """The PIDs of the children that are alive now."""
        pids = self._live_children()
        return set(pids) if pids else _NONE

    def names(self, pids: Collection[int]) -> Iterator[str]:
        """The program name of each of these that is still running; zombies are not.

        Args:
            pids: Some of :meth:`alive`.
        """
        for pid in sorted(pids):
            try:
                # proc_pid_stat(5): PID, (name), state. The name may contain anything.
                head, _, tail = read_file(f"/proc/{pid}/stat").rpartition(b") ")
                arguments = read_file(f"/proc/{pid}/cmdline")
            except OSError:  # it ended just now
                continue
            if tail[:1] == b"Z" or any(helper in arguments for helper in _HELPERS):
                continue
            # The kernel keeps 15 bytes of the name; the command line may have all of it.
            name = head.partition(b"(")[2]
            program = arguments.partition(b"\0")[0].rpartition(b"/")[2]
            whole = program if program.startswith(name) else name
            yield whole.decode("utf-8", "backslashreplace")
