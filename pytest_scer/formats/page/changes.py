"""The comparison with the baseline: the tests that changed, and the session as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pytest_scer.baseline.gate import RULE
from pytest_scer.core import units
from pytest_scer.formats.page.figures import Figure, quantity
from pytest_scer.formats.terminal import baseline
from pytest_scer.formats.terminal.changes import ORDER
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names

STATES: Final = {"regression": "bad", "improved": "good", "inconclusive": "doubtful"}
MOST: Final = 50
"""How many changed tests are listed; the table of tests has all of them."""


@dataclass(frozen=True)
class Row:
    """A test that changed."""

    name: str
    nodeid: str
    before: Figure
    now: Figure
    change: Figure
    around: str
    verdict: str
    state: str
    judged_on: str
    notes: Sequence[str]


def changes(report: Report, names: Names) -> dict[str, Any] | None:
    """Return what is shown of the comparison; None without a baseline."""
    session = report.baseline
    if session is None:
        return None
    compared = [
        (names.attempt(test), test.nodeid, test.baseline)
        for test in last_attempts(report.tests)
        if test.baseline is not None
    ]
    entries = [entry for _, _, entry in compared]
    ranked = sorted(
        (row for row in compared if row[2].verdict in STATES),
        key=lambda row: (ORDER.index(row[2].verdict), -row[2].difference_j),
    )
    return {
        "against": session.against,
        "session": baseline.session_text(session),
        "state": STATES.get(session.verdict, ""),
        "summary": baseline.summary(entries),
        "rows": [row(*each) for each in ranked[:MOST]],
        "more": max(len(ranked) - MOST, 0),
        "remarks": [*session.notes, *baseline.visibility(entries)],
        "rule": RULE,
    }


def row(name: str, nodeid: str, entry: BaselineEntry) -> Row:
    """A test of a comparison as a row.

    Args:
        name: Its name.
        nodeid: Its node ID.
        entry: Its comparison.
    """
    change, noise = entry.change, entry.noise
    return Row(
        name,
        nodeid,
        quantity(entry.value, "J"),
        Figure(units.quantity(entry.corrected_j, "J"), entry.corrected_j),
        Figure("-" if change is None else f"{change:+.0%}", change),
        "" if noise is None else f"±{noise:.0%}",
        entry.verdict,
        STATES.get(entry.verdict, ""),
        baseline.judged_on(entry) if change is not None else entry.reason or "",
        entry.notes,
    )
