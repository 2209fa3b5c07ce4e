"""Format a comparison of two commits: for the terminal, as Markdown, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Final

from pytest_scer.core import units
from pytest_scer.formats import markdown as md
from pytest_scer.formats.markdown import Part, fitting
from pytest_scer.formats.markdown_details import more
from pytest_scer.formats.terminal import changes
from pytest_scer.formats.terminal.changes import Change
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.report.ab import VERDICTS, AbReport, AbTest
from pytest_scer.report.names import Names

MOST_CHANGED: Final = 20
"""How many tests a comment lists that changed; the others are counted."""
MOST_OTHERS: Final = 50
"""The same of those that did not, of those that were not compared, and of notes."""


def text(report: AbReport, screen: Screen) -> Iterator[Line]:
    """A comparison, line by line: the verdict, what changed, and what could have been found."""
    verdict, style = _verdict(report)
    yield from screen.wrap(verdict, style)
    yield from screen.wrap(_summary(report))
    names = Names(report.tests)
    changed = changes.block(
        f"energy of {' + '.join(each.partition(':')[0] for each in report.compared)}",
        [_change(names.short(nodeid), test) for nodeid, test in report.tests.items()],
        screen,
        sides=("BASE", "HEAD"),
    )
    if changed.size:
        yield Line("")
        yield from changed.lines(changed.size)
    yield Line("")
    for nodeid, why in report.not_compared.items():
        yield from screen.wrap(f"not compared: {names.short(nodeid)}: {why}")
    for warning in report.warnings:
        yield from screen.wrap(f"warning: {warning}", "doubtful")
    yield from screen.wrap(_noise(report))
    yield from screen.wrap(_visible(report))


def _verdict(report: AbReport) -> tuple[str, str]:
    if regressed := report.count("regression"):
        return f"{regressed} of {_counted(len(report.tests), 'test')} REGRESSED", "bad"
    if not report.tests:
        return "nothing was compared", "doubtful"
    return f"no regression in {_counted(len(report.tests), 'test')}", "good"


def _change(name: str, test: AbTest) -> Change:
    return Change(
        name,
        test.verdict,
        test.base_j,
        test.head_j,
        _growth(test.change),
        f"({_growth(test.low)} to {_growth(test.high)})",
        f"pairs: {test.pairs}, rounds: {test.rounds}, would have found {_growth(test.detectable)}",
        test.notes,
    )


def markdown(report: AbReport) -> Iterator[str]:
    """A comparison as a pull request comment, which fits the limits of GitHub and GitLab."""
    ranked = _ranked(report)
    verdict, _ = _verdict(report)
    changed = [row for row in ranked if row[1].verdict != "ok"]
    others = [row for row in ranked if row[1].verdict == "ok"]
    what = f"{_counted(len(others), 'test')} within the threshold"
    yield from fitting(
        [
            Part([f"### Energy of the tests: {verdict}", "", f"{_in_markdown(_summary(report))}."]),
            Part([*_table(changed, MOST_CHANGED)], "changes", 1),
            Part([*_remarks(report)], "remarks", 2),
            Part([*md.folded(what, _table(others, MOST_OTHERS))], "unchanged tests", 4),
            Part([*_not_compared(report)], "tests that were not compared", 3),
        ]
    )


def _remarks(report: AbReport) -> Iterator[str]:
    yield ""
    yield from (f"* warning: {_in_markdown(each)}" for each in report.warnings[:MOST_OTHERS])
    yield f"* {_noise(report)}"
    yield f"* {_visible(report)}"


def _not_compared(report: AbReport) -> Iterator[str]:
    found = [f"* {md.code(nodeid)}: {md.text(why)}" for nodeid, why in report.not_compared.items()]
    rest = more(len(found) - MOST_OTHERS, "test")
    what = f"{_counted(len(found), 'test')} not compared"
    yield from md.folded(what, [*found[:MOST_OTHERS], *rest])


def _in_markdown(text: str) -> str:
    return md.text(text, md.PARAGRAPH)


def as_json(report: AbReport) -> str:
    """A comparison as JSON; quantities in joules and seconds, growth as a share."""
    data = asdict(report)
    del data["fail_on"]
    floor = report.noise_floor
    data["noise_floor"] = None if floor is None else {"pair": floor[0], "round": floor[1]}
    return json.dumps({**data, "failed": report.failed}, indent=2, allow_nan=False)


def _ranked(report: AbReport) -> list[tuple[str, AbTest]]:
    return sorted(
        report.tests.items(),
        key=lambda row: (VERDICTS.index(row[1].verdict), -row[1].change, row[0]),
    )


def _summary(report: AbReport) -> str:
    counts = [f"{n} {verdict}" for verdict in VERDICTS if (n := report.count(verdict))]
    gone = len(report.not_compared)
    return (
        f"{report.head} against {report.base}: {_counted(len(report.tests), 'test')} compared"
        + (f": {', '.join(counts)}" if counts else "")
        + (f"; {gone} not compared" if gone else "")
        + f"; threshold {report.threshold}, {_counted(report.rounds, 'round')} in "
        f"{report.elapsed_s:.0f} s"
        + ("; interrupted, this is what was known by then" if report.interrupted else "")
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _noise(report: AbReport) -> str:
    if report.noise_floor is None:
        return "noise floor: unknown, no test was repeated"
    pair, between = report.noise_floor
    return (
        f"noise floor: runs of BASE next to each other differ by \N{PLUS-MINUS SIGN}{pair:.1%}, "
        f"its rounds by \N{PLUS-MINUS SIGN}{between:.1%} (middle test, standard deviation)"
    )


def _visible(report: AbReport) -> str:
    if report.detectable is None:
        return "smallest growth found in 9 of 10 cases: every test is below the floor"
    return f"smallest growth found in 9 of 10 cases (middle test): {_growth(report.detectable)}"


def _table(rows: Sequence[tuple[str, AbTest]], most: int) -> Iterator[str]:
    yield from md.table(
        ("test", "BASE:", "HEAD:", "growth:", "interval:", "would have found:", "verdict"),
        [
            (
                md.code(nodeid),
                units.quantity(test.base_j, "J"),
                units.quantity(test.head_j, "J"),
                _growth(test.change),
                f"{_growth(test.low)} to {_growth(test.high)}",
                _growth(test.detectable),
                f"**{test.verdict}**" if test.verdict == "regression" else test.verdict,
            )
            for nodeid, test in rows[:most]
        ],
    )
    yield from more(len(rows) - most, "test")
    notes = [
        f"* {md.code(nodeid)}: {md.text(note)}"
        for nodeid, test in rows[:most]
        for note in test.notes
    ]
    if notes:
        yield ""
        yield from notes[:MOST_OTHERS]


def _growth(share: float) -> str:
    """A growth in percent, or as a factor if it is more than tenfold."""
    if share > 9:
        return "over x1000" if share > 999 else f"x{share + 1:.0f}"
    return f"{share:+.0%}" if abs(share) >= 0.095 else f"{share:+.1%}"
