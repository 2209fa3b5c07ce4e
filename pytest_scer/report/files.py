"""Files to write: named by kind and path, replaced as a whole or left as they were."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Output(NamedTuple):
    """A file to write the report to, and its form."""

    kind: str
    path: Path


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Write a file beside its place, and put it there when it is complete.

    Args:
        path: The file.
        pieces: Its text, written as it is: a CSV ends its lines in a way of its own.

    Raises:
        OSError: It could not be written.
    """
    descriptor, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(partial, 0o666 & ~_umask())
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def _umask() -> int:
    """The permissions that this process withholds from new files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
