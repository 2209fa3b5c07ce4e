"""The block of hosted models: estimates, apart from everything that was measured."""

from __future__ import annotations

from typing import Final

from pytest_scer.core.units import counted
from pytest_scer.formats import hosted
from pytest_scer.formats.terminal.blocks import Items
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.formats.terminal.table import Column, with_names
from pytest_scer.report.model import Report

_MOST_REMARKS: Final = 4


def block(report: Report, screen: Screen, *, whole: bool = False) -> Items:
    """Lay out the table; empty if no test asked a hosted model.

    Args:
        report: The report.
        screen: Where it is printed.
        whole: Whether names and remarks are not shortened.
    """
    rows = hosted.rows(report)
    if not rows:
        return Items([], [], lambda _shown: Line(""))
    header, *lines = with_names(
        hosted.TITLE,
        [row.name for row in rows],
        [
            Column("estimate", [row.energy for row in rows]),
            Column("CO2e", [row.co2e for row in rows], rank=1),
            Column("requests", [row.requests for row in rows], rank=2),
            Column("tokens", [row.tokens for row in rows], rank=3),
        ],
        screen,
        whole=whole,
    )
    items = [[Line(line) for line in row] for row in lines]
    total = items.pop() if len(items) > 1 else []
    remarks = [
        line
        for text in hosted.remarks(report)
        for line in screen.wrap(f"  {text}", most=None if whole else 2)
    ]

    def more(shown: int) -> Line:
        return Line(screen.cut(f"  {counted(len(items) - shown, 'more model')}, see -v"))

    return Items(
        [Line(line, "title") for line in header],
        items,
        more,
        [*total, *(remarks if whole else remarks[:_MOST_REMARKS])],
    )
