"""A comparison with a baseline as text for the terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from pytest_scer.baseline.compare import Compared
from pytest_scer.baseline.past import Past
from pytest_scer.formats.terminal import baseline, changes
from pytest_scer.formats.terminal.changes import STYLES
from pytest_scer.formats.terminal.headline import counted
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.names import Names

_ENCODED = json.JSONEncoder(allow_nan=False).encode
_INNER = "\n  "


def text(compared: Compared, screen: Screen, *, whole: bool = False) -> Iterator[Line]:
    """Yield the lines of a comparison of two files: what changed, the most joules first.

    Args:
        compared: The comparison.
        screen: Where it is printed.
        whole: Whether to print all tests, and all notes.
    """
    judged = compared.judged
    short = Names(judged, whole=whole).short
    yield from screen.wrap(*verdict(compared))
    yield from screen.wrap(sides(compared))
    yield from screen.wrap(
        f"all tests together: {baseline.session_text(compared.session)}",
        STYLES.get(compared.session.verdict, ""),
    )
    yield from (line for note in compared.session.notes for line in screen.wrap(f"  {note}"))
    changed = changes.block(
        f"energy of {_components(compared)}",
        [
            baseline.change_of(short(nodeid), each.entry())
            for nodeid, each in judged.items()
            if whole or each.verdict in STYLES
        ],
        screen,
        whole=whole,
    )
    if changed.size:
        yield Line("")
        yield from changed.lines(changed.size)
    remarks = [
        *(("doubtful", f"not comparable: {each}") for each in compared.differences.blocking),
        *(("", f"changed: {each}") for each in compared.differences.noted),
        *(("", f"{kind}: {nodeid}") for kind, nodeid in names(compared)),
        *(("", each) for each in baseline.visibility(judged.values())),
    ]
    if remarks:
        yield Line("")
    yield from (line for style, remark in remarks for line in screen.wrap(remark, style))


def ranked(compared: Compared) -> list[tuple[str, BaselineEntry]]:
    """The tests with their comparison: regressions first, and of each verdict the most joules."""
    return sorted(
        compared.tests.items(),
        key=lambda row: (changes.ORDER.index(row[1].verdict), -row[1].difference_j, row[0]),
    )


def verdict(compared: Compared) -> tuple[str, str]:
    """The verdict in words, and its style: ``bad``, ``doubtful`` or ``good``."""
    regressed = compared.count("regression")
    comparable = sum(each.comparable for each in compared.judged.values())
    if regressed:
        return f"{regressed:,} of {counted(comparable, 'test')} REGRESSED", "bad"
    if compared.regressed:
        return "all tests together REGRESSED", "bad"
    if not comparable:
        return "nothing could be compared", "doubtful"
    return f"no regression in {counted(comparable, 'test')}", "good"


def sides(compared: Compared) -> str:
    """What was compared, and how many tests have which verdict."""
    judged = [*compared.judged.values()]
    return f"{compared.head} against {compared.base}: {baseline.summary(judged)}"


def estimates(past: Past) -> Iterator[str]:
    """Yield which components of a session's costs are estimated or simulated, if any are."""
    if found := past.fingerprint.not_measured:
        yield f"not measured: {', '.join(found)}"


def _components(compared: Compared) -> str:
    return " + ".join(compared.session.components)


def names(compared: Compared) -> Iterator[tuple[str, str]]:
    """Yield the tests that only one side has: what they are, and their names."""
    for new, old in compared.renamed.items():
        yield "renamed test", f"{new} may be the former {old}"
    for nodeid in compared.new:
        yield "new test", nodeid
    for nodeid in compared.vanished:
        yield "vanished test", nodeid


def as_json(compared: Compared) -> Iterator[str]:
    """Yield a comparison as JSON in pieces; its entries are those of the report's schema."""
    differences = compared.differences._asdict()
    before = {"base": compared.base, "head": compared.head, "regressed": compared.regressed}
    after = {"new": compared.new, "vanished": compared.vanished, "renamed": compared.renamed}
    yield "{"
    for key, value in before.items():
        yield f'\n  "{key}": {_indented(value)},'
    yield f'\n  "session": {_indented(_fields(compared.session), _INNER)},\n  "tests": {{'
    separator = ""
    for nodeid, each in compared.judged.items():  # one by one: all would take a gigabyte
        entry = _indented(_fields(each.entry()), f"{_INNER}  ")
        yield f"{separator}\n    {_ENCODED(nodeid)}: {entry}"
        separator = ","
    yield "\n  }" if separator else "}"
    for key, value in {**after, "differences": differences}.items():
        yield f',\n  "{key}": {_indented(value, _INNER)}'
    yield "\n}"


def _fields(entry: BaselineEntry) -> dict[str, Any]:
    return {each.name: getattr(entry, each.name) for each in fields(entry)}


def _indented(value: Any, margin: str = "\n") -> str:
    """JSON with an indent of two.

    What ``json.dumps`` does for it leaves cycles behind, which nobody collects while a command
    runs (:mod:`pytest_scer.core.memory`).

    Args:
        value: What to write.
        margin: The line break and the indent of its last line.
    """
    inner = f"{margin}  "
    if value and isinstance(value, Mapping):
        body = [f"{_ENCODED(key)}: {_indented(each, inner)}" for key, each in value.items()]
        return f"{{{inner}{f',{inner}'.join(body)}{margin}}}"
    if value and isinstance(value, list | tuple):
        return f"[{inner}{f',{inner}'.join(_indented(each, inner) for each in value)}{margin}]"
    return _ENCODED(value)
