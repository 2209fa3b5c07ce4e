"""Trainings as a Markdown list: what each used, and what was predicted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.formats import markdown
from pytest_scer.formats import markdown_details as details
from pytest_scer.formats.trainings import details as more_of
from pytest_scer.formats.trainings import of_report, used
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names

MOST_ROWS: Final = 10
"""How many trainings are listed; the others are counted."""


def trainings(report: Report, names: Names) -> Iterator[str]:
    """Yield what each training used and was predicted to use.

    Args:
        report: The report.
        names: The names of its tests.
    """
    rows = [*of_report(report)]
    if rows:
        yield ""
        yield "**Training**"
        yield ""
    for test, training in rows[:MOST_ROWS]:
        cost = used(training, report.conversion, report.digits)
        yield f"* {markdown.code(names.attempt(test))}: {markdown.text(cost)}"
        for text in more_of(training, report.digits):
            yield f"  <br>{markdown.text(text)}"
    yield from details.more(len(rows) - MOST_ROWS, "training")
