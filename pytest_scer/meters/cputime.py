"""CPU seconds of this process and all its children, from nanosecond clocks.

CPU time has a resolution of microseconds and hardly depends on other processes of the machine. So
it is used to attribute energy and, without power counters, to estimate it.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from typing import Final

if sys.platform != "win32":
    import resource


def _process_clock_ns(pid: int) -> int:
    """Nanoseconds of CPU time of another process.

    The clock ID is computed as in the C library's ``clock_getcpuclockid(3)`` on Linux, because
    Python has no call for it. Also works for a process that ended but was not reaped yet.
    """
    return time.clock_gettime_ns((~pid << 3) | 2)


_ANY_CHILD: Final = (
    (os.P_ALL, 0, None, os.WEXITED | os.WNOHANG | os.WNOWAIT) if sys.platform == "linux" else ()
)

# The kernel has two clocks for the time of a child; they differ by less than this.
_CLOCK_NOISE_S: Final = 1e-3


class LiveChildren:
    """CPU time of the children of this process that were not reaped yet (Linux)."""

    def __init__(self) -> None:
        """Check that the kernel lists children.

        Raises:
            OSError: The kernel does not list children (``CONFIG_PROC_CHILDREN``).
        """
        os.stat(f"/proc/self/task/{os.getpid()}/children")
        # From the C library, because os.waitid() raises if there is no child, the usual case: in
        # real code that costs four times as much as the rest of this reading.
        self._waitid = ctypes.PyDLL(None).waitid
        self.met = False
        """Whether there were any at the last call of :meth:`cpu_time_s`."""

    def cpu_time_s(self) -> float:
        """CPU seconds of the children so far, including their own children."""
        self.met = self._waitid(*_ANY_CHILD) == 0
        return sum(map(_tree_s, self.pids())) if self.met else 0.0

    def pids(self) -> list[int]:
        """PIDs of the children that are alive, or ended but were not reaped yet."""
        return _children_of("self")


def _children_of(process: int | str) -> list[int]:
    """PIDs of a process's children; the kernel lists them under the thread that started them."""
    pids: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/children", "rb") as listing:
                pids += map(int, listing.read().split())
    except OSError:  # the process or thread has ended
        pass
    return pids


def _tree_s(pid: int) -> float:
    """CPU seconds of a process and all its descendants."""
    try:
        seconds = _process_clock_ns(pid) / 1e9 + _reaped_by(pid)
    except OSError:  # it has ended, and its time now counts as reaped
        return 0.0
    return seconds + sum(map(_tree_s, _children_of(pid)))


def _reaped_by(pid: int) -> float:
    """CPU seconds of the children that a process has reaped, in ticks of 10 ms."""
    with open(f"/proc/{pid}/stat", "rb") as stat:
        fields = stat.read().rpartition(b") ")[2].split()
    # proc_pid_stat(5): cutime and cstime are fields 16 and 17; the list starts with field 3.
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


class ProcessTime:
    """CPU seconds of this process, its threads and its children, reaped or alive."""

    def __init__(self) -> None:
        self._live: LiveChildren | None = None
        if sys.platform == "linux":
            try:
                self._live = LiveChildren()
            except OSError:  # a kernel without CONFIG_PROC_CHILDREN: reaped children only
                self._live = None
        self._lost_s = 0.0
        self._highest_s = 0.0

    def read_s(self) -> float:
        """CPU seconds so far; never less than at an earlier call.

        The kernel drops the CPU time of a child that ends and is never waited for. The time seen
        so far stays counted.
        """
        seconds = self._sum_s()
        if seconds < self._highest_s:
            seconds = self._sum_s()  # a child may have been reaped during the first reading
            if self._highest_s - seconds > _CLOCK_NOISE_S:
                self._lost_s += self._highest_s - seconds
            seconds = self._highest_s
        self._highest_s = seconds
        return seconds

    def _sum_s(self) -> float:
        seconds = time.process_time() + self._lost_s
        if sys.platform != "win32":  # Windows does not report children that ended
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds += usage.ru_utime + usage.ru_stime
        return seconds if self._live is None else seconds + self._live.cpu_time_s()

    @property
    def detail(self) -> str:
        """Which processes the figure covers."""
        if self._live is not None:
            return "CPU time of the processes, from nanosecond clocks, children included"
        return "CPU time of the process and of the children that ended"

    @property
    def met_children(self) -> bool:
        """Whether there were live or unreaped children at the last reading."""
        return self._live is not None and self._live.met

    def live_children(self) -> list[int]:
        """PIDs of the live children; empty if the system does not list them."""
        return self._live.pids() if self._live is not None else []

    def close(self) -> None:
        """Stop counting live children."""
        self._live = None
