"""The calls of models as a Markdown table: what a token and a request cost in each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.formats import markdown
from pytest_scer.formats import markdown_details as details
from pytest_scer.formats.model_calls import calls_of, figures, problems, runs
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names

MOST_ROWS: Final = 10
"""How many calls are listed; the others are counted."""


def model_calls(report: Report, names: Names) -> Iterator[str]:
    """Yield what a token and a request cost in the most expensive calls of models.

    Args:
        report: The report.
        names: The names of its tests.
    """
    made = calls_of(report)
    columns = figures([call for _, call in made[:MOST_ROWS]], report.digits)
    cells = zip(*(column.cells for column in columns), strict=True)
    yield from markdown.table(
        ["calls of models", *(f"{column.header}:" for column in columns)],
        [
            (markdown.code(names.short(nodeid)) + runs(call), *map(markdown.text, row))
            for (nodeid, call), row in zip(made, cells, strict=False)
        ],
    )
    yield from details.more(len(made) - MOST_ROWS, "call")
    if reasons := problems(call for _, call in made):
        yield ""
        yield from (f"* {markdown.text(reason)}" for reason in reasons)
