"""The calls of models: what a token and a request cost, and how fast they came."""

from __future__ import annotations

from pytest_scer.core.units import counted
from pytest_scer.formats.model_calls import calls_of, figures, problems, runs
from pytest_scer.formats.terminal.blocks import Items
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.formats.terminal.table import Column, with_names
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names


def block(report: Report, names: Names, screen: Screen, *, whole: bool = False) -> Items:
    """Lay out the calls, the most expensive first.

    Args:
        report: The report.
        names: The names of its tests.
        screen: Where they are printed.
        whole: Whether names are not shortened.
    """
    made = calls_of(report)
    calls = [call for _, call in made]
    shown = [
        Column(each.header, each.cells, rank=each.rank) for each in figures(calls, report.digits)
    ]

    def more(count: int) -> Line:
        return Line(screen.cut(f"  {counted(len(made) - count, 'more call')}, see -v"))

    if not made:
        return Items([], [], more)
    labels = [f"{names.short(nodeid)}{runs(call)}" for nodeid, call in made]
    header, *rows = with_names("calls of models", labels, shown, screen, whole=whole)
    tail = [line for text in problems(calls) for line in screen.wrap(f"  {text}", most=2)]
    head = [Line(text, "title") for text in header]
    return Items(head, [[Line(text) for text in row] for row in rows], more, tail)
