"""The report of a suite with something of everything, at several widths."""

from __future__ import annotations

import dataclasses
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import reported_suite
import reports
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pseudo_terminal import run_in_a_terminal

from pytest_scer.core.measurement import Measurement
from pytest_scer.formats.terminal.blocks import MOST
from pytest_scer.formats.terminal.characters import display_width
from pytest_scer.formats.terminal.screen import Screen
from pytest_scer.formats.terminal.session import View, lines
from pytest_scer.meters.base import ABSENT
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.model import BudgetEntry, Finding, FixtureEntry, Report, Totals

OUTPUTS = Path(__file__).parent / "outputs"
WIDTHS = (60, 80, 120, 200)
widths = pytest.mark.parametrize("columns", WIDTHS)
_ANSI = re.compile(r"\x1b\[[\d;]*m")


def printed(report: Report, columns: int = 80, view: View | None = None) -> list[str]:
    """The lines of a report."""
    return [line.text for line in lines(report, view or View(), Screen(columns - 1))]


def kept(columns: int) -> str:
    """The output that somebody looked at.

    `PYTHONPATH=.:tests/unit python tests/unit/formats/terminal/test_session.py` writes all anew.
    """
    return (OUTPUTS / f"{columns}.txt").read_text(encoding="utf-8")


def text_of(columns: int) -> str:
    return "\n".join(printed(reported_suite.suite(), columns)) + "\n"


@widths
def test_the_report_is_the_one_that_was_looked_at(columns: int) -> None:
    assert text_of(columns) == kept(columns)


@widths
@pytest.mark.parametrize("verbosity", [-1, 0, 1])
def test_no_line_is_wider_than_the_terminal(columns: int, verbosity: int) -> None:
    shown = printed(reported_suite.suite(), columns, View(verbosity=verbosity))
    assert max(map(display_width, shown)) < columns


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    path = reports.write(reported_suite.suite(), tmp_path / "report.json")
    return [sys.executable, "-m", "pytest_scer.cli", "show", str(path)]


@widths
def test_a_terminal_shows_the_same_in_color(command: list[str], columns: int) -> None:
    shown = run_in_a_terminal(command, columns, TERM="xterm")
    assert "\x1b[31;1m2 of 6 budgets EXCEEDED" in shown
    assert _ANSI.sub("", shown) == kept(columns)


@widths
def test_a_pipe_has_the_same_without_color(command: list[str], columns: int) -> None:
    environment = {**os.environ, "COLUMNS": str(columns), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout.decode("utf-8").replace("\r\n", "\n") == kept(columns)


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}, {"TERM": "dumb"}],
    ids=str,
)
def test_a_stream_without_these_characters_gets_others(
    command: list[str], environment: dict[str, str]
) -> None:
    """Code page 1252 has a plus-minus sign, but no blocks for bars."""
    usual = {**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, env={**usual, **environment}, capture_output=True, check=False)
    text = done.stdout.decode(environment.get("PYTHONIOENCODING", "ascii"))
    assert "####" in text
    assert ("±20%" if "cp1252" in environment.values() else "+-20%") in text
    assert max(map(len, text.splitlines())) < 80


def test_quiet_are_two_lines() -> None:
    assert printed(reported_suite.suite(), 80, View(verbosity=-1)) == [
        "2 of 6 budgets EXCEEDED; 1 of 14 tests REGRESSED; 1 not checked, 1 inconclusive",
        "about 140 J, 19 mg CO2e (world average) in 6.2 s: tests 62%, fixtures 38%",
    ]


# --- the first two lines --------------------------------------------------------------------------


def first_two(report: Report) -> list[str]:
    return printed(report)[:2]


def test_nothing_is_budgeted() -> None:
    assert first_two(reports.three_models()) == [
        "3 tests measured",
        "4.00 kJ, 400 mg CO2e (Testland) in 100 s: tests 75%, overhead 25%",
    ]


def test_nothing_was_measured() -> None:
    empty = reports.report(totals=Totals(None, None, None, 0.0, 0.0))
    assert first_two(empty) == [
        "no test was measured",
        "no total: no component has a figure; 100 s",
    ]


