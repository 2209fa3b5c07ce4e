"""Where a budget is set, as ``file:line``."""

from __future__ import annotations

import linecache
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

_DEFINITIONS: Final = ("def ", "async def ")


def place_of_mark(item: pytest.Item, level: str, text: str) -> str | None:
    """The place of a budget in a ``scer`` marker, relative to the root directory.

    The line of the budget itself if it is written there as a string, otherwise that of the test.

    Args:
        item: The test.
        level: Where the marker is set: ``function``, ``parameter set``, ``class`` or another node.
        text: The budget as the user wrote it.
    """
    path, line, _ = item.location
    if line is None:
        return None
    source = _lines(item.path)
    found = _first(source, _searched(item, level, source, line), f'"{text}"', f"'{text}'")
    return f"{Path(path).as_posix()}:{(line if found is None else found) + 1}"


def _searched(item: pytest.Item, level: str, source: list[str], line: int) -> range:
    """The lines that may hold a marker of this level, counted from 0."""
    if level in ("function", "parameter set"):
        ends = (n for n in range(line, len(source)) if source[n].lstrip().startswith(_DEFINITIONS))
        return range(line, next(ends, line))
    begins: int | None = None
    if level == "class":
        class_ = item.getparent(pytest.Class)
        begins = None if class_ is None else class_.reportinfo()[1]
    elif level == "module":
        begins = _first(source, range(len(source)), "pytestmark")
    return range(0) if begins is None else range(begins, len(source))


def place_in_file(path: Path | None, key: str, text: str) -> str | None:
    """The place of a budget in a configuration file; None if it is not written there.

    Args:
        path: The configuration file; None if there is none.
        key: The key that holds the budget.
        text: The budget, or the rule, as the user wrote it.
    """
    if path is None:
        return None
    source = [" ".join(line.split()) for line in _lines(path)]
    keys = (n for n, line in enumerate(source) if line.lstrip("\"'").startswith(key))
    begins = next(keys, None)
    if begins is None:
        return None
    found = _first(source, range(begins, len(source)), " ".join(text.split()))
    return None if found is None else f"{path.name}:{found + 1}"


def _lines(path: Path) -> list[str]:
    """The lines of a file; none if it cannot be read."""
    linecache.checkcache(str(path))
    return linecache.getlines(str(path))


def _first(source: list[str], lines: Iterable[int], *texts: str) -> int | None:
    """The first of these lines that contains one of the texts."""
    return next((n for n in lines if any(text in source[n] for text in texts)), None)
