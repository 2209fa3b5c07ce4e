"""CPU seconds of this process and all its children, from nanosecond clocks.

CPU time steps in microseconds and hardly moves with a neighbour on the same machine, so it is what
energy is attributed by and, without power counters, estimated by.
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

    The number of its clock is made as the C library's ``clock_getcpuclockid(3)`` makes it on
    Linux; Python has no call for it. Also right for a process that ended and was not reaped yet.
    """
    return time.clock_gettime_ns((~pid << 3) | 2)


_ANY_CHILD: Final = (
    (os.P_ALL, 0, None, os.WEXITED | os.WNOHANG | os.WNOWAIT) if sys.platform == "linux" else ()
)

# Two clocks of the kernel tell the time of one child; they differ by less than this.
_CLOCK_NOISE_S: Final = 1e-3


class LiveChildren:
    """CPU time of the children of this process that nobody has waited for yet (Linux)."""

    def __init__(self) -> None:
        """Look once.

        Raises:
            OSError: The kernel does not list children (``CONFIG_PROC_CHILDREN``).
        """
        os.stat(f"/proc/self/task/{os.getpid()}/children")
        # Of the C library, since os.waitid() raises where there is no child, which is nearly always
        # so: among other code that costs four times as much as all else of this reading.
        self._waitid = ctypes.PyDLL(None).waitid
        self.met = False
        """Whether there were any when their time was last asked for."""

    def cpu_time_s(self) -> float:
        """Their CPU seconds so far, those of their own children included."""
        self.met = self._waitid(*_ANY_CHILD) == 0
        return sum(map(_tree_s, self.pids())) if self.met else 0.0

    def pids(self) -> list[int]:
        """The children that live now, or ended and were not waited for."""
        return _children_of("self")


def _children_of(process: int | str) -> list[int]:
    """The children of a process: the kernel lists them under the thread that started them."""
    pids: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/children", "rb") as listing:
                pids += map(int, listing.read().split())
    except OSError:  # process or thread ended meanwhile
        pass
    return pids


def _tree_s(pid: int) -> float:
    """CPU seconds of a process and of all below it."""
    try:
        seconds = _process_clock_ns(pid) / 1e9 + _reaped_by(pid)
    except OSError:  # it ended meanwhile: its time is with the reaped ones now
        return 0.0
    return seconds + sum(map(_tree_s, _children_of(pid)))


def _reaped_by(pid: int) -> float:
    """CPU seconds of the children that another process has waited for, in ticks of 10 ms."""
    with open(f"/proc/{pid}/stat", "rb") as stat:
        fields = stat.read().rpartition(b") ")[2].split()
    # proc_pid_stat(5): cutime and cstime are the fields 16 and 17, here counted from field 3.
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
        """Seconds so far; never fewer than at an earlier call.

        A child that nobody ever waits for takes its CPU time with it when it ends: what was seen
        of it stays counted.
        """
        seconds = self._sum_s()
        if seconds < self._highest_s:
            seconds = self._sum_s()  # a child may have been reaped while it was being read
            if self._highest_s - seconds > _CLOCK_NOISE_S:
                self._lost_s += self._highest_s - seconds
            seconds = self._highest_s
        self._highest_s = seconds
        return seconds

    def _sum_s(self) -> float:
        seconds = time.process_time() + self._lost_s
        if sys.platform != "win32":  # which tells nothing of children that ended
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds += usage.ru_utime + usage.ru_stime
        return seconds if self._live is None else seconds + self._live.cpu_time_s()

    @property
    def detail(self) -> str:
        """What the figure leaves out."""
        if self._live is not None:
            return "CPU time of the processes, from nanosecond clocks, children included"
        return "CPU time of the process and of the children that ended"

    @property
    def met_children(self) -> bool:
        """Whether the last reading met children that live, or were not waited for."""
        return self._live is not None and self._live.met

    def live_children(self) -> list[int]:
        """The pids of the children that live now; empty where the system does not tell."""
        return self._live.pids() if self._live is not None else []

    def close(self) -> None:
        """Count live children no longer."""
        self._live = None