def test_all_is_well() -> None:
    report = reported_suite.suite()
    for test in report.tests:
        test.budgets = [each for each in test.budgets if each.verdict == "ok"]
        if test.baseline is not None:
            test.baseline.verdict = "ok"
    assert first_two(report)[0] == "both budgets met; no regression in 14 tests"


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ("ok", "the budget is met"),
        ("ok ok ok", "all 3 budgets met"),
        ("ok unmeasured", "1 of 2 budgets met, 1 not checked"),
        ("inconclusive", "the budget is inconclusive"),
        ("unmeasured", "the budget could not be checked"),
        ("inconclusive unmeasured", "2 budgets: 1 not checked, 1 inconclusive"),
        ("exceeded exceeded", "2 of 2 budgets EXCEEDED"),
        ("exceeded unmeasured ok", "1 of 3 budgets EXCEEDED; 1 not checked"),
    ],
)
def test_the_verdict_counts_budgets(verdicts: str, said: str) -> None:
    limits = [reported_suite.budget(each, "5 J", 5.0, 5.0) for each in verdicts.split()]
    assert first_two(reports.report(budgets=limits))[0] == said


def test_an_interrupted_session_says_so() -> None:
    report = reports.three_models()
    report.session.interrupted = True
    report.not_run = ["test_it.py::test_late"]
    assert first_two(report)[0] == "interrupted: 3 tests measured; 1 test not run"


def test_several_hosts_are_counted() -> None:
    report = reports.three_models()
    report.session.hosts = [{"label": "h0"}, {"label": "h1"}]
    assert "in 100 s on 2 hosts: " in first_two(report)[1]


def test_only_the_last_attempt_counts() -> None:
    exceeded = reported_suite.budget("exceeded", "5 J", 9.0, 5.0)
    met = reported_suite.budget("ok", "5 J", 4.0, 5.0)
    first, second = (
        reported_suite.test("test_flaky", reported_suite.cost(1, 8), attempt=number, budgets=[each])
        for number, each in ((1, exceeded), (2, met))
    )
    assert first_two(reports.report(first, second))[0] == "the budget is met"


# --- any suite fits ------------------------------------------------------------------------------


def one_test(report: Report) -> None:
    del report.tests[1:], report.fixtures[:], report.findings[:], report.budgets[:]
    report.baseline = None


def many_tests(report: Report) -> None:
    some = reported_suite.test("test_many", reported_suite.cost(0.3, 1.7))
    report.tests += [
        dataclasses.replace(some, nodeid=f"{reported_suite.FOLDER}test_many[{number}]")
        for number in range(3000)
    ]


def many_budgets(report: Report) -> None:
    report.budgets *= 50


def exceeded_everywhere(report: Report) -> None:
    many_tests(report)
    for test in report.tests:
        test.budgets = [reported_suite.budget("exceeded", "5 J", 9.0, 5.0)]


def regressed_everywhere(report: Report) -> None:
    many_tests(report)
    for test in report.tests:
        test.baseline = reported_suite.compared("regression", 2.0, 0.5)
        test.baseline.notes = ["grew most: section decode, 1.00 J to 2.00 J"] * 3


def many_models(report: Report) -> None:
    report.tests += [
        reported_suite.test(
            f"test_model[{unit}-{number}]",
            reported_suite.cost(0.3, 1.7),
            model=f"model-{number}",
            category="text-generation",
            phase="inference",
            units={unit: 1000},
        )
        for number in range(30)
        for unit in ("token", "prompt", "request")
    ]


def much_to_do(report: Report) -> None:
    names = [test.nodeid for test in report.tests]
    report.findings += [
        Finding("waiting", "it waits " * 30, names, "warning", "do something " * 30, number, "J")
        for number in range(40)
    ]
    report.warnings += ["the meter failed " * 20] * 40


def many_fixtures(report: Report) -> None:
    report.fixtures += [
        FixtureEntry(f"fixture_{number}", "module", "t.py::t", "gw0", reported_suite.cost(1, 2))
        for number in range(300)
    ]


@pytest.mark.parametrize(
    "change",
    [
        one_test,
        many_tests,
        many_budgets,
        exceeded_everywhere,
        regressed_everywhere,
        many_models,
        much_to_do,
        many_fixtures,
    ],
)
def test_at_80_columns_no_report_has_more_than_45_lines(change: Callable[[Report], None]) -> None:
    report = reported_suite.suite()
    change(report)
    shown = printed(report)
    assert len(shown) + 1 <= MOST  # its title is a line, too
    assert max(map(display_width, shown)) < 80


def test_more_rows_are_shown_where_they_are_asked_for() -> None:
    report = reported_suite.suite()
    many_tests(report)
    shown = printed(report, view=View(top=200))
    assert sum("test_many[" in line for line in shown) > 150


