"""What was found out about this machine, kept until it boots again.

It is in the user's cache directory, one file per question. An answer counts only if it was given
since this boot, by the same versions, for the same question, into a file that nobody else could
write. In all other cases the question is asked again: a session never depends on a file being there
or being writable. Files are replaced as a whole, so processes that start together do not disturb
each other.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pytest_scer import __version__
from pytest_scer.meters.processor import read_text
from pytest_scer.system import ON_WINDOWS

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_MOST_BYTES: Final = 65536
"""More than any answer takes; a larger file is not ours."""
_SUFFIX: Final = ".json"


def remembered(
    name: str,
    asked: Mapping[str, Any],
    ask: Callable[[], Any],
    is_valid: Callable[[Any], bool],
) -> Any:
    """The answer to a question about this machine, asked only once since it booted.

    Args:
        name: The question, which names its file.
        asked: All that the answer depends on, besides the version of this plugin: texts, numbers.
        ask: Finds the answer: texts, numbers and lists of them.
        is_valid: Whether what a file holds can be an answer.
    """
    question = {"boot": read_text(_BOOT_ID), "pytest-scer": __version__, **asked}
    path = _path(name) if question["boot"] else None
    if path is not None:
        known = _read(path)
        if known is not None and known["question"] == question and is_valid(known["answer"]):
            return known["answer"]
    answer = ask()
    if path is not None:
        with suppress(OSError, ValueError):
            _write(path, json.dumps({"question": question, "answer": answer}).encode())
    return answer


def forget() -> None:
    """Remove all answers, so that the next session asks again."""
    directory = _directory()
    if directory is not None:
        for path in directory.glob(f"*{_SUFFIX}"):
            with suppress(OSError):
                path.unlink()


def _directory() -> Path | None:
    """Where the answers are; None where a user has no directory for such files.

    The place is that of the XDG Base Directory Specification 0.8, which wants an absolute path.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(given):
        # An empty HOME would make it "/.cache".
        given = os.path.expanduser("~/.cache") if os.environ.get("HOME", "~") else ""
    return Path(given, "pytest-scer") if os.path.isabs(given) and not ON_WINDOWS else None


def _path(name: str) -> Path | None:
    directory = _directory()
    return None if directory is None else directory / f"{name}{_SUFFIX}"


def _read(path: Path) -> dict[str, Any] | None:
    """What a file holds; None if it is missing, damaged, or could have been written by others."""
    try:
        # Without waiting for a writer, should it be a FIFO.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        is_own = status.st_uid == os.geteuid()
        for_others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        is_file = stat.S_ISREG(status.st_mode) and status.st_size <= _MOST_BYTES
        if not is_own or for_others or not is_file:
            return None
        known = json.loads(os.read(descriptor, _MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    finally:
        os.close(descriptor)
    return known if isinstance(known, dict) and known.keys() == {"question", "answer"} else None


def _write(path: Path, content: bytes) -> None:
    """Replace a file as a whole.

    Raises:
        OSError: It cannot be written, or the directory belongs to another user, as the home
            directory of whoever called ``sudo`` does.
    """
    directory = path.parent
    existing = next(each for each in (directory, *directory.parents) if each.exists())
    if existing.stat().st_uid != os.geteuid():
        raise PermissionError(existing)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = directory / f".{path.name}.{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(new, flags, 0o600)
        try:
            os.write(descriptor, content)
        finally:
            os.close(descriptor)
        os.replace(new, path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise
