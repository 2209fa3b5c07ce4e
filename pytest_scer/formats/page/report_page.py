"""The page of a report, in the order in which a report is read."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_scer.formats.page.shell import Page, render
from pytest_scer.formats.terminal import headline
from pytest_scer.report.model import Report


def dump_report(report: Report) -> Iterator[str]:
    """Yield the page as one HTML document."""
    verdict, state = headline.verdict(report)
    answer = {
        "verdict": verdict,
        "state": state,
        "total": headline.total(report),
        "parts": headline.parts(report),
    }
    yield render(Page(f"SCER report: {verdict}", "report.html", {"answer": answer}))
