"""A comparison as the comment on a pull request, in the style of the report in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from pytest_scer.baseline.advice import advice
from pytest_scer.baseline.compare import Compared
from pytest_scer.core import units
from pytest_scer.formats import comparison, markdown
from pytest_scer.formats.markdown import Part
from pytest_scer.formats.markdown_details import more
from pytest_scer.formats.markdown_report import what_to_do
from pytest_scer.formats.terminal import baseline
from pytest_scer.formats.terminal.changes import STYLES, word
from pytest_scer.formats.terminal.headline import counted
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.names import Names

MOST_CHANGED: Final = 20
"""How many tests are listed that changed; the others are counted."""
MOST_OTHERS: Final = 50
"""The same of those that did not, and of those that only one side has."""
_MOST_NOTES: Final = 10

Row = tuple[str, BaselineEntry]
"""The node ID of a test, and its comparison."""


def lines(compared: Compared) -> Iterator[str]:
    """Yield the lines of the comment, which fits the limits of GitHub and GitLab.

    Args:
        compared: The comparison.
    """
    rows = comparison.ranked(compared)
    changed = [row for row in rows if row[1].verdict in STYLES]
    others = [row for row in rows if row[1].verdict not in STYLES]
    yield from markdown.fitting(
        [
            Part([*_head(compared)]),
            Part([*_table(changed, MOST_CHANGED)], "changes", 1),
            Part([*what_to_do(advice(compared), Names(compared.judged))], "what to do", 2),
            Part([*_remarks(compared)], "remarks", 3),
            Part([*_others(others)], "unchanged tests", 5),
            Part([*_only_one_side(compared)], "new and vanished tests", 4),
        ]
    )


def _head(compared: Compared) -> Iterator[str]:
    session = compared.session
    said, _ = comparison.verdict(compared)
    yield f"### Energy and CO2e of the tests: {markdown.text(said)}"
    yield ""
    yield f"**All tests together: {markdown.text(baseline.session_text(session))}**{_sums(session)}"
    yield ""
    yield f"{markdown.text(comparison.sides(compared), markdown.PARAGRAPH)}."
    for note in session.notes:
        yield ""
        yield f"{markdown.text(note[0].upper() + note[1:], markdown.PARAGRAPH)}."


def _sums(session: BaselineEntry) -> str:
    """Joules and grams of all tests on both sides, at the grid of the baseline."""
    if session.value is None:
        return ""
    joules = [units.quantity(each, "J") for each in (session.value, session.corrected_j)]
    grams = [
        units.quantity(each, "g", suffix=" CO2e")
        for each in (session.baseline_co2e_g, session.co2e_g)
    ]
    return f": {joules[0]} to {joules[1]}, {grams[0]} to {grams[1]}"


def _table(rows: Sequence[Row], most: int) -> Iterator[str]:
    yield from markdown.table(
        ["test", "baseline:", "now:", "change:", "noise:", "CO2e now:", "verdict"],
        [_cells(nodeid, entry) for nodeid, entry in rows[:most]],
    )
    yield from more(len(rows) - most, "test")
    notes = [
        f"* {markdown.code(nodeid)}: {markdown.text(note)}"
        for nodeid, entry in rows[:most]
        for note in entry.notes
    ]
    if notes:
        yield ""
        yield from notes[:_MOST_NOTES]
        yield from more(len(notes) - _MOST_NOTES, "note")


def _cells(nodeid: str, entry: BaselineEntry) -> tuple[str, ...]:
    said = word(entry.verdict)
    return (
        markdown.code(nodeid),
        units.quantity(entry.value, "J"),
        units.quantity(entry.corrected_j, "J"),
        "-" if entry.change is None else f"{entry.change:+.0%}",
        "-" if entry.noise is None else f"\u00b1{entry.noise:.0%}",
        units.quantity(entry.co2e_g, "g"),
        f"**{said}**" if entry.verdict == "regression" else said,
    )


def _remarks(compared: Compared) -> Iterator[str]:
    """Yield why tests were not compared, what else changed, and what could have been found."""
    reasons = {
        entry.reason for entry in compared.tests.values() if entry.reason and not entry.comparable
    }
    said = [
        *(f"**not compared:** {markdown.text(each)}" for each in sorted(reasons)),
        *(f"changed: {markdown.text(each)}" for each in compared.differences.noted),
        *map(markdown.text, comparison.estimates(compared.sessions[-1])),
        *(markdown.text(each, 500) for each in baseline.visibility(compared.judged.values())),
    ]
    if said:
        yield ""
        yield from (f"* {each}" for each in said[:_MOST_NOTES])
        yield from more(len(said) - _MOST_NOTES, "remark")


def _others(rows: Sequence[Row]) -> Iterator[str]:
    what = f"{counted(len(rows), 'test')} unchanged or not compared"
    yield from markdown.folded(what, _table(rows, MOST_OTHERS))


def _only_one_side(compared: Compared) -> Iterator[str]:
    found = [f"* {kind}: {markdown.code(name)}" for kind, name in comparison.names(compared)]
    yield from markdown.folded(
        f"{counted(len(found), 'test')} new, vanished or renamed",
        [*islice(found, MOST_OTHERS), *more(len(found) - MOST_OTHERS, "test")],
    )
