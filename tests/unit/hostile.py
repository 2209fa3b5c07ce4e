"""Names that break out of a form that does not escape them, and a report full of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import reports

from pytest_scer.core.judgement import Verdict
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.comparisons import SWEEP, ComparisonEntry, VariantEntry
from pytest_scer.report.model import BudgetEntry, Finding, Report

NAMES: Final = (
    "::error::pwned",
    "  ::error file=a.py::pwned",
    "line\n::error::pwned",
    "carriage\r\n::error::pwned",
    "\x1b[31mred\x1b[0m and \x07",
    "`tick` | pipe | <b>bold</b> &amp; <!-- ",
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "'quoted",
    'a "quote", a comma',
    "right\u202eto left",
    "null \x00, noncharacter \uffff, next line \x85, separator \u2028",
    "日本 🎉 é",
    "\\ backslash \\n",
    "]]> </text>",
    "long " * 60 + "::error::pwned " * 20,
)
CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]")
"""Control characters other than a line feed, and others without a shape."""


def report(*names: str) -> Report:
    """A report in which each name stands wherever a user's text may stand."""
    tests = []
    for name in names:
        budget = BudgetEntry(
            "1 kJ", 1000.0, "J", None, None, 1, Verdict.UNMEASURED.value, name, name, None
        )
        entry = BaselineEntry(
            "inconclusive", False, name, name, ["cpu"], 0.1, 0.0, [], [], 360.0, notes=[name]
        )
        tests += [
            reports.entry(
                name,
                reports.measured(1000.0),
                nodeid=name,
                category=name,
                units={"token": 10},
                budgets=[budget],
                baseline=entry,
                sections=[reports.section(name, reports.measured(1.0), "training")],
                comparisons=[_sweep(name)],
            ),
            reports.entry(name, reports.measured(9.0), nodeid=f"{name} train", phase="training"),
            reports.entry(None, None, nodeid=f"{name} unmeasured", unmeasured=name),
        ]
    first = names[0]
    return reports.report(
        *tests,
        environment=reports.environment(first),
        carbon_intensity=replace(reports.GRID, location=first, source=first),
        findings=[Finding("outliers", name, [name], "warning", name) for name in names],
        warnings=list(names),
        not_run=list(names),
    )


def _sweep(name: str) -> ComparisonEntry:
    """A sweep over a parameter of this name, whose points have it, too."""
    points = [
        VariantEntry(f"{name}{index}", [joules], units={name: 1}, settings={name: name}, quality=1)
        for index, joules in enumerate((1.0, 2.0))
    ]
    return ComparisonEntry(SWEEP, points, name)


def commands(text: str) -> list[str]:
    """The lines of a text that GitHub's runner would take for commands."""
    return [
        line for line in re.split("[\r\n]", text) if line.lstrip().startswith("::") or "##[" in line
    ]
