"""The journal: a file with everything measured so far, while a session with outputs runs.

Each line is a JSON object whose key names its kind. The first is ``head``, the report without any
tests. Then come ``collected``, the node IDs, and as they end ``test``, ``fixture``, ``warning`` and
``finding``; a test also has the ``totals`` of the host at that moment. If the session is killed,
every written line is complete, except that the last one may be truncated.
"""

from __future__ import annotations

import glob
import json
import os
import sys
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO, Final

from pytest_scer.meters.base import HostTotals
from pytest_scer.report.to_json import Json
from pytest_scer.system import System

SYNC_EVERY_S: Final = 2.0
"""Seconds between syncs to disk; a power failure may lose what was written since the last one."""

if sys.platform == "win32":  # pragma: no cover - Windows cannot replace an open file at all

    def _lock(_: BinaryIO | FileIO) -> bool:
        return True

    def _create(path: Path, first_line: bytes) -> FileIO:
        file = path.open("xb", buffering=0)
        file.write(first_line)
        return file

else:
    import fcntl

    def _lock(file: BinaryIO | FileIO) -> bool:
        """Lock a file for this process; return False if another process holds the lock."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _create(path: Path, first_line: bytes) -> FileIO:
        """Create a locked file that other processes never see without its first line.

        Raises:
            FileExistsError: There is already a file of this name.
            OSError: The file cannot be written.
        """
        unseen = path.with_name(f".{path.name}.{os.getpid()}")
        file = unseen.open("xb", buffering=0)  # a buffer would be lost with the process
        try:
            _lock(file)
            file.write(first_line)
            _name(unseen, path)
        except BaseException:
            file.close()
            raise
        finally:
            unseen.unlink(missing_ok=True)
        return file

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


def _line(content: Json) -> bytes:
    # Seven times as fast as the standard library's json, but slow to import.
    from pydantic_core import to_json

    return to_json(content, inf_nan_mode="null") + b"\n"


def journal_path(output: Path) -> Path:
    """Return the path of the journal of a session whose first output is ``output``."""
    return output.with_name(output.name + ".journal")


class Journal:
    """A journal that is being written."""

    def __init__(self, path: Path, file: FileIO, orphans: list[Path]) -> None:
        """Wrap an open, locked file; see :meth:`begin`."""
        self.path = path
        self.orphans = orphans
        """Journals left behind by sessions that did not end; they are kept."""
        self._file = file
        self._synced_s = System.perf_counter()

    @classmethod
    def begin(cls, output: Path, session_id: str, head: Json) -> Journal:
        """Open the journal of a session.

        Args:
            output: The session's first output.
            session_id: Makes the name unique if there is another journal already: that of a
                running session, or of one that did not end.
            head: The report without any tests.

        Raises:
            OSError: The journal cannot be written.
        """
        pattern = f"{glob.escape(output.name)}*.journal"
        orphans = [path for path in sorted(output.parent.glob(pattern)) if not _is_held(path)]
        path = journal_path(output)
        first_line = _line({"head": head})
        try:
            return cls(path, _create(path, first_line), orphans)
        except FileExistsError:
            own = path.with_name(f"{output.name}.{session_id}.journal")
            return cls(own, _create(own, first_line), orphans)

    def write(self, kind: str, row: Any, totals: HostTotals | None = None) -> None:
        """Append a line and pass it to the operating system.

        Raises:
            OSError: The disk is full, or the file can no longer be written.
        """
        line: Json = {kind: row}
        if totals is not None:
            line["totals"] = [totals.duration_s, totals.cpu_j, totals.gpu_j, totals.ram_j]
        self._file.write(_line(line))
        now_s = System.perf_counter()
        if now_s - self._synced_s >= SYNC_EVERY_S:
            os.fsync(self._file.fileno())
            self._synced_s = now_s

    def close(self, *, keep: bool) -> None:
        """Close the journal, and remove it unless ``keep``: its report was written."""
        try:
            if not keep:
                self.path.unlink(missing_ok=True)
        finally:
            self._file.close()


def _is_held(path: Path) -> bool:
    """Whether a running session holds the lock of a journal."""
    try:
        with path.open("r+b") as file:
            return not _lock(file)
    except OSError:
        return True


def read_lines(path: Path) -> Iterator[Json]:
    """Yield the lines of a journal, without a truncated last one.

    Raises:
        OSError: The journal cannot be read.
        ValueError: A complete line is not a JSON object.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, text in enumerate(file, start=1):
            try:
                line = json.loads(text)
            except ValueError:
                if not text.endswith("\n"):
                    return
                raise ValueError(
                    f"{path}: line {number} is not JSON: the file is damaged or not a journal"
                ) from None
            if not isinstance(line, dict):
                raise ValueError(f"{path}: line {number}: not a pytest-scer journal")
            yield line
