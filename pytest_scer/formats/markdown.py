"""Markdown as GitHub and GitLab render it: the one place where text is escaped and cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

MOST_BYTES: Final = 65_536
"""The size of a document in bytes of UTF-8, which may be posted as a comment.

A comment on GitHub has at most 65,536 characters, a note on GitLab 1 MiB, a step summary of GitHub
Actions 1 MiB. A character has at least one byte, so this fits all of them.
"""
MOST_CHARACTERS: Final = 200
"""A name or a sentence is cut to this length: parameters may be of any length."""
PARAGRAPH: Final = 2000
"""The same for a paragraph."""

_SPECIAL: Final = re.compile(r"([\\`*_\[\]|~$#!])")
_BARE_PIPE: Final = re.compile(r"(?<!\\)((?:\\\\)*)\|")
"""A pipe behind an even number of backslashes, which GitHub's parser pairs."""
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_UNPRINTABLE: Final = "\N{REPLACEMENT CHARACTER}"
# Without the invisible character, a comment would notify a user of that name.
_MENTION: Final = "@\N{WORD JOINER}"


def text(value: str, most: int = MOST_CHARACTERS) -> str:
    """Escape text, so that it is shown as it is.

    Args:
        value: Any text.
        most: How many of its characters are shown.
    """
    escaped = _SPECIAL.sub(r"\\\1", _cut(_printable(value), most))
    for character, entity in _ENTITIES.items():
        escaped = escaped.replace(character, entity)
    return escaped.replace("@", _MENTION)


def code(value: str, most: int = MOST_CHARACTERS) -> str:
    """Write text as a code span (CommonMark 0.31, "Code spans").

    Args:
        value: Any text.
        most: How many of its characters are shown.
    """
    shown = _cut(_printable(value), most)
    if not shown.strip():
        return ""
    longest = max(map(len, re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{shown}{space}{fence}"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table after a blank line; nothing without rows (GFM 0.29, "Tables").

    Args:
        headers: The columns, escaped; those that end with a colon are aligned to the right.
        rows: The cells, escaped. A pipe in one would end it, also within a code span.
    """
    if not rows:
        return
    yield ""
    yield _row([header.removesuffix(":") for header in headers])
    yield _row(["---:" if header.endswith(":") else "---" for header in headers])
    for row in rows:
        yield _row([_BARE_PIPE.sub(r"\1\\|", cell) for cell in row])


class Part(NamedTuple):
    """A part of a document.

    Attributes:
        lines: Its lines; none if there is nothing to say.
        name: What it is called where it is left out.
        rank: The part with the highest rank is left out first; parts of rank 0 always stay.
    """

    lines: Sequence[str]
    name: str = ""
    rank: int = 0


def fitting(parts: Iterable[Part], most: int = MOST_BYTES) -> Iterator[str]:
    """Yield the lines of a document of limited size, and name what is left out.

    Args:
        parts: Its parts, in order.
        most: How many bytes it may have in UTF-8.
    """
    kept = list(parts)
    left_out: list[Part] = []
    for part in sorted((each for each in kept if each.rank), key=lambda each: -each.rank):
        if _size(kept) + _size([_remark(left_out, most)]) <= most:
            break
        if part.lines:
            kept.remove(part)
            left_out.append(part)
    for part in (*kept, _remark(left_out, most)):
        yield from part.lines


def _size(parts: Iterable[Part]) -> int:
    return sum(len(line.encode("utf-8", "replace")) + 1 for part in parts for line in part.lines)


def _remark(left_out: Sequence[Part], most: int) -> Part:
    if not left_out:
        return Part([])
    names = ", ".join(part.name for part in left_out)
    return Part(["", f"<sub>Left out to stay within {most:,} bytes: {names}.</sub>"])


def folded(summary: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines that are shown once the reader opens them; nothing without lines.

    Args:
        summary: What stands above them, escaped.
        lines: The lines.
    """
    inner = list(lines)
    if not inner:
        return
    yield ""
    yield f"<details><summary>{summary}</summary>"
    if inner[0]:
        yield ""
    yield from inner
    yield ""
    yield "</details>"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _printable(value: str) -> str:
    """Text on one line, without characters that control the terminal or the direction."""
    on_a_line = "".join(" " if each.isspace() else each for each in value)
    return "".join(each if each.isprintable() else _UNPRINTABLE for each in on_a_line)


def _cut(value: str, most: int) -> str:
    """Shorten text in its middle: a node ID begins with its file and ends with its parameters."""
    if len(value) <= most:
        return value
    end = (most - 1) // 2
    return f"{value[: most - 1 - end]}\N{HORIZONTAL ELLIPSIS}{value[len(value) - end :]}"
