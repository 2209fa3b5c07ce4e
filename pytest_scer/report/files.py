"""Output files: identified by format and path, and replaced atomically."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pytest_scer.system import System


class Output(NamedTuple):
    """A file to write the report to, and its format."""

    kind: str
    path: Path


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Write a file atomically: to a temporary file next to it that then replaces it.

    Args:
        path: The file.
        pieces: Its text; line endings are not translated, since CSV has its own.

    Raises:
        OSError: The file cannot be written.
    """
    descriptor, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with System.open_file(descriptor, "w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(partial, 0o666 & ~_umask())
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def _umask() -> int:
    """Return the permissions that this process withholds from new files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
