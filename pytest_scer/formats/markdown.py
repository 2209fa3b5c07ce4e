"""Markdown as GitHub and GitLab render it: the one place where text is escaped and cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

MOST_CHARACTERS: Final = 200
"""A name or a sentence is cut to this length: parameters may be of any length, and a summary of
GitHub Actions has at most 1 MiB."""
PARAGRAPH: Final = 2000
"""The same for a paragraph."""

_SPECIAL: Final = re.compile(r"([\\`*_\[\]|~$#])")
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
