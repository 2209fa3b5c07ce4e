"""Hosted models as a Markdown table: estimates, apart from everything that was measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.formats import hosted, markdown
from pytest_scer.formats import markdown_details as details
from pytest_scer.report.model import Report

MOST_ROWS: Final = 10
"""How many rows are listed; the others are counted."""


def hosted_models(report: Report) -> Iterator[str]:
    """Yield what hosted models are estimated to have used, apart from what was measured."""
    rows = hosted.rows(report)
    yield from markdown.table(
        [hosted.TITLE, "estimate:", "CO2e:", "requests:", "tokens:"],
        [
            (markdown.text(row.name), row.energy, row.co2e, row.requests, row.tokens)
            for row in rows[:MOST_ROWS]
        ],
    )
    yield from details.more(len(rows) - MOST_ROWS, "row")
    if rows:
        yield ""
        yield from (f"* {markdown.text(text)}" for text in hosted.remarks(report))
