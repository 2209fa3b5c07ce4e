"""A report with something of everything, names that break out of markup among them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Final

import hostile
import reported_suite
import reports

from pytest_scer.core.measurement import Measurement, median_run
from pytest_scer.formats.page.report_page import dump_report
from pytest_scer.report.model import Finding, Report, TestEntry

SCRIPT: Final = "test_<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
"""A name that would run if it were markup."""
NAMES: Final = (SCRIPT, *hostile.NAMES, "x" * 500)


def report() -> Report:
    """The report: 60 tests on two workers, one after the other."""
    made = reported_suite.suite()
    many = [
        reported_suite.test(name, reported_suite.cost(0.01 * number, 0.05 * number))
        for number, name in enumerate([*NAMES, *(f"test_more[{n}]" for n in range(19))], 1)
    ]
    tests = [*made.tests, *many]
    start_s = 0.0
    for number, test in enumerate(tests):
        test.worker = f"gw{number % 2}"
        test.start_s = start_s
        test.marks = ["slow"] if number % 3 == 0 else []
        call = test.stages["call"]
        start_s += 0.0 if call is None else call.duration_s / 2
    repeated = _repeated(tests[2])
    repeated.sections = [
        reports.section("prefill", reported_suite.cost(0.1, 0.2), "inference", token=9)
    ]
    made.tests = tests
    added_j = sum(test.measurement.known_j for test in many if test.measurement)
    totals = made.totals
    made.totals = replace(
        totals,
        cpu_j=(totals.cpu_j or 0.0) + added_j,
        tests_energy_j=totals.tests_energy_j + added_j - 2.0,
    )
    made.session = replace(made.session, workers=2, duration_s=start_s + 1.0)
    made.findings.append(
        Finding("outliers", SCRIPT, [many[0].nodeid], "warning", f"--x '{SCRIPT}'")
    )
    made.warnings += hostile.NAMES
    return made


def _repeated(test: TestEntry) -> TestEntry:
    """Give a test 63 runs that differ."""
    draw = random.Random(1)
    runs = [_run(10.0 + draw.random()) for _ in range(63)]
    test.measurement = median_run(runs, 1.5)
    return test


def _run(joules: float) -> Measurement:
    return Measurement(joules / 24, joules / 30, joules / 6, None, joules * 5 / 6, 0.1)


def write(made: Report, path: Path) -> Path:
    """Write its page."""
    path.write_text("".join(dump_report(made)), encoding="utf-8")
    return path
