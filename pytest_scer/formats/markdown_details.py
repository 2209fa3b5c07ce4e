"""The folded parts of a report in Markdown: every test, how it was measured, and warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from pytest_scer.core import units
from pytest_scer.formats import markdown
from pytest_scer.formats.terminal import details
from pytest_scer.formats.terminal.headline import counted
from pytest_scer.report.build import stages
from pytest_scer.report.model import Environment, Report, SessionInfo, TestEntry
from pytest_scer.report.names import Names

MOST_TESTS: Final = 100
"""How many tests are listed; the others are counted."""
MOST_TEXTS: Final = 20
"""How many texts are listed below a title."""
_INDENT: Final = "  "


def tests(report: Report, names: Names) -> Iterator[str]:
    """Yield the tests, the most expensive first, folded.

    Args:
        report: The report.
        names: The names of its tests.
    """
    ranked = sorted(report.tests, key=lambda test: (-_known_j(test), test.nodeid))
    rows = [_cells(test, report, names) for test in ranked[:MOST_TESTS]]
    yield from markdown.folded(
        counted(len(report.tests), "test"),
        [
            *markdown.table(["test", "outcome", "energy:", "CO2e:", "time:"], rows),
            *more(len(ranked) - MOST_TESTS, "test"),
        ],
    )


def _known_j(test: TestEntry) -> float:
    return sum(stage.known_j for stage in stages([test]))


def _cells(test: TestEntry, report: Report, names: Names) -> tuple[str, ...]:
    """The figures of all stages; a test without a figure shows none, not the part that is known."""
    known = test.measurement is not None
    joules = _known_j(test) if known else None
    seconds = sum(stage.duration_s for stage in stages([test]))
    co2e_g = None if joules is None else report.conversion.grams(joules)
    return (
        markdown.code(names.attempt(test)),
        test.outcome,
        units.quantity(joules, "J", digits=report.digits),
        units.quantity(co2e_g, "g", digits=report.digits),
        units.quantity(seconds, "s", digits=2),
    )


def method(report: Report) -> Iterator[str]:
    """Yield how the figures were obtained, on which machine, and their sums, folded."""
    lines: list[str] = []
    for title, texts in {**details.parts(report), "environment": _environment(report)}.items():
        items = list(texts)
        if items:
            lines += ("", f"**{title[0].upper()}{title[1:]}**", "", *_list(items))
    yield from markdown.folded("how it was measured, and on what", lines)


def _list(texts: Sequence[str]) -> Iterator[str]:
    for text in islice(texts, MOST_TEXTS):
        indent = _INDENT if text.startswith(_INDENT) else ""
        yield f"{indent}* {markdown.text(text.strip(), markdown.PARAGRAPH)}"
    rest = len(texts) - MOST_TEXTS
    if rest > 0:
        yield f"* and {rest:,} more"


def _environment(report: Report) -> Iterator[str]:
    yield from _machine(report.environment)
    yield from _session(report.session)


def _machine(machine: Environment) -> Iterator[str]:
    yield machine.os
    threads = counted(machine.logical_cores, "hardware thread")
    yield f"{machine.cpu_model or 'unknown CPU'}, {threads}, {machine.ram_gb:.3g} GB of memory"
    yield from (f"GPU {gpu['index']}: {gpu['name']}" for gpu in machine.gpus)
    versions = {"Python": machine.python, **machine.versions}
    yield ", ".join(f"{name} {version}" for name, version in versions.items())


def _session(session: SessionInfo) -> Iterator[str]:
    on = f" on {counted(len(session.hosts), 'host')}" if len(session.hosts) > 1 else ""
    workers = counted(session.workers, "worker") if session.workers > 1 else "one process"
    yield f"started {session.started_at}, {workers}{on}"
    if session.commit:
        yield f"commit {session.commit}"


def warnings(report: Report) -> Iterator[str]:
    """Yield the warnings of the session, folded."""
    said = [f"* {markdown.text(warning)}" for warning in report.warnings[:MOST_TEXTS]]
    rest = more(len(report.warnings) - MOST_TEXTS, "warning")
    yield from markdown.folded(counted(len(report.warnings), "warning"), [*said, *rest])


def more(number: int, noun: str, what: str = "") -> Iterator[str]:
    """Yield how many rows of a table are not shown; nothing if all are.

    Args:
        number: How many.
        noun: What a row is.
        what: What distinguishes them.
    """
    if number > 0:
        yield ""
        yield f"and {counted(number, f'more {noun}')}{what}"