# --- any names and figures -----------------------------------------------------------------------


names = st.text(max_size=120)
figures = st.one_of(st.just(0.0), st.floats(1e-12, 1e9))
missing = st.one_of(st.none(), st.just(math.nan), figures)


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    """Of anything, faults included."""
    one = Measurement(
        draw(figures), draw(figures), draw(missing), draw(missing), draw(missing), draw(missing)
    )
    runs = draw(st.sampled_from([1, 2, 7]))
    return one if runs == 1 else dataclasses.replace(one, runs=(one,) * runs, run_count=runs)


@st.composite
def budgets(draw: st.DrawFn) -> BudgetEntry:
    """Of any unit and verdict, with a figure or without."""
    return BudgetEntry(
        limit=draw(st.sampled_from(["5 J", "0.001 mgCO2e per 1000 tokens", "60 W"])),
        limit_value=draw(figures),
        unit=draw(st.sampled_from(["J", "gCO2e per 1000 tokens", "W"])),
        actual=draw(missing),
        uncertainty=draw(missing),
        runs=draw(st.integers(0, 10**6)),
        verdict=draw(st.sampled_from(["ok", "exceeded", "inconclusive", "unmeasured"])),
        source=draw(names),
        reason=draw(st.one_of(st.none(), names)),
        target=draw(st.one_of(st.none(), names)),
    )


@st.composite
def comparisons(draw: st.DrawFn) -> BaselineEntry:
    """With any figures."""
    verdict = draw(st.sampled_from(["ok", "regression", "improved", "inconclusive"]))
    entry = reported_suite.compared(verdict, draw(st.floats(1e-9, 1e9)), draw(st.floats(-1, 1e6)))
    changes: dict[str, Any] = {"notes": draw(st.lists(names, max_size=2)), "against": draw(names)}
    if draw(st.booleans()):
        changes |= {"verdict": "unmeasured", "change": None, "noise": None, "reason": draw(names)}
    return dataclasses.replace(entry, **changes)


@st.composite
def any_reports(draw: st.DrawFn) -> Report:
    """With any names and figures."""
    tests = [
        reported_suite.test(
            draw(names),
            draw(st.one_of(st.none(), measurements())),
            budgets=draw(st.lists(budgets(), max_size=2)),
            baseline=draw(st.one_of(st.none(), comparisons())),
            unmeasured=draw(st.one_of(st.none(), names)),
            attempt=draw(st.integers(1, 2)),
            model=draw(names),
            category=draw(names),
            phase=draw(st.sampled_from([None, "training", "inference"])),
            units=draw(st.dictionaries(st.sampled_from(["token", "词"]), st.floats(1, 1e9))),
        )
        for _ in range(draw(st.integers(0, 4)))
    ]
    severity = st.sampled_from(["info", "hint", "warning"])
    findings = st.builds(
        Finding, names, names, st.lists(names, max_size=4), severity, names, missing, st.just("J")
    )
    fixtures = st.builds(FixtureEntry, names, names, names, names, measurements())
    return reports.report(
        *tests,
        fixtures=draw(st.lists(fixtures, max_size=2)),
        meters={"cpu": reported_suite.CPU, "gpu": ABSENT, "ram": reported_suite.MEMORY},
        carbon_intensity=dataclasses.replace(reported_suite.WORLD, location=draw(names)),
        totals=Totals(draw(missing), draw(missing), draw(missing), draw(figures), draw(figures)),
        budgets=draw(st.lists(budgets(), max_size=2)),
        baseline=draw(st.one_of(st.none(), comparisons())),
        findings=draw(st.lists(findings, max_size=3)),
        warnings=draw(st.lists(names, max_size=3)),
        not_run=draw(st.lists(names, max_size=2)),
    )


@given(
    any_reports(),
    st.integers(40, 250),
    st.sampled_from([-1, 0, 1]),
    st.sampled_from(["utf-8", "ascii", "cp1252"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_report_fits_any_terminal(
    report: Report, columns: int, verbosity: int, encoding: str
) -> None:
    shown = lines(report, View(verbosity=verbosity), Screen(columns - 1, encoding))
    for line in shown:
        assert display_width(line.text) < columns
        assert line.text.isprintable()
        line.text.encode(encoding)


if __name__ == "__main__":
    for each in WIDTHS:
        (OUTPUTS / f"{each}.txt").write_text(text_of(each), encoding="utf-8")
