"""The tables of compared variants and of sweeps."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_scer.core.units import counted
from pytest_scer.formats.terminal import variant_rows
from pytest_scer.formats.terminal.blocks import Items
from pytest_scer.formats.terminal.screen import BAR, Line, Screen
from pytest_scer.formats.terminal.table import INDENT, Column, with_names
from pytest_scer.report.comparisons import ComparisonEntry
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names

_LONGEST_BAR = 8


def of_session(report: Report, names: Names, screen: Screen, *, whole: bool = False) -> Items:
    """The block of comparisons; empty if no test compared anything.

    Args:
        report: The report.
        names: The names of its tests.
        screen: Where it is printed.
        whole: Whether names are never shortened.
    """
    items = [
        lines
        for test, entry in variant_rows.compared(report)
        for lines in _of_one(names.attempt(test), entry, report.digits, screen, whole=whole)
    ]

    def more(shown: int) -> Line:
        rest = counted(len(items) - shown, "more variant")
        return Line(screen.cut(f"{INDENT}{rest}, see -v"))

    return Items([], items, more)


def _of_one(
    name: str, entry: ComparisonEntry, digits: int, screen: Screen, *, whole: bool
) -> Iterator[list[Line]]:
    """Yield the lines of each variant; the first has the table's header above it."""
    rows = variant_rows.rows(entry, digits)
    per_unit = [row.per_unit for row in rows]
    qualities = [row.quality or "-" for row in rows]
    figures = [
        Column("energy", [row.energy for row in rows], rank=3 if entry.unit else 0),
        *([Column(variant_rows.per(entry), per_unit)] if entry.unit else []),
        Column("to cheapest", [row.relative for row in rows], left=True, rank=1),
        Column("", [_bar(row.share) for row in rows], left=True, rank=2),
        *([Column("quality", qualities)] if any(row.quality for row in rows) else []),
        Column("", [row.remark for row in rows], left=True),
        Column("", [row.by for row in rows], left=True, rank=4),
    ]
    title = Line(screen.cut(variant_rows.title(name, entry)), "title")
    header, *table = with_names(
        INDENT.rstrip(), [row.name for row in rows], figures, screen, whole=whole, least_name=0.2
    )
    above = [title, *map(Line, header)]
    for lines in table:
        yield [*above, *map(Line, lines)]
        above = []


def _bar(share: float) -> str:
    return BAR * max(round(_LONGEST_BAR * share), int(share > 0))
