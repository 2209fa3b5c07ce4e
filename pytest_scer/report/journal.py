"""The journal: what was measured so far, in a file, while a session with outputs runs.

A line is a JSON object with one key. The first is ``head``, the report without any test; then
come, as they end, ``test``, ``fixture``, ``warning`` and ``finding``, each test with the ``totals``
of the host at that moment. Whatever kills the session, the lines that were written are whole: at
the worst the last one is torn.
"""

from __future__ import annotations

import glob
import json
import os
import sys
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO, Final

from pytest_scer.meters.base import HostTotals
from pytest_scer.report.to_json import Json

SYNC_EVERY_S: Final = 2.0
"""How much a power loss may take: what the system had not put on the disk yet."""

if sys.platform == "win32":  # pragma: no cover - there an open file cannot be replaced at all

    def _lock(_: BinaryIO | FileIO) -> bool:
        return True

    def _create(path: Path, first_line: bytes) -> FileIO:
        file = path.open("xb", buffering=0)
        file.write(first_line)
        return file

else:
    import fcntl

    def _lock(file: BinaryIO | FileIO) -> bool:
        """Lock a file to this process; False where another one holds it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _create(path: Path, first_line: bytes) -> FileIO:
        """Make a locked file that is never seen without its first line.

        Raises:
            FileExistsError: There is one of this name.
            OSError: It cannot be written.
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
        """Give a file its name, unless there is one of that name."""
        try:
            os.link(unseen, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            if path.exists():
                raise FileExistsError(path) from None
            unseen.rename(path)


def _line(content: Json) -> bytes:
    # seven times as fast as the standard library's, and slow to import
    from pydantic_core import to_json

    return to_json(content, inf_nan_mode="null") + b"\n"


def journal_path(output: Path) -> Path:
    """Where the journal of a session stands whose first output is ``output``."""
    return output.with_name(output.name + ".journal")


class Journal:
    """A journal that is being written."""

    def __init__(self, path: Path, file: FileIO, orphans: list[Path]) -> None:
        """Keep an open, locked file; see :meth:`begin`."""
        self.path = path
        self.orphans = orphans
        """Journals of sessions that did not end, which were found and kept."""
        self._file = file
        self._synced_s = time.monotonic()

    @classmethod
    def begin(cls, output: Path, session_id: str, head: Json) -> Journal:
        """Open the journal of a session.

        Args:
            output: The session's first output.
            session_id: Makes a name of its own where another journal is in the way: that of a
                session that runs, or of one that did not end.
            head: The report without any test.

        Raises:
            OSError: It cannot be written.
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
        """Append a line and hand it to the system.

        Raises:
            OSError: The disk is full, or the file cannot be written any more.
        """
        line: Json = {kind: row}
        if totals is not None:
            line["totals"] = [totals.duration_s, totals.cpu_j, totals.gpu_j, totals.ram_j]
        self._file.write(_line(line))
        now_s = time.monotonic()
        if now_s - self._synced_s >= SYNC_EVERY_S:
            os.fsync(self._file.fileno())
            self._synced_s = now_s

    def close(self, *, keep: bool) -> None:
        """End it; a journal whose report was written is removed."""
        try:
            if not keep:
                self.path.unlink(missing_ok=True)
        finally:
            self._file.close()


def _is_held(path: Path) -> bool:
    """Whether a running session holds a journal."""
    try:
        with path.open("r+b") as file:
            return not _lock(file)
    except OSError:
        return True


def read_lines(path: Path) -> Iterator[Json]:
    """The whole lines of a journal; a torn last one is left out.

    Raises:
        OSError: It cannot be read.
        ValueError: A line that is not the last is no JSON.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, text in enumerate(file, start=1):
            try:
                line = json.loads(text)
            except ValueError:
                if not text.endswith("\n"):
                    return
                raise ValueError(
                    f"{path}: line {number} is damaged: no journal, or a bad disk"
                ) from None
            if not isinstance(line, dict):
                raise ValueError(f"{path}: line {number}: not a journal of pytest-scer")
            yield line
