"""The ledger of a server: what its callers use, in a file that all test processes share.

Every process of this user that bills the server shares one file, whichever session it belongs to.
So two tests that call a server at the same time are never both billed for the same CPU second.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

import psutil

from pytest_scer.core.serving import Pool
from pytest_scer.system import ON_LINUX, OpenFile, System, read_file
from pytest_scer.workers.shared_directory import SharedDirectory, locked

_ATTEMPTS: Final = 5
"""How often to join a directory that its last user may just be removing."""


class Ledger:
    """The pool of one server, as this process reads and writes it."""

    def __init__(self, key: str) -> None:
        """Open the ledger; without shared files, it is this process's own.

        Args:
            key: Identifies the server on this machine.
        """
        self._own: Pool | None = None
        self._directory = None if sys.platform == "win32" else _directory(key)

    @contextmanager
    def change(self, clock_s: Callable[[], float], price_j: float) -> Iterator[Pool]:
        """Change the pool, while no other process does.

        Args:
            clock_s: Returns the CPU seconds of the server.
            price_j: Joules per CPU second.

        Yields:
            The pool, with all that was used until now.

        Raises:
            OSError: The file is gone, or another process does not release it.
        """
        if self._directory is None:
            self._own = self._own or Pool(clock_s())
            self._own.advance(clock_s(), price_j)
            yield self._own
            return
        with locked(self._directory.path / "ledger") as file:
            now_s = clock_s()
            pool = _read(file) or Pool(now_s)
            pool.advance(now_s, price_j)
            own = account_name()
            for name in [each for each in pool.accounts if each != own and not _is_alive(each)]:
                pool.abandon(name)
            yield pool
            _write(file, pool)

    def close(self) -> None:
        """Stop using the file; the last process removes it."""
        if self._directory is not None:
            self._directory.leave()


def account_name() -> str:
    """The name of this process in a ledger; a child that a test forks has its own."""
    return _name_of(System.getpid())


@cache
def _name_of(pid: int) -> str:
    return f"{pid} {_start_of(pid)}"


def _is_alive(name: str) -> bool:
    """Whether a process runs: neither killed and not yet waited for, nor replaced by another."""
    pid, _, started = name.partition(" ")
    return pid.isdecimal() and _start_of(int(pid)) == started


def _start_of(pid: int) -> str:
    """When a process started; empty if it does not run any more."""
    try:
        if ON_LINUX:
            # proc_pid_stat(5): state is field 3, starttime field 22.
            fields = read_file(f"/proc/{pid}/stat").rpartition(b") ")[2].split()
            return "" if fields[0] in (b"Z", b"X") else fields[19].decode()
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return "" if ended else f"{process.create_time():.2f}"
    except (OSError, psutil.Error):
        return ""


def _directory(key: str) -> SharedDirectory | None:
    for _ in range(_ATTEMPTS):
        try:
            return SharedDirectory(f"server {key}")
        except FileNotFoundError:  # it is being removed
            System.sleep(0.01)
        except OSError:
            return None
    return None


def _read(file: OpenFile) -> Pool | None:
    """The pool in a file; None if the file is new, or was damaged by a process that was killed.

    In a new pool, processes whose calls are in flight find that their calls are lost.
    """
    System.lseek(file.descriptor, 0, os.SEEK_SET)
    content = b""
    while chunk := System.read(file.descriptor, 65536):
        content += chunk
    try:
        return Pool.load(json.loads(content))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _write(file: OpenFile, pool: Pool) -> None:
    content = json.dumps(pool.dump()).encode()
    System.lseek(file.descriptor, 0, os.SEEK_SET)
    System.write(file.descriptor, content)
    System.ftruncate(file.descriptor, len(content))
