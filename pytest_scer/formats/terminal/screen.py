"""What lines are made for: the columns of a terminal, and the characters that it can show."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TextIO

from pytest_scer.formats.terminal.characters import cut_end, cut_middle, display_width, wrapped
from pytest_scer.lazy_dataclass import dataclass

SPARKS: Final = "▁▂▃▄▅▆▇█"
"""The heights of a trend, the lowest first."""
BAR: Final = "█"
_IN_ASCII: Final = {"±": "+-", "…": "...", BAR: "#", **dict(zip(SPARKS, "_.,-=+*#", strict=True))}
_NARROWEST: Final = 40
"""Below this pytest takes a terminal's width to be a mistake, and prints for 80 columns."""
_USUAL: Final = 80


class Line(NamedTuple):
    """A line to print.

    Attributes:
        text: The line.
        style: ``bad``, ``doubtful``, ``good``, ``title`` or nothing: how a terminal marks it.
    """

    text: str
    style: str = ""


MARKUP: Final[Mapping[str, dict[str, bool]]] = {
    "bad": {"red": True, "bold": True},
    "doubtful": {"yellow": True},
    "good": {"green": True},
    "title": {"bold": True},
    "": {},
}
"""The styles as pytest's terminal writer names them."""


@dataclass(frozen=True)
class Screen:
    """Where a report is printed.

    Attributes:
        width: The columns that a line may take: one fewer than there are, because some terminals
            break a line that reaches the last one.
        encoding: The encoding of the stream.
        plain: Whether the plugin's own characters, such as bars, have to be ASCII.
    """

    width: int
    encoding: str = "utf-8"
    plain: bool = False

    @classmethod
    def of(cls, stream: TextIO | None = None) -> Screen:
        """The screen behind a stream, by default that of the standard output."""
        columns = shutil.get_terminal_size((_USUAL, 24)).columns
        encoding = getattr(stream or sys.stdout, "encoding", None)
        return cls(
            (columns if columns >= _NARROWEST else _USUAL) - 1,
            encoding or "utf-8",
            os.environ.get("TERM") == "dumb",
        )

    @property
    def ellipsis(self) -> str:
        """What stands for text that was cut."""
        return self.text("…")

    def text(self, text: str) -> str:
        """Make text printable here: without control characters, in characters of the encoding."""
        if text.isascii() and text.isprintable():
            return text
        return "".join(map(self._shown, text))

    def _shown(self, char: str) -> str:
        if char in _IN_ASCII and (self.plain or not self._encodes(char)):
            return _IN_ASCII[char]
        if not char.isprintable():
            return char.encode("unicode-escape").decode("ascii")
        return char if self._encodes(char) else ascii(char)[1:-1]

    def _encodes(self, char: str) -> bool:
        try:
            char.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return char.isascii()
        return True

    def name(self, name: str, room: int) -> str:
        """A printable name within a number of columns: it loses folders first, then its middle."""
        text = self.text(name)
        while display_width(text) > room and (inner := _without_folder(text)) is not None:
            text = inner
        return cut_middle(text, room, self.ellipsis)

    def cut(self, text: str) -> str:
        """Printable text on one line."""
        return cut_end(self.text(text), self.width, self.ellipsis)

    def wrap(self, text: str, style: str = "", *, most: int | None = None) -> Iterator[Line]:
        """Printable text on as many lines as it takes.

        Args:
            text: The text; further lines are indented by two columns more than the first.
            style: How to mark it.
            most: The number of lines after which it is cut.
        """
        indent = " " * (len(text) - len(text.lstrip(" ")) + 2)
        lines = wrapped(self.text(text), self.width, indent)
        if most is not None and len(lines) > most:
            rest = " ".join([lines[most - 1], *(line.strip() for line in lines[most:])])
            lines = [*lines[: most - 1], cut_end(rest, self.width, self.ellipsis)]
        return (Line(line, style) for line in lines)


def _without_folder(name: str) -> str | None:
    """The node ID of a test without its first folder; None if it has none."""
    path, separator, rest = name.partition("::")
    _, slash, inner = path.partition("/")
    is_path = slash and separator and "[" not in path  # a parameter may hold both
    return inner + separator + rest if is_path else None
