"""A comparison with a baseline as text for the terminal, Markdown and JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from statistics import median

from pytest_scer.baseline.compare import Compared
from pytest_scer.baseline.gate import RULE
from pytest_scer.core import units
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.model import Report

_SIGNS = {
    "regression": "\N{CROSS MARK} regression",
    "inconclusive": "\N{BLACK QUESTION MARK ORNAMENT} inconclusive",
    "unmeasured": "no verdict",
    "improved": "\N{WHITE HEAVY CHECK MARK} improved",
    "ok": "ok",
}
_WORST_FIRST = tuple(_SIGNS)


def lines(report: Report) -> Iterator[str]:
    """Yield the session's comparison with its baseline; nothing if there is none."""
    if report.baseline is None:
        return
    compared = [(test.nodeid, test.baseline) for test in report.tests if test.baseline is not None]
    yield f"baseline {report.baseline.against}: {_counts(entry for _, entry in compared)}"
    for verdict in ("regression", "inconclusive", "improved"):
        for nodeid, entry in compared:
            if entry.verdict == verdict:
                yield f"{verdict}: {nodeid}: {entry.text}"
    yield from visibility([entry for _, entry in compared])
    yield f"{report.baseline.verdict}: session: {report.baseline.text}"
    yield from (f"    {note}" for note in report.baseline.notes)


def visibility(entries: Iterable[BaselineEntry]) -> Iterator[str]:
    """Yield the growth that the comparison would have found, and what to do if that is a lot."""
    known = [entry for entry in entries if entry.detectable is not None]
    if not known:
        return
    typical = median(entry.detectable or 0.0 for entry in known)
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


def rule() -> Iterator[str]:
    """Yield how tests are compared with the baseline, in five sentences."""
    yield "how tests are compared with the baseline:"
    yield from (f"  {sentence}" for sentence in RULE)


def findings(report: Report) -> Iterator[str]:
    """Yield what is new, gone or not comparable, for a terminal without the whole report."""
    kinds = ("not comparable", "new test", "renamed test", "vanished test", "baseline")
    for finding in report.findings:
        if finding.kind in kinds:
            yield f"{finding.kind}: {': '.join((*finding.nodeids, finding.text))}"


def _counts(entries: Iterable[BaselineEntry]) -> str:
    entries = list(entries)
    verdicts = Counter(entry.verdict for entry in entries)
    parts = [f"{verdicts[name]} {name}" for name in reversed(_WORST_FIRST) if verdicts[name]]
    again = sum(entry.confirmed > 0 for entry in entries)
    if again:
        parts.append(f"{again} measured again")
    return f"{len(entries)} tests compared" + (f": {', '.join(parts)}" if parts else "")


def _ranked(compared: Compared) -> list[tuple[str, BaselineEntry]]:
    return sorted(
        compared.tests.items(),
        key=lambda row: (_WORST_FIRST.index(row[1].verdict), -(row[1].change or 0.0), row[0]),
    )


def text(compared: Compared) -> Iterator[str]:
    """Yield the lines of a comparison of two files."""
    yield f"{compared.head} against {compared.base}: {_counts(compared.tests.values())}"
    for difference in compared.differences.blocking:
        yield f"not comparable: {difference}"
    for difference in compared.differences.noted:
        yield f"changed: {difference}"
    for nodeid, entry in _ranked(compared):
        yield f"{entry.verdict}: {nodeid}: {entry.text}"
        yield from (f"    {note}" for note in entry.notes)
    yield f"{compared.session.verdict}: session: {compared.session.text}"
    yield from (f"    {note}" for note in compared.session.notes)
    for kind, nodeid in _names(compared):
        yield f"{kind}: {nodeid}"


def _names(compared: Compared) -> Iterator[tuple[str, str]]:
    for new, old in compared.renamed.items():
        yield "renamed test", f"{new} may be the former {old}"
    for nodeid in compared.new:
        yield "new test", nodeid
    for nodeid in compared.vanished:
        yield "vanished test", nodeid


def markdown(compared: Compared) -> Iterator[str]:
    """Yield a comparison as a pull request comment: worst tests first, those that are ok folded."""
    ranked = _ranked(compared)
    session = compared.session
    entries = [session, *compared.tests.values()]
    verdict = "regression" if compared.regressed else "no regression"
    if not any(entry.comparable for entry in entries):
        verdict = "nothing could be compared"
    yield f"### Energy and CO2e of the tests: {verdict}"
    yield ""
    yield f"{compared.head} against {compared.base}: {_counts(compared.tests.values())}."
    yield f"Whole session: {'; '.join([session.text, *session.notes])}."
    reasons = dict.fromkeys(
        entry.reason for entry in entries if entry.reason and not entry.comparable
    )
    if reasons:
        yield ""
        yield f"**Not compared:** {'; '.join(reasons)}."
    loud = [row for row in ranked if row[1].verdict != "ok"]
    yield from _table(loud)
    quiet = [row for row in ranked if row[1].verdict == "ok"]
    if quiet:
        yield ""
        yield f"<details><summary>{len(quiet)} tests within the threshold</summary>"
        yield from _table(quiet)
        yield ""
        yield "</details>"
    for kind, nodeid in _names(compared):
        yield ""
        yield f"* {kind}: `{nodeid}`"
    for difference in compared.differences.noted:
        yield ""
        yield f"* changed: {difference}"


def _table(rows: list[tuple[str, BaselineEntry]]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield "| test | baseline | now | change | noise | CO2e now | verdict |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | --- |"
    for nodeid, entry in rows:
        cells = (
            f"`{nodeid}`".replace("|", "\\|"),
            units.quantity(entry.value, "J"),
            units.quantity(entry.actual, "J"),
            _percent(entry.change, sign="+"),
            _percent(entry.noise, sign="\u00b1"),
            units.quantity(entry.co2e_g, "g"),
            _SIGNS[entry.verdict],
        )
        yield "| " + " | ".join(cells) + " |"
    for nodeid, entry in rows:
        for note in entry.notes:
            yield ""
            yield f"* `{nodeid}`: {note}"


def _percent(share: float | None, *, sign: str) -> str:
    if share is None:
        return "-"
    return f"{share:+.0%}" if sign == "+" else f"{sign}{share:.0%}"


def as_json(compared: Compared) -> str:
    """Return a comparison as JSON; its entries are those of the report's schema."""
    return json.dumps(
        {
            "base": compared.base,
            "head": compared.head,
            "regressed": compared.regressed,
            "session": asdict(compared.session),
            "tests": {nodeid: asdict(entry) for nodeid, entry in compared.tests.items()},
            "new": compared.new,
            "vanished": compared.vanished,
            "renamed": compared.renamed,
            "differences": compared.differences._asdict(),
        },
        indent=2,
        allow_nan=False,
    )
