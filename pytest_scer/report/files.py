"""Output files: identified by format and path, and replaced atomically."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from io import BufferedWriter, FileIO
from pathlib import Path
from typing import Final, NamedTuple

STANDARD_STREAMS: Final = (1, 2)
"""The descriptors of standard output and standard error."""
NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
BINARY: Final = getattr(os, "O_BINARY", 0)
"""Windows translates line endings otherwise."""
_PERMISSIONS: Final = 0o777


class Output(NamedTuple):
    """A file to write the report to, and its format."""

    kind: str
    path: Path


def reason(error: OSError) -> str:
    """The reason in an error, without the path: a report names no directory of the user."""
    return error.strerror or str(error)


def status_of(path: Path) -> os.stat_result | None:
    """The status of what a path leads to, after following links; None if there is nothing.

    Raises:
        OSError: The path leads nowhere: a link to itself, a name that is too long.
    """
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def is_replaceable(path: Path) -> bool:
    """Whether writing replaces what is at a path: a regular file, or nothing yet.

    A device or a FIFO is written to instead, and so is a file that is this process's output.
    """
    status = status_of(path)
    if status is None:
        return True
    return stat.S_ISREG(status.st_mode) and _stream_at(status) is None


def identity(path: Path) -> tuple[object, ...]:
    """Equal for two paths that lead to one file, also through links.

    Raises:
        OSError: The path leads nowhere.
    """
    status = status_of(path)
    return (os.path.realpath(path),) if status is None else (status.st_dev, status.st_ino)


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Write a text file atomically, as :func:`write_bytes` does.

    Args:
        path: The file.
        pieces: Its text; line endings are not translated, since CSV has its own.

    Raises:
        OSError: The file cannot be written.
    """
    write_bytes(path, (piece.encode() for piece in pieces))


def write_bytes(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file atomically: to a temporary file next to it that then replaces it.

    A link stays a link: the file that it leads to is replaced. That file's permissions are kept. A
    device, a FIFO, or this process's standard output is written to instead.

    Args:
        path: The file.
        pieces: Its content.

    Raises:
        OSError: The file cannot be written.
    """
    if is_replaceable(path):
        _replace(Path(os.path.realpath(path)), pieces)
    else:
        _write_through(path, pieces)


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    partial = path.with_name(f".pytest-scer-{secrets.token_hex(8)}")
    descriptor = new_file(partial, like=status_of(path))
    try:
        try:
            _write_all(descriptor, pieces)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def new_file(path: Path, like: os.stat_result | None) -> int:
    """Create a file and return its descriptor.

    Args:
        path: The file, which must not exist.
        like: The status of a file whose owner and permissions it gets; None for the default.

    Raises:
        OSError: The file cannot be created.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_FOLLOW | BINARY
    descriptor = os.open(path, flags, 0o666 if like is None else 0o600)
    if like is not None and sys.platform != "win32":
        with suppress(OSError):  # only root may give files away
            os.fchown(descriptor, like.st_uid, like.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(like.st_mode) & _PERMISSIONS)
    return descriptor


def _write_through(path: Path, pieces: Iterable[bytes]) -> None:
    """Write to a device, a FIFO, or this process's output.

    Raises:
        OSError: It cannot be written to; a FIFO without a reader is not waited for.
    """
    stream = _stream_at(os.stat(path))
    if stream is not None:
        for file in (sys.__stdout__, sys.__stderr__):
            if file is not None and not file.closed:
                file.flush()
        descriptor = os.dup(stream)  # shares its position: opened again, it would start at 0
    else:
        descriptor = os.open(path, os.O_WRONLY | BINARY | getattr(os, "O_NONBLOCK", 0))
        if sys.platform != "win32":
            os.set_blocking(descriptor, True)
    try:
        _write_all(descriptor, pieces)
    finally:
        os.close(descriptor)


def _stream_at(status: os.stat_result) -> int | None:
    """The standard stream of this process that a status belongs to; None for any other file."""
    for descriptor in STANDARD_STREAMS:
        with suppress(OSError):  # closed
            if os.path.samestat(os.fstat(descriptor), status):
                return descriptor
    return None


def _write_all(descriptor: int, pieces: Iterable[bytes]) -> None:
    with BufferedWriter(FileIO(descriptor, "wb", closefd=False)) as file:
        file.writelines(pieces)
