"""Functions of the operating system as they were before any test replaced them.

Tests patch clocks, ``open`` or ``os.listdir``, and what measures runs in between: a fixture that
froze the time is still active when the setup stage ends. So whatever runs while tests run calls the
functions of :class:`System`. ``plugin.py`` imports this module before any ``conftest.py`` runs.

They are class attributes because freezegun and pyfakefs replace names in every loaded module. Most
are builtin functions: those written in Python look up others by name when they run.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Final

if sys.platform != "win32":
    import fcntl
    import resource

ON_WINDOWS: Final = sys.platform == "win32"
"""Decided once: tests set ``sys.platform`` to run code for other systems."""
ON_LINUX: Final = sys.platform == "linux"


class System:
    """The functions; a namespace without instances."""

    perf_counter = staticmethod(time.perf_counter)
    process_time = staticmethod(time.process_time)
    thread_time = staticmethod(time.thread_time)
    sleep = staticmethod(time.sleep)

    open = staticmethod(os.open)
    open_file = staticmethod(io.open)
    read = staticmethod(os.read)
    close = staticmethod(os.close)
    write = staticmethod(os.write)
    lseek = staticmethod(os.lseek)
    ftruncate = staticmethod(os.ftruncate)
    fsync = staticmethod(os.fsync)
    fstat = staticmethod(os.fstat)
    stat = staticmethod(os.stat)
    listdir = staticmethod(os.listdir)
    getpid = staticmethod(os.getpid)

    lock = staticmethod(threading.Lock)
    active_threads = staticmethod(threading.active_count)
    threads = staticmethod(threading.enumerate)

    if sys.platform != "win32":
        pread = staticmethod(os.pread)
        flock = staticmethod(fcntl.flock)
        lockf = staticmethod(fcntl.lockf)
        clock_gettime_ns = staticmethod(time.clock_gettime_ns)
        getrusage = staticmethod(resource.getrusage)
        ticks_per_s = os.sysconf("SC_CLK_TCK")

    _loaded_at = datetime.now(timezone.utc)
    _loaded_s = time.perf_counter()

    @classmethod
    def utc_now(cls) -> datetime:
        """The time in UTC: when this module was loaded, and the seconds that have passed since.

        The wall clock is read only once because time-machine replaces it below Python's names.
        """
        return cls._loaded_at + timedelta(seconds=cls.perf_counter() - cls._loaded_s)


def read_file(path: str) -> bytes:
    """Return the content of a small file, such as one of ``proc(5)``.

    Raises:
        OSError: The file cannot be read.
    """
    descriptor = System.open(path, os.O_RDONLY)
    try:
        content = b""
        while chunk := System.read(descriptor, 65536):
            content += chunk
        return content
    finally:
        System.close(descriptor)


class OpenFile:
    """A file that this process keeps open.

    A test may close all descriptors, and open other files that get their numbers. So nothing is
    read, written or closed before the number is known to be still that of this file.

    Attributes:
        descriptor: The file's descriptor.
        status: Its status when it was opened.
    """

    def __init__(self, descriptor: int) -> None:
        """Take over a descriptor that was just opened."""
        self.descriptor = descriptor
        self.status = System.fstat(descriptor)

    def is_open(self) -> bool:
        """Whether the descriptor is still that of this file."""
        try:
            status = System.fstat(self.descriptor)
        except OSError:
            return False
        return (status.st_ino, status.st_dev) == (self.status.st_ino, self.status.st_dev)

    def close(self) -> None:
        """Close it, unless a test has."""
        if self.is_open():
            System.close(self.descriptor)
