"""Lines and tables within the width of a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from pytest_scer.scoring.sci import OPERATIONAL_ONLY

NAME_WIDTH: Final = 40
"""Columns of a name; if there is room for fewer, each row takes two lines."""
_LEAST_WIDTH: Final = 20
"""Columns that are used in any case; a terminal with fewer breaks lines itself."""


def wrapped(line: str, width: int) -> list[str]:
    """Wrap a line to the width, and indent all lines after the first.

    The caveat that a figure is not an SCI score is never split, so that you can search for it.
    """
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    whole = line.replace(OPERATIONAL_ONLY, OPERATIONAL_ONLY.replace(" ", "\xa0"))
    parts = textwrap.wrap(
        whole,
        max(width, _LEAST_WIDTH) - 1,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [part.replace("\xa0", " ") for part in parts]


def columns(cells: Mapping[str, Sequence[str]], left: Collection[str]) -> list[str]:
    """Lay out a table of named columns, left-aligned if in ``left``, otherwise right-aligned."""
    padded = []
    for header, column in cells.items():
        width = max(map(len, (header, *column)))
        align = str.ljust if header in left else str.rjust
        padded.append([align(cell, width) for cell in (header, *column)])
    return ["  ".join(row).rstrip() for row in zip(*padded, strict=True)]


def with_names(names: list[str], table: list[str], width: int) -> Iterator[str]:
    """Put a name before each row of a table, or above it if the line has no room for both."""
    width = max(width, _LEAST_WIDTH)
    header, *rows = (line.rstrip() for line in table)
    longest = max(map(len, names))
    room = width - 3 - max(map(len, (header, *rows)))
    if room >= min(NAME_WIDTH, longest):
        room = min(room, longest)
        yield " " * room + "  " + header
        for name, row in zip(names, rows, strict=True):
            yield _fit(name, room).ljust(room) + "  " + row
    else:
        yield "  " + header
        for name, row in zip(names, rows, strict=True):
            yield _fit(name, width - 1)
            yield "  " + row


def _fit(text: str, room: int) -> str:
    """Shorten a name at its start, the least telling part of a node ID."""
    return text if len(text) <= room else "..." + text[-(room - 3) :]
