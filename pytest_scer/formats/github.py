"""GitHub Actions: annotations on the test's line, and a summary of the step.

Nothing is sent anywhere: the runner reads annotations from the job's output, and the summary from a
file that it names itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Final, NamedTuple

from pytest_scer.core import units
from pytest_scer.formats import markdown, markdown_report
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.model import BudgetEntry, Report, TestEntry

MOST_BYTES: Final = 2**20
"""The size of the summary of a step. GitHub shows nothing of a larger one (GitHub Docs, "Workflow
commands for GitHub Actions", adding a job summary)."""
LEAST_BYTES: Final = 4096
"""What the headline of a report takes at most."""

Place = tuple[str, int | None]
"""File relative to the root, and line counted from 1, None if unknown."""


class Row(NamedTuple):
    """A verdict to show: on a test, on a sum of tests, or on the session.

    Attributes:
        what: The test's node ID, the sum, or ``session``.
        verdict: Its name in ``--scer-fail-on``.
        text: Figure, limit and source; or what was compared.
        fails: Whether it failed its test or the run.
        is_test: Whether it is the verdict on a single test.
    """

    what: str
    verdict: str
    text: str
    fails: bool
    is_test: bool = True


def workflow_commands(
    rows: Iterable[Row], places: Mapping[str, Place], root: PurePath
) -> Iterator[str]:
    """Yield a workflow command for each verdict: an error if it fails, otherwise a warning.

    (GitHub Docs, "Workflow commands for GitHub Actions", setting an error message.)

    Args:
        rows: The verdicts.
        places: File and line of each test.
        root: Path in the repository of the root that these files are relative to.
    """
    for row in rows:
        where = ""
        if row.is_test:
            file, line = places.get(row.what, (row.what.partition("::")[0], None))
            path = Path(os.path.normpath(root / file)).as_posix()
            where = f"file={_property(path)}," + (f"line={line}," if line else "")
        yield _command(row, where)


def _command(row: Row, where: str) -> str:
    level = "error" if row.fails else "warning"
    title = _property(f"{row.verdict}: {row.what}")
    return f"::{level} {where}title={title}::{_data(row.text)}"


def of_the_whole(report: Report, fail_on: frozenset[str]) -> Iterator[Row]:
    """Yield the verdicts on the session and on sums of tests that are not ok.

    Args:
        report: The report.
        fail_on: Which verdicts fail the run.
    """
    for budget in report.budgets:
        if budget.verdict != "ok":
            what = f"sum({budget.target})" if budget.target else "session"
            verdict, text = _of_budget(budget)
            yield Row(what, verdict, text, verdict in fail_on, is_test=False)
    if report.baseline is not None and report.baseline.verdict != "ok":
        verdict, text = _of_baseline(report.baseline)
        yield Row("session", verdict, text, verdict in fail_on, is_test=False)


def of_tests(tests: Sequence[TestEntry], fail_on: frozenset[str]) -> Iterator[Row]:
    """Yield the verdicts on tests that are not ok, without attempts that were rerun.

    That nothing could be compared is reported once, for the session, unless it fails tests.

    Args:
        tests: All attempts of all tests.
        fail_on: Which verdicts fail the run.
    """
    rerun = {(test.nodeid, test.worker, test.attempt - 1) for test in tests}
    shown = fail_on | {"regression", "inconclusive"}
    for test in tests:
        if (test.nodeid, test.worker, test.attempt) in rerun:
            continue
        verdicts = [_of_budget(budget) for budget in test.budgets if budget.verdict != "ok"]
        if test.baseline is not None and test.baseline.verdict in shown:
            verdicts.append(_of_baseline(test.baseline))
        failed = test.budget_failed and test.outcome in ("failed", "error")
        for verdict, text in verdicts:
            yield Row(test.nodeid, verdict, text, failed and verdict in fail_on)


def _of_budget(budget: BudgetEntry) -> tuple[str, str]:
    figure = units.quantity(budget.actual, budget.unit[0], suffix=budget.unit[1:])
    text = budget.reason if budget.actual is None else f"{figure}, limit {budget.limit}"
    name = "budget" if budget.verdict == "exceeded" else budget.verdict
    return name, f"{text} ({budget.where})"


def _of_baseline(entry: BaselineEntry) -> tuple[str, str]:
    return entry.verdict, "\n".join([entry.text, *entry.notes])


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def summary(report: Report | None, tests: Sequence[TestEntry], written: int) -> Iterator[str]:
    """Yield the step summary of the session in Markdown.

    Args:
        report: The report; None where only marked tests were measured.
        tests: The tests that were measured, if there is no report.
        written: How many bytes earlier commands of the step wrote into the summary.

    Raises:
        ValueError: They left no room.
    """
    room = MOST_BYTES - written
    if room < LEAST_BYTES:
        raise ValueError(f"this step has written {written:,} of the {MOST_BYTES:,} bytes it may")
    most = min(room, markdown.MOST_BYTES)
    if report is not None:
        yield from markdown_report.lines(report, most)
    else:
        yield from markdown_report.of_marked(tests, most)
