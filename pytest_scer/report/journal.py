"""The journal: a file with everything measured so far, while a session with outputs runs.

Each line is a JSON object whose key names its kind. The first is ``head``, the report without any
tests. Then come ``collected``, the node IDs, and as they end ``test``, ``fixture``, ``warning`` and
``finding``; ``compact`` is a test in its compact form (:mod:`pytest_scer.report.compact`). From
time to time a test also has the ``totals`` of the host at that moment. ``lost`` counts the lines
before it that could not be written. If the session is killed, every written line is complete,
except that the last one may be truncated.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from pytest_scer.core.json_text import parse_json
from pytest_scer.meters.base import HostTotals
from pytest_scer.report.entries_to_json import Json
from pytest_scer.report.files import BINARY, NO_FOLLOW, new_file, status_of
from pytest_scer.system import OpenFile, System

SYNC_EVERY_S: Final = 2.0
"""Seconds between syncs to disk; a power failure may lose what was written since the last one."""
_SUFFIX: Final = ".journal"
_ID_LENGTH: Final = 12
_USUAL_LIMIT: Final = 255
"""Bytes in a file name, on file systems that do not say what their limit is."""

if sys.platform == "win32":  # pragma: no cover - Windows cannot replace an open file at all

    def _lock(_descriptor: int, *, alone: bool) -> bool:  # noqa: ARG001
        return True

    def _create(path: Path, first_line: bytes, like: os.stat_result | None) -> int:
        descriptor = new_file(path, like)
        _write_all(descriptor, first_line)
        return descriptor

else:
    import fcntl

    def _lock(descriptor: int, *, alone: bool) -> bool:
        """Lock a file for this process; return False if another process holds the lock."""
        kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        try:
            System.flock(descriptor, kind | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _create(path: Path, first_line: bytes, like: os.stat_result | None) -> int:
        """Create a locked file that other processes never see without its first line.

        Raises:
            FileExistsError: There is already a file of this name.
            OSError: The file cannot be written.
        """
        unseen = path.with_name(f".pytest-scer-{secrets.token_hex(8)}")
        descriptor = new_file(unseen, like)
        try:
            _lock(descriptor, alone=True)
            _write_all(descriptor, first_line)
            _name(unseen, path)
        except BaseException:
            os.close(descriptor)
            raise
        finally:
            unseen.unlink(missing_ok=True)
        return descriptor

    def _name(unseen: Path, path: Path) -> None:
        """Give a file its final name, unless there is already a file of that name."""
        try:
            os.link(unseen, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            if path.exists():
                raise FileExistsError(path) from None
            unseen.rename(path)


@cache
def _to_json() -> Callable[..., bytes]:
    """What makes JSON: seven times as fast as the standard library's, but slow to import.

    Cached for the tests that replace what imports: the first line is written before any test.
    """
    from pydantic_core import to_json

    return to_json


def _json(content: object) -> bytes:
    return _to_json()(content, inf_nan_mode="null")


def _line(content: Json) -> bytes:
    return _json(content) + b"\n"


def _write_all(descriptor: int, data: bytes) -> None:
    """Write all of it: one write may take only a part, as on a disk that is almost full."""
    written = System.write(descriptor, data)
    if written == len(data):
        return
    rest = memoryview(data)[written:]
    while rest:
        rest = rest[System.write(descriptor, rest) :]


def journal_path(output: Path, session_id: str = "") -> Path:
    """Return the path of a journal of a session whose first output is ``output``.

    Args:
        output: The output.
        session_id: Makes the path that of one session only.

    Returns:
        A path next to the output. Its name is that of the output, and the suffix ``.journal``;
        where that is too long for the file system, a hash replaces the end of the output's name.
    """
    ending = f".{session_id}{_SUFFIX}" if session_id else _SUFFIX
    return output.with_name(_fitting(output, ending))


def _fitting(output: Path, ending: str) -> str:
    name, limit = os.fsencode(output.name), _longest_name(output.parent)
    if len(name) + len(ending) <= limit:
        return output.name + ending
    ending = f"-{sha256(name).hexdigest()[:8]}{ending}"
    return name[: limit - len(ending)].decode(errors="ignore") + ending


def _longest_name(directory: Path) -> int:
    """The maximum length of a file name in a directory, in bytes."""
    try:
        return os.pathconf(directory, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # not on Windows
        return _USUAL_LIMIT


def _journals_of(output: Path) -> Iterator[Path]:
    """The journals of sessions whose first output is ``output``."""
    fixed = journal_path(output).name
    # In place of the ID stands what no file name can hold, to find out where it goes.
    before, after = journal_path(output, "\0" * _ID_LENGTH).name.split("\0" * _ID_LENGTH)
    pattern = re.compile(f"{re.escape(before)}[0-9a-f]{{{_ID_LENGTH}}}{re.escape(after)}")
    try:
        names = sorted(os.listdir(output.parent))
    except OSError:  # a directory that can be written to, but not read
        return
    for name in names:
        if name == fixed or pattern.fullmatch(name):
            yield output.with_name(name)


class Journal:
    """A journal that is being written."""

    def __init__(self, path: Path, descriptor: int, orphans: list[Path]) -> None:
        """Wrap an open, locked file; see :meth:`begin`."""
        self.path = path
        self.orphans = orphans
        """Journals left behind by sessions that did not end; they are kept."""
        self._file = OpenFile(descriptor)
        self._pid = System.getpid()
        self._end = self._file.status.st_size
        self._lost = 0
        self._synced_s = System.perf_counter()

    @classmethod
    def begin(cls, output: Path, session_id: str, head: Json) -> Journal:
        """Open the journal of a session.

        Args:
            output: The session's first output, whose permissions the journal gets if it exists.
            session_id: Makes the name unique if there is another journal already: that of a
                running session, or of one that did not end.
            head: The report without any tests.

        Raises:
            OSError: The journal cannot be written.
        """
        orphans = [path for path in _journals_of(output) if not is_held(path)]
        path, like = journal_path(output), status_of(output)
        first_line = _line({"head": head})
        try:
            return cls(path, _create(path, first_line, like), orphans)
        except FileExistsError:
            own = journal_path(output, session_id)
            return cls(own, _create(own, first_line, like), orphans)

    def write(self, kind: str, row: Any, totals: HostTotals | None = None) -> None:
        """Append a line and pass it to the operating system.

        A line that cannot be written is cut away again, so that the next one can be read. In a
        child that a test forked, this does nothing: the journal is its parent's.

        Args:
            kind: What it is about.
            row: Its content, or the JSON of it.
            totals: What the host has used so far.

        Raises:
            OSError: The disk is full, or the file can no longer be written.
        """
        if System.getpid() != self._pid:
            return
        content = row if isinstance(row, bytes) else _json(row)
        data = b'{"%b":%b}\n' % (kind.encode(), content)
        if totals is not None:
            counts = _json([totals.duration_s, totals.cpu_j, totals.gpu_j, totals.ram_j])
            data = b'%b,"totals":%b}\n' % (data[:-2], counts)
        if self._lost:
            data = _line({"lost": self._lost}) + data
        try:
            self._append(data)
        except OSError:
            self._lost += 1
            raise
        self._lost = 0

    def _append(self, data: bytes) -> None:
        if not self._file.is_open():
            self._reopen()
        try:
            _write_all(self._file.descriptor, data)
        except OSError:
            System.ftruncate(self._file.descriptor, self._end)
            System.lseek(self._file.descriptor, self._end, os.SEEK_SET)
            raise
        self._end += len(data)
        now_s = System.perf_counter()
        if now_s - self._synced_s >= SYNC_EVERY_S:
            System.fsync(self._file.descriptor)
            self._synced_s = now_s

    def _reopen(self) -> None:
        """Open the journal again, after a test has closed its descriptor.

        Raises:
            OSError: It cannot be opened, or another file has taken its place.
        """
        again = OpenFile(System.open(self.path, os.O_RDWR | NO_FOLLOW | BINARY))
        if not os.path.samestat(again.status, self._file.status):
            again.close()
            raise FileNotFoundError(errno.ENOENT, "another file has taken its place")
        _lock(again.descriptor, alone=True)
        System.lseek(again.descriptor, self._end, os.SEEK_SET)
        self._file = again

    def close(self, *, keep: bool) -> None:
        """Close the journal, and remove it unless ``keep``: its report was written.

        In a child that a test forked, this does nothing.
        """
        if System.getpid() != self._pid:
            return
        try:
            if not keep and self._is_there():
                self.path.unlink(missing_ok=True)
        finally:
            self._file.close()

    def _is_there(self) -> bool:
        """Whether its name still leads to it, and not to the journal of another session."""
        try:
            return os.path.samestat(os.lstat(self.path), self._file.status)
        except OSError:
            return False


def is_held(path: Path) -> bool:
    """Whether a running session holds the lock of a journal."""
    try:
        descriptor = os.open(path, os.O_RDONLY | BINARY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return True
    try:
        return not _lock(descriptor, alone=False)
    finally:
        os.close(descriptor)


def read_lines(path: Path) -> Iterator[Json | None]:
    """Yield the lines of a journal; None for one that cannot be read, as one that was cut off.

    Raises:
        OSError: The journal cannot be read.
    """
    with path.open("rb") as file:
        for text in file:
            yield _object(text)


def _object(text: bytes) -> Json | None:
    try:
        line = parse_json(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and text.endswith(b"\n") else None
