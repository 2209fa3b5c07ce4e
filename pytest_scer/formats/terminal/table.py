"""Tables whose rows are one line each: a name, and columns of figures behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tabulate import tabulate

from pytest_scer.formats.terminal.characters import display_width, padded, wrapped
from pytest_scer.formats.terminal.screen import Screen
from pytest_scer.lazy_dataclass import dataclass

LEAST_NAME: Final = 0.38
"""The share of the width that names should have; for less, optional columns are dropped."""
INDENT: Final = "  "


@dataclass(frozen=True)
class Column:
    """A column of figures.

    Attributes:
        header: Its header.
        cells: Its cells, one per row.
        left: Whether it is left-aligned.
        rank: 0 for a column that is always shown; those of the highest rank are the first to be
            dropped on a narrow terminal.
    """

    header: str
    cells: Sequence[str]
    left: bool = False
    rank: int = 0


def columns(shown: Sequence[Column], screen: Screen) -> list[str]:
    """Lay out a header and rows of columns."""
    cells = [[screen.text(cell) for cell in (each.header, *each.cells)] for each in shown]
    align = ["left" if each.left else "right" for each in shown]
    # As a row: tabulate pads headers.
    rows = list(zip(*cells, strict=True))
    table = tabulate(rows, tablefmt="plain", colalign=align, disable_numparse=True)
    return [line.rstrip() for line in table.split("\n")]


def with_names(
    title: str,
    names: Sequence[str],
    figures: Sequence[Column],
    screen: Screen,
    *,
    whole: bool = False,
    least_name: float = LEAST_NAME,
) -> list[list[str]]:
    """Lay out a table: the lines of its header, then those of each row, which is one line.

    Args:
        title: What stands in the header above the names.
        names: The name of each row, shortened if there is no room for it.
        figures: The columns behind the names.
        screen: Where the table is printed.
        whole: Whether names are never shortened: they stand above their figures if they are long.
        least_name: The share of the width that names should have.
    """
    longest = max(map(display_width, (title, *(INDENT + screen.text(name) for name in names))))
    shown, table = _fitted(figures, min(longest, int(least_name * screen.width)), screen)
    room = screen.width - len(INDENT) - max(map(display_width, table))
    if whole and room < longest:
        return _above(title, names, shown, screen)
    room = max(min(room, longest), 0)
    within = room - len(INDENT)
    fitted = [screen.name(title, room), *(INDENT + screen.name(name, within) for name in names)]
    return [
        [screen.cut(f"{padded(name, room)}{INDENT}{row}".rstrip())]
        for name, row in zip(fitted, table, strict=True)
    ]


def _fitted(
    figures: Sequence[Column], least: int, screen: Screen
) -> tuple[list[Column], list[str]]:
    """The columns that leave room for names, and their lines."""
    shown = list(figures)
    while True:
        table = columns(shown, screen)
        room = screen.width - len(INDENT) - max(map(display_width, table))
        optional = max(each.rank for each in shown)
        if room >= least or optional == 0:
            return shown, table
        shown = [each for each in shown if each.rank < optional]


def _above(
    title: str, names: Sequence[str], shown: Sequence[Column], screen: Screen
) -> list[list[str]]:
    """Lay out a table whose names stand above their figures."""
    header, *rows = (screen.cut(2 * INDENT + line) for line in columns(shown, screen))
    return [
        [screen.cut(title), header],
        *(
            [*wrapped(INDENT + screen.text(name), screen.width, 2 * INDENT), row]
            for name, row in zip(names, rows, strict=True)
        ),
    ]
