"""The calls of models: what a token and a request cost, and how fast they came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_scer.formats.model_calls import calls_of, figures, problems, runs
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names

MOST: Final = 50
"""How many calls are listed; the others are counted."""


@dataclass(frozen=True)
class Row:
    """A call: the test that made it, and its figures."""

    name: str
    nodeid: str
    cells: Sequence[str]


@dataclass(frozen=True)
class Calls:
    """The table of calls.

    Attributes:
        headers: What its columns hold.
        rows: The calls, the most expensive first.
        more: How many are not listed.
        problems: Why nothing was counted in some.
    """

    headers: Sequence[str]
    rows: Sequence[Row]
    more: int
    problems: Sequence[str]


def calls(report: Report, names: Names) -> Calls | None:
    """Return the calls of a report; None without any.

    Args:
        report: The report.
        names: The names of its tests.
    """
    made = calls_of(report)
    if not made:
        return None
    columns = figures([call for _, call in made[:MOST]], report.digits)
    cells = zip(*(column.cells for column in columns), strict=True)
    rows = [
        Row(f"{names.short(nodeid)}{runs(call)}", nodeid, row)
        for (nodeid, call), row in zip(made[:MOST], cells, strict=True)
    ]
    headers = [column.header[:1].upper() + column.header[1:] for column in columns]
    reasons = problems(call for _, call in made)
    return Calls(headers, rows, len(made) - len(rows), reasons)
