"""The outputs of a session: that each can be written, and that none overwrites another file."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pytest_scer.report.files import Output, identity, is_replaceable, status_of
from pytest_scer.report.journal import journal_path


def check_outputs(
    outputs: Sequence[Output], directory: Path, source: str, others: Mapping[str, Path]
) -> None:
    """Check all outputs before the first test.

    Args:
        outputs: The outputs.
        directory: What their paths are relative to.
        source: The option or key that set them.
        others: The other files of the session, by the option or key that set each.

    Raises:
        pytest.UsageError: An output cannot be written, or would overwrite another file of the
            session.
    """
    taken: dict[object, str] = {}
    for name, path in others.items():
        taken[_identity(directory / path)] = f"this is also the file of {name}"
    has_journal = False
    for output in outputs:
        path = directory / output.path
        problem = _cannot_write(path)
        shared = taken.get(_identity(path))
        if problem is None and not has_journal and is_replaceable(path):
            has_journal = True
            journal = _identity(journal_path(path))
            shared = shared or (journal in taken and f"as its journal, {taken[journal]}") or None
            taken[journal] = f"this is the journal of {output.path}"
        if problem is None and shared is not None:
            problem = f"{shared}; choose another path"
        if problem is not None:
            raise pytest.UsageError(f"{source}: {output.path}: {problem}")
        taken[_identity(path)] = "two outputs cannot share a file"


def _identity(path: Path) -> object:
    try:
        return identity(path)
    except (OSError, ValueError):  # reported by what reads or writes it
        return str(path)


def _cannot_write(path: Path) -> str | None:
    """Why a path cannot be written; None if it can."""
    try:
        status = status_of(path)
    except OSError as error:
        return f"{error.strerror}; choose another path"
    except ValueError as error:  # a null character
        return f"{error}; choose another path"
    if status is not None and stat.S_ISDIR(status.st_mode):
        return "this is a directory; give the path of a file"
    if is_replaceable(path):
        directory = Path(os.path.realpath(path)).parent
        if not directory.is_dir():
            return f"there is no directory {directory}; create it first"
        if not os.access(directory, os.W_OK):
            return "not writable; choose another path"
    if status is not None and not os.access(path, os.W_OK):
        return "not writable; choose another path"
    return None
