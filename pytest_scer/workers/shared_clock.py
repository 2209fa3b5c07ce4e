"""Constant power under xdist: each second is shared by the tests that run in it.

The processes of a host keep one clock together, in a file that all of them map. It runs at 1/n of
the speed of time while n tests run: what it went on by while a test ran is that test's part, and
the parts of all tests add up to the time in which any of them ran.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import psutil

if sys.platform != "win32":
    import fcntl

_MOST: Final = 1024
"""So many processes may share a clock."""
_PATIENCE: Final = 1000
_HEAD: Final = struct.Struct("=QddQQQ")
_SEAT: Final = struct.Struct("=QQ")
_SIZE: Final = _HEAD.size + _MOST * _SEAT.size


class _Head(NamedTuple):
    """What the clock shows.

    Attributes:
        version: Counts the changes.
        at_s: When it was changed last, on the monotonic clock of the system.
        shown_s: What it showed then.
        running: How many tests run since.
        seats: How many seats are taken, or were.
        version_again: The same as ``version``, unless it is being written just now.
    """

    version: int
    at_s: float
    shown_s: float
    running: int
    seats: int
    version_again: int


class SharedClock:
    """A clock that goes the slower the more tests of a host run.

    A process that dies under its test counts as running it until its successor takes its seat.
    """

    def __init__(self, path: Path) -> None:
        """Take a seat at the clock, which is made if this is the first process.

        Args:
            path: The same for all of them.

        Raises:
            OSError: There can be no such file here, or it has no free seat.
        """
        if sys.platform == "win32":
            raise OSError("no such locks on Windows")
        self._path = path
        self._file = path.open("a+b")
        try:
            with self._alone():
                self._sit_down()
        except BaseException:
            self._file.close()
            raise

    def _sit_down(self) -> None:
        if os.fstat(self._file.fileno()).st_size < _SIZE:
            os.ftruncate(self._file.fileno(), _SIZE)
        self._map = mmap.mmap(self._file.fileno(), _SIZE)
        seats = [0 if _is_gone(pid) else pid for pid, _ in self._seats()]
        if len(seats) >= _MOST and all(seats):
            raise OSError(f"more than {_MOST} processes share {self._path}")
        for index, pid in enumerate(seats):
            if not pid:  # one that died under its test does not run it any more
                _SEAT.pack_into(self._map, _place(index), 0, 0)
        self._seat = seats.index(0) if 0 in seats else len(seats)
        self._change(os.getpid(), running=False)

    def begin(self) -> None:
        """A test of this process runs from now on."""
        with self._alone():
            self._change(os.getpid(), running=True)

    def end(self) -> None:
        """No test of this process runs any more."""
        with self._alone():
            self._change(os.getpid(), running=False)

    def seconds(self, now_s: float) -> float:
        """What the clock shows.

        Args:
            now_s: The time on the monotonic clock of the system.
        """
        head = self._head()
        if not head.running:
            return head.shown_s
        return head.shown_s + max(now_s - head.at_s, 0.0) / head.running

    def leave(self) -> None:
        """Give the seat free; the last one removes the file."""
        with self._alone():
            self._change(0, running=False)
            if not any(pid for pid, _ in self._seats()):
                self._path.unlink(missing_ok=True)
        self._file.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Lock the others out; a process that dies under it gives the lock free."""
        if sys.platform != "win32":
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _head(self) -> _Head:
        """What is written, which another process may be writing just now.

        One that died while it wrote is not waited for: the next one mends the rest.
        """
        for _ in range(_PATIENCE):
            head = _Head(*_HEAD.unpack_from(self._map, 0))
            if head.version == head.version_again:
                break
        return head

    def _seats(self) -> Iterator[tuple[int, int]]:
        """Process id and whether a test runs in it, of every seat that is or was taken."""
        return _SEAT.iter_unpack(self._map[_HEAD.size : _place(self._head().seats)])

    def _change(self, pid: int, *, running: bool) -> None:
        """Write a seat, and let the clock go on at its new speed."""
        now_s = time.perf_counter()
        shown_s, head = self.seconds(now_s), self._head()
        _SEAT.pack_into(self._map, _place(self._seat), pid, running)
        seats, version = max(head.seats, self._seat + 1), head.version + 1
        taken = _SEAT.iter_unpack(self._map[_HEAD.size : _place(seats)])
        count = sum(running for _, running in taken)
        _HEAD.pack_into(self._map, 0, version, now_s, shown_s, count, seats, version)


def _place(seat: int) -> int:
    """Where a seat begins in the file."""
    return _HEAD.size + seat * _SEAT.size


def _is_gone(pid: int) -> bool:
    try:
        return not pid or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True
