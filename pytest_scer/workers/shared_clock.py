"""Constant power under xdist: tests that run at the same time share each second.

The processes of a host share one clock, in a file that all of them map into memory. While n tests
run, the clock runs at 1/n of normal speed. The time that the clock advances while a test runs is
that test's share, and the shares of all tests add up to the time during which any test ran.
"""

from __future__ import annotations

import math
import mmap
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from pytest_scer.system import OpenFile, System
from pytest_scer.workers.shared_directory import locked

_MOST: Final = 1024
"""Maximum number of processes that share a clock."""
_MAX_RETRIES: Final = 1000
_DAMAGED: Final = "the file of the clock is damaged"
_HEAD: Final = struct.Struct("=QddQQQ")
_SEAT: Final = struct.Struct("=QQ")
_SIZE: Final = _HEAD.size + _MOST * _SEAT.size


class _Head(NamedTuple):
    """The header of the file: the state of the clock.

    Attributes:
        version: Number of changes.
        at_s: Time of the last change in seconds, on the system's monotonic clock.
        shown_s: What the clock showed then, in seconds.
        running: Number of tests running since then.
        seats: Number of seats that are or were taken.
        version_again: Equal to ``version``, unless the header is being written right now.
    """

    version: int
    at_s: float
    shown_s: float
    running: int
    seats: int
    version_again: int

    @property
    def is_valid(self) -> bool:
        """Whether these are numbers of a clock."""
        return _is_valid(self.at_s, self.shown_s, self.running, self.seats)


def _is_valid(at_s: float, shown_s: float, running: int, seats: int) -> bool:
    return math.isfinite(at_s) and 0 <= shown_s < math.inf and running <= seats <= _MOST


class SharedClock:
    """A clock that slows down as more tests run on a host.

    If a process dies during a test, that test counts as running until another process takes over
    the seat.
    """

    def __init__(self, path: Path) -> None:
        """Take a seat at the clock; the first process creates it.

        Args:
            path: The file of the clock, the same for all processes.

        Raises:
            OSError: The file cannot be created here, or has no free seat.
        """
        self._path = path
        self._pid = System.getpid()
        self._latest_s = 0.0
        with locked(path) as file:
            self._map = _mapped(file)
            self._take_seat()

    def _take_seat(self) -> None:
        seats = [0 if _is_gone(pid) else pid for pid, _ in self._seats()]
        if len(seats) >= _MOST and all(seats):
            raise OSError(f"more than {_MOST} processes share a clock")
        for index, pid in enumerate(seats):
            if not pid:  # a process that died during its test no longer runs it
                _SEAT.pack_into(self._map, _place(index), 0, 0)
        self._seat = seats.index(0) if 0 in seats else len(seats)
        self._change(System.getpid(), running=False)

    def begin(self) -> None:
        """Note that this process now runs a test.

        Raises:
            OSError: The file is gone, or another process does not release it.
        """
        self._note(running=True)

    def end(self) -> None:
        """Note that this process no longer runs a test.

        Raises:
            OSError: The file is gone, or another process does not release it.
        """
        self._note(running=False)

    def _note(self, *, running: bool) -> None:
        """Change this process's seat; a child that a test forked has none."""
        if System.getpid() == self._pid:
            with locked(self._path):
                self._change(self._pid, running=running)

    def seconds(self, now_s: float) -> float:
        """What the clock shows, in seconds, never less than before; NaN if its file is damaged.

        Another process may be interrupted between looking at the time and slowing the clock down.
        Until it goes on, the clock runs too fast here; then it stands still until that is made up.

        Args:
            now_s: The time in seconds on the system's monotonic clock.
        """
        shown_s = self._shown(now_s)
        if not math.isnan(shown_s):
            self._latest_s = shown_s = max(shown_s, self._latest_s)
        return shown_s

    def _shown(self, now_s: float) -> float:
        """What the file of the clock says; NaN if it is damaged."""
        # Unpacked here as well as in _head: this runs for every reading.
        at_s: float
        shown_s: float
        version, at_s, shown_s, running, seats, again = _HEAD.unpack_from(self._map, 0)
        if version != again:  # another process is writing it
            _, at_s, shown_s, running, seats, _ = self._head()
        if not _is_valid(at_s, shown_s, running, seats):
            return math.nan
        since_s: float = max(now_s - at_s, 0.0) / running if running else 0.0
        return shown_s + since_s

    def leave(self) -> None:
        """Free the seat; the last process to leave removes the file."""
        if System.getpid() != self._pid:
            return
        with locked(self._path):
            self._change(0, running=False)
            if not any(pid for pid, _ in self._seats()):
                self._path.unlink(missing_ok=True)

    def _head(self) -> _Head:
        """Read the header, retrying while another process is writing it.

        The number of retries is limited, in case a process died while writing. The next change
        then repairs the header.
        """
        for _ in range(_MAX_RETRIES):
            head = _Head(*_HEAD.unpack_from(self._map, 0))
            if head.version == head.version_again:
                break
        return head

    def _seats(self) -> Iterator[tuple[int, int]]:
        """For every seat that is or was taken: its process ID, and whether it runs a test."""
        return _SEAT.iter_unpack(self._map[_HEAD.size : _place(self._head().seats)])

    def _change(self, pid: int, *, running: bool) -> None:
        """Write this process's seat, and continue the clock at its new speed."""
        now_s = System.perf_counter()
        shown_s, head = self._shown(now_s), self._head()
        if not head.is_valid:
            raise OSError(_DAMAGED)
        _SEAT.pack_into(self._map, _place(self._seat), pid, running)
        seats, version = max(head.seats, self._seat + 1), head.version + 1
        taken = _SEAT.iter_unpack(self._map[_HEAD.size : _place(seats)])
        count = sum(running for _, running in taken)
        _HEAD.pack_into(self._map, 0, version, now_s, shown_s, count, seats, version)


def _mapped(file: OpenFile) -> mmap.mmap:
    """Map the file of a clock into memory; a new one gets its size.

    Raises:
        OSError: It has another size.
    """
    if file.status.st_size not in (0, _SIZE):
        raise OSError(_DAMAGED)
    os.ftruncate(file.descriptor, _SIZE)
    return mmap.mmap(file.descriptor, _SIZE)


def _place(seat: int) -> int:
    """The offset of a seat in the file."""
    return _HEAD.size + seat * _SEAT.size


def _is_gone(pid: int) -> bool:
    try:
        return not pid or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError, OverflowError):  # no process has such an ID
        return True
