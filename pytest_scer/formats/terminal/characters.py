"""How wide text is in a terminal, and how it is cut there."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_EMOJI: Final = "\N{VARIATION SELECTOR-16}"
"""Turns the character before it into an emoji, which is one column wider than most symbols."""


@lru_cache(maxsize=4096)
def _columns(char: str) -> int:
    """The columns of one character (Unicode Standard Annex 11, East Asian Width)."""
    if char == _EMOJI:
        return 1
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def display_width(text: str) -> int:
    """The number of columns that printable text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def padded(text: str, width: int) -> str:
    """Text with spaces behind it, up to a width."""
    return text + " " * (width - display_width(text))


def _taken(chars: Iterable[str], room: int) -> int:
    """How many of these characters fit into this number of columns."""
    count = used = 0
    for char in chars:
        used += _columns(char)
        if used > room:
            break
        count += 1
    return count


def cut_end(text: str, room: int, ellipsis: str) -> str:
    """Shorten text at its end to a number of columns."""
    if display_width(text) <= room:
        return text
    return text[: _taken(text, room - len(ellipsis))] + ellipsis[: max(room, 0)]


def cut_middle(text: str, room: int, ellipsis: str) -> str:
    """Shorten a name in the middle: its start says what it is, its end which one of several."""
    if display_width(text) <= room:
        return text
    left = max(room - len(ellipsis), 0)
    tail = _taken(reversed(text), left // 2)
    head = text[: _taken(text, left - left // 2)]
    return head + ellipsis[: max(room, 0)] + (text[-tail:] if tail else "")


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Wrap text at its spaces, and inside of a word only if it is longer than a line.

    Args:
        text: The text; its leading spaces are kept.
        width: Columns of a line.
        indent: What lines after the first begin with.
    """
    words = text.split()
    line = text[: len(text) - len(text.lstrip(" "))]
    lines, is_empty = [], True
    for word in words:
        rest = word
        if not is_empty and display_width(line) + 1 + display_width(rest) > width:
            lines.append(line)
            line, is_empty = indent, True
        while display_width(line) + (not is_empty) + display_width(rest) > width:
            fits = max(_taken(rest, width - display_width(line)), 1)
            lines.append(line + rest[:fits])
            line, rest = indent, rest[fits:]
        if rest:
            line, is_empty = line + ("" if is_empty else " ") + rest, False
    return [*lines, line] if not is_empty or not lines else lines
