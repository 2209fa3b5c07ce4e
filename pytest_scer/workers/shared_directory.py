"""The directory with the files that the processes of a session on one host share.

It is in the directory for temporary files, where other users can write, too. Only its owner can
enter it. A process opens no file in it through a link, or one that another user made.

Every process that uses it holds a lock, which the system releases when the process dies. The last
one removes the directory. If all were killed, the next session does.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pytest_scer.report.files import NO_FOLLOW
from pytest_scer.system import OpenFile, System
from pytest_scer.workers.hosts import shared_path

LOCK_WAIT_S: Final = 5.0
"""Seconds to wait for a lock that no process holds for longer than microseconds."""
_RETRY_S: Final = 0.001
_NAME: Final = re.compile(r"pytest-scer-[0-9a-f]{12}")
_USERS: Final = "users"
"""The file that everyone who uses the directory locks."""

if sys.platform == "win32":  # pragma: no cover - no locks, and no other users in this directory

    def _lock_use(_file: OpenFile, *, alone: bool) -> bool:
        return not alone

    def _unlock_use(_file: OpenFile) -> None:
        pass

    def _lock_file(_descriptor: int, *, wait: bool) -> bool:  # noqa: ARG001
        raise OSError("file locks are not available on Windows")

    def _is_private(_status: os.stat_result) -> bool:
        return True

else:
    import fcntl

    def _lock_use(file: OpenFile, *, alone: bool) -> bool:
        """Lock a file as a user of the directory, or as the only one; whether that worked."""
        kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        try:
            System.flock(file.descriptor, kind | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock_use(file: OpenFile) -> None:
        # Explicitly: a child that a test forked keeps the file open.
        System.flock(file.descriptor, fcntl.LOCK_UN)

    def _lock_file(descriptor: int, *, wait: bool) -> bool:
        """Lock a file for this process only: a child that it forks does not inherit the lock."""
        try:
            System.lockf(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _is_private(status: os.stat_result) -> bool:
        """Whether a file belongs to this user, and nobody else may read or write it."""
        return status.st_uid == os.geteuid() and not status.st_mode & 0o077


class SharedDirectory:
    """The directory of a session, as one process uses it."""

    def __init__(self, session_id: str) -> None:
        """Create the directory, or join the processes that use it.

        Args:
            session_id: An ID that all processes of the session share.

        Raises:
            OSError: It cannot be created, or it is not a private directory of this user.
        """
        self.path = shared_path(session_id)
        self._pid = System.getpid()
        self._users = (None if os.path.lexists(self.path) else _make(self.path)) or _join(self.path)

    def leave(self, *, last: bool = False) -> None:
        """Stop using the directory; the last process to leave removes it.

        Args:
            last: Whether this process knows that no other one uses it any more.
        """
        if System.getpid() != self._pid:  # a child that a test forked
            return
        if self._users.is_open():
            _unlock_use(self._users)
            self._users.close()
        if last:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            _remove_unused(self.path)


def _make(path: Path) -> OpenFile | None:
    """Create the directory, in use before it has its name; None if that name was taken by then."""
    remove_abandoned(path.parent, _NAME)
    new = tempfile.mkdtemp(prefix="pytest-scer-new-", dir=path.parent)  # for this user alone
    users = None
    try:
        users = use(Path(new))
        if sys.platform == "win32":  # where no directory with an open file can be renamed
            users.close()
        os.rename(new, path)
    except OSError:
        if users is not None:
            users.close()
        shutil.rmtree(new, ignore_errors=True)
        return None
    return users


def _join(path: Path) -> OpenFile:
    """Use a directory that another process created.

    Raises:
        OSError: It is not a private directory of this user, or has just been removed.
    """
    _check_private(path)
    users = open_private(path / _USERS, create=False)
    if not _lock_use(users, alone=False):
        users.close()
        raise FileNotFoundError(errno.ENOENT, "it is being removed", str(path))
    return users


def use(path: Path) -> OpenFile:
    """Use a new directory: until this file is closed, no other process takes it for abandoned.

    Raises:
        OSError: The file for that cannot be created.
    """
    users = open_private(path / _USERS)
    _lock_use(users, alone=False)
    return users


def remove_abandoned(
    directory: Path, names: re.Pattern[str], remove: Callable[[Path], object] | None = None
) -> None:
    """Remove the directories of this user whose processes were all killed.

    Args:
        directory: Where they are.
        names: What they are called.
        remove: Removes one of them; by default with all that can be removed in it.
    """
    with suppress(OSError):
        for name in os.listdir(directory):
            if names.fullmatch(name):
                _remove_unused(directory / name, remove)


def _remove_unused(path: Path, remove: Callable[[Path], object] | None = None) -> None:
    """Remove a directory of this user, if no process uses it."""
    with suppress(OSError):
        _check_private(path)
        users = open_private(path / _USERS, create=False)
        try:
            if _lock_use(users, alone=True):
                (remove or _remove)(path)
        finally:
            users.close()


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def _check_private(path: Path) -> None:
    """Check that a path is a directory that only this user can enter.

    Raises:
        OSError: It is not, or there is none.
    """
    status = os.lstat(path)
    if not (stat.S_ISDIR(status.st_mode) and _is_private(status)):
        raise PermissionError(errno.EPERM, "not a private directory of this user", str(path))


def open_private(path: Path, *, create: bool = True) -> OpenFile:
    """Open a file that only this user can read and write.

    Args:
        path: The file.
        create: Whether to create it if it does not exist.

    Raises:
        OSError: It is a link or no regular file, or another user may read or write it.
    """
    file = OpenFile(System.open(path, os.O_RDWR | NO_FOLLOW | (os.O_CREAT if create else 0), 0o600))
    if not (stat.S_ISREG(file.status.st_mode) and _is_private(file.status)):
        file.close()
        raise PermissionError(errno.EPERM, "not a private file of this user", str(path))
    return file


@contextmanager
def locked(path: Path, wait_s: float | None = LOCK_WAIT_S) -> Iterator[OpenFile]:
    """Hold the lock on a file; the system releases it if the process dies.

    Within the block, do not open and close the file again: that would release the lock.

    Args:
        path: The file; created if it does not exist.
        wait_s: The maximum number of seconds to wait; None to wait until the process that holds
            the lock releases it or dies.

    Raises:
        OSError: The file cannot be opened.
        TimeoutError: The lock was not released in time.
    """
    file = open_private(path)
    try:
        _wait_for(file.descriptor, wait_s)
        yield file
    finally:
        file.close()


def _wait_for(descriptor: int, wait_s: float | None) -> None:
    if wait_s is None:
        _lock_file(descriptor, wait=True)
        return
    until_s = System.perf_counter() + wait_s
    while not _lock_file(descriptor, wait=False):
        if System.perf_counter() > until_s:
            raise TimeoutError(f"the lock was not released within {wait_s:g} s")
        System.sleep(_RETRY_S)
