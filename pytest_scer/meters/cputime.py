"""CPU seconds of this process and all its children, from nanosecond clocks, and of the machine.

CPU time has a resolution of microseconds and hardly depends on other processes of the machine. So
it is used to attribute energy and, without power counters, to estimate it.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Final

from pytest_scer.meters.base import MeterFault
from pytest_scer.system import ON_LINUX, ON_WINDOWS, System, read_file

if sys.platform != "win32":
    import resource

    _CHILDREN: Final = resource.RUSAGE_CHILDREN


def _process_clock_ns(pid: int) -> int:
    """Nanoseconds of CPU time of another process.

    The clock ID is computed as in the C library's ``clock_getcpuclockid(3)`` on Linux, because
    Python has no call for it. Also works for a process that ended but was not reaped yet.
    """
    return System.clock_gettime_ns((~pid << 3) | 2)


_ANY_CHILD: Final = (
    (os.P_ALL, 0, None, os.WEXITED | os.WNOHANG | os.WNOWAIT) if sys.platform == "linux" else ()
)

# The kernel has two clocks for the time of a child; they differ by less than this.
_CLOCK_NOISE_S: Final = 1e-3

_ENDED: Final = (FileNotFoundError, ProcessLookupError)
"""What reading about a process or thread that has ended raises; anything else is a fault."""


class LiveChildren:
    """CPU time of the children of this process that were not reaped yet (Linux)."""

    def __init__(self) -> None:
        """Check that the kernel lists children and shows their CPU time.

        Raises:
            OSError: The kernel does not list children (``CONFIG_PROC_CHILDREN``).
        """
        pid = System.getpid()
        read_file(f"/proc/self/task/{pid}/children")
        _process_clock_ns(pid)
        # From the C library, because os.waitid() raises if there is no child, the usual case: in
        # real code that costs four times as much as the rest of this reading.
        self.found: Callable[[], int] = partial(ctypes.PyDLL(None).waitid, *_ANY_CHILD)
        """Returns 0 if there are any."""

    def cpu_time_s(self) -> float:
        """CPU seconds of the children so far, including their own children.

        Raises:
            OSError: ``/proc`` cannot be read.
        """
        return sum(map(tree_s, self.pids()))

    def pids(self) -> list[int]:
        """PIDs of the children that are alive, or ended but were not reaped yet.

        Raises:
            OSError: ``/proc`` cannot be read.
        """
        return _children_of("self")


def _children_of(process: int | str) -> list[int]:
    """PIDs of a process's children; the kernel lists them under the thread that started them.

    Raises:
        OSError: ``/proc`` cannot be read.
    """
    pids: list[int] = []
    try:
        threads = System.listdir(f"/proc/{process}/task")
    except _ENDED:
        return pids
    for thread in threads:
        try:
            pids += map(int, read_file(f"/proc/{process}/task/{thread}/children").split())
        except _ENDED:
            continue
    return pids


def tree_s(pid: int) -> float:
    """CPU seconds of a process and all its descendants (Linux); 0 if it has ended.

    Raises:
        OSError: ``/proc`` cannot be read.
    """
    try:
        own_s = _process_clock_ns(pid) / 1e9
    except OSError:  # it has ended, and its time now counts as reaped
        return 0.0
    try:
        reaped_s = _reaped_by(pid)
    except _ENDED:
        try:
            _process_clock_ns(pid)
        except OSError:  # it ended just now
            return 0.0
        raise  # it runs, but ``/proc`` hides it
    return own_s + reaped_s + sum(map(tree_s, _children_of(pid)))


def _reaped_by(pid: int) -> float:
    """CPU seconds of the children that a process has reaped, in ticks of 10 ms."""
    fields = read_file(f"/proc/{pid}/stat").rpartition(b") ")[2].split()
    # proc_pid_stat(5): cutime and cstime are fields 16 and 17; the list starts with field 3.
    return (int(fields[13]) + int(fields[14])) / System.ticks_per_s


def machine_cpu_time_s(*, stolen: bool = True) -> float:
    """CPU seconds that all processes of the machine have used since boot, in ticks of 10 ms.

    From ``proc_stat(5)``; guests are already part of user time.

    Args:
        stolen: Whether time in which a hypervisor ran other machines counts as used.

    Raises:
        MeterFault: The system does not tell.
    """
    try:
        if ON_LINUX:
            fields = read_file("/proc/stat").partition(b"\n")[0].split()[1:]
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[:8])
            used = user + nice + system + irq + softirq + (steal if stolen else 0)
            return used / System.ticks_per_s
        import psutil

        times = psutil.cpu_times()._asdict()
    except Exception as error:
        raise MeterFault(f"CPU time of the machine: {error}") from None
    unused = ("idle", "iowait", "guest", "guest_nice", *(() if stolen else ("steal",)))
    return float(sum(value for name, value in times.items() if name not in unused))


class ProcessTime:
    """CPU seconds of this process, its threads and its children, reaped or alive."""

    def __init__(self) -> None:
        self._live: LiveChildren | None = None
        self.met_children = False
        """Whether there were live or unreaped children at the last reading."""
        if ON_LINUX:
            try:
                self._live = LiveChildren()
            except OSError:  # a kernel without CONFIG_PROC_CHILDREN: reaped children only
                self._live = None
        self._lost_s = 0.0
        self._highest_s = 0.0

    def read_s(self, *, again: bool = False) -> float:
        """CPU seconds so far; never less than at an earlier call.

        The kernel drops the CPU time of a child that ends and is never waited for. The time seen
        so far stays counted.

        Args:
            again: Whether this is a second try.

        Raises:
            MeterFault: There are children whose CPU time cannot be read.
        """
        seconds = System.process_time() + self._lost_s
        if not ON_WINDOWS:  # Windows does not report children that ended
            usage = System.getrusage(_CHILDREN)
            seconds += usage.ru_utime + usage.ru_stime
        live = self._live
        if live is not None:
            self.met_children = live.found() == 0
            if self.met_children:
                try:
                    seconds += live.cpu_time_s()
                except OSError as error:
                    raise MeterFault(f"CPU time of child processes: {error.strerror}") from None
        if seconds < self._highest_s:
            if not again:  # a child may have been reaped during this reading
                return self.read_s(again=True)
            if self._highest_s - seconds > _CLOCK_NOISE_S:
                self._lost_s += self._highest_s - seconds
            return self._highest_s
        self._highest_s = seconds
        return seconds

    @property
    def highest_s(self) -> float:
        """The result of the last successful :meth:`read_s`."""
        return self._highest_s

    @property
    def detail(self) -> str:
        """Which processes the figure covers."""
        if self._live is not None:
            return "CPU time of the processes, from nanosecond clocks, children included"
        return "CPU time of the process and of the children that ended"

    def live_children(self) -> list[int]:
        """PIDs of the live children; empty if the system does not list them."""
        if self._live is None:
            return []
        try:
            return self._live.pids()
        except OSError:  # the fault is part of the next reading
            return []

    def close(self) -> None:
        """Stop counting live children."""
        self._live, self.met_children = None, False
