"""The comparison of a session with its baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING

from pytest_scer.core.units import counted
from pytest_scer.formats.terminal import changes
from pytest_scer.formats.terminal.blocks import Items
from pytest_scer.formats.terminal.changes import Change
from pytest_scer.formats.terminal.screen import Screen
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names

if TYPE_CHECKING:
    from pytest_scer.baseline.judging import Judged

_NAMES = {"new test": "new", "renamed test": "renamed", "vanished test": "vanished"}
_BLOCKING = ("not comparable", "baseline")


def change_of(name: str, entry: BaselineEntry) -> Change:
    """A row of the table of changes."""
    compared = entry.change is not None
    return Change(
        name,
        entry.verdict,
        entry.value,
        entry.corrected_j,
        f"{entry.change:+.0%}" if entry.change is not None else "-",
        f"±{entry.noise:.0%}" if entry.noise is not None else "",
        judged_on(entry) if compared else entry.reason or "",
        entry.notes,
    )


def judged_on(entry: BaselineEntry) -> str:
    """What a comparison rests on, as in ``1 run against the median of 10, cpu``."""
    runs, base = len(entry.samples), len(entry.baseline_samples)
    now = counted(runs, "run") if runs <= 1 else f"first run and median of the other {runs - 1}"
    before = counted(base, "baseline run") if base <= 1 else f"the median of {base:,}"
    parts = [f"{now} against {before}", " + ".join(entry.components)]
    if entry.corrected_by is not None:
        parts.append(f"corrected for speed x {entry.corrected_by:.2f}")
    elif entry.depends_on_speed:
        parts.append("not corrected for speed")
    return ", ".join(parts)


def of_session(
    report: Report, names: Names, screen: Screen, *, whole: bool = False, most: int | None = None
) -> Items:
    """The block of regressions and improvements; empty without a baseline.

    Args:
        report: The report.
        names: The names of its tests.
        screen: Where it is printed.
        whole: Whether tests that did not change are shown, too.
        most: How many lines what is said below the table may take per sentence.
    """
    entries = {
        names.attempt(test): test.baseline
        for test in last_attempts(report.tests)
        if test.baseline is not None
    }
    against = "the baseline" if report.baseline is None else report.baseline.against
    return changes.block(
        f"against {against}",
        [
            change_of(name, entry)
            for name, entry in entries.items()
            if whole or entry.verdict in changes.STYLES
        ],
        screen,
        tail=[
            line
            for text, style in _remarks(report, list(entries.values()), names, most)
            for line in screen.wrap(f"  {text}", style, most=most)
        ],
        whole=whole,
    )


def _remarks(
    report: Report, entries: Sequence[BaselineEntry], names: Names, most: int | None
) -> Iterator[tuple[str, str]]:
    """Yield what is said of all tests, each with its style."""
    notes = [f"{each.kind}: {each.text}" for each in report.findings if each.kind in _BLOCKING]
    if report.baseline is not None:
        yield summary(entries) + _counts_of_names(report), ""
        for text in visibility(entries):
            yield text, "doubtful" if text.startswith("warning") else ""
        style = changes.STYLES.get(report.baseline.verdict, "")
        yield f"session: {session_text(report.baseline)}", style
        notes = [*report.baseline.notes, *notes]
    yield from ((note, "") for note in (notes[:1] if most else notes))
    if most is None:
        for finding in report.findings:
            if finding.kind in _NAMES:
                about = ", ".join(map(names.short, finding.nodeids))
                yield f"{finding.kind}: {about}: {finding.text}", ""


def summary(entries: Sequence[BaselineEntry] | Sequence[Judged]) -> str:
    """How many tests were compared, with which verdicts, and how many were measured again."""
    text = f"{counted(len(entries), 'test')} compared"
    if entries:
        text += f": {changes.counts([entry.verdict for entry in entries])}"
    again = sum(entry.confirmed > 0 for entry in entries)
    return text + (f"; {again:,} measured again" if again else "")


def session_text(entry: BaselineEntry) -> str:
    """The verdict on the session as a whole."""
    if entry.change is None or entry.noise is None:
        return f"not compared: {entry.reason}"
    verdict = entry.verdict.upper() if entry.verdict == "regression" else entry.verdict
    return f"{entry.change:+.0%} ±{entry.noise:.0%}, {verdict} (limit {entry.threshold:.0%})"


def _counts_of_names(report: Report) -> str:
    found = Counter(_NAMES[finding.kind] for finding in report.findings if finding.kind in _NAMES)
    return "".join(f"; {number:,} {name}" for name, number in found.items())


def visibility(entries: Iterable[BaselineEntry] | Iterable[Judged]) -> Iterator[str]:
    """Yield the growth that the comparison would have found, and what to do if that is a lot."""
    known = [entry for entry in entries if entry.detectable is not None]
    if not known:
        return
    typical = median([entry.detectable or 0.0 for entry in known])
    threshold = known[0].threshold
    text = f"a growth of {typical:.0%} or more is found in 9 of 10 cases (a typical test)"
    if typical <= 2 * threshold:
        yield text
        return
    yield (
        f"warning: {text}, well over the threshold of {threshold:.0%}; to find less, use "
        "--scer-confirm 20 and a history of ten sessions (--scer-history), or compare two commits "
        "(pytest-scer ab)"
    )
