"""A report with something of everything, names that break out of markup among them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Final

import hostile
import model_calls
import reported_suite
import reports

from pytest_scer.core.forecast import Interval
from pytest_scer.core.hosted import HostedUse, Range
from pytest_scer.core.measurement import Measurement, median_run
from pytest_scer.core.training import Lap, Prediction, Stop, Training
from pytest_scer.formats.page.report_page import dump_report
from pytest_scer.report.comparisons import COMPARE, SWEEP, ComparisonEntry, VariantEntry
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
    _of_models(repeated)
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


def _of_models(test: TestEntry) -> None:
    """Give a test all that language models and trainings leave in a report."""
    test.model_calls = [model_calls.generation(), model_calls.generation(batch=8)]
    test.comparisons = [
        ComparisonEntry(
            COMPARE,
            [
                VariantEntry("fp32", [10.0, 11.0, 10.5], quality=0.93),
                VariantEntry(SCRIPT, [5.0, 5.5, 5.2], quality=0.91),
                VariantEntry("unknown", [None, None, None]),
            ],
        ),
        ComparisonEntry(
            SWEEP,
            [
                VariantEntry(
                    f"batch={batch}",
                    [4.0 + batch] * 3,
                    units={"token": batch * 8.0},
                    settings={"batch": batch},
                )
                for batch in (1, 2, 4)
            ],
            "token",
        ),
    ]
    predicted = Prediction(Interval(90.0, 80.0, 99.0), Interval(30.0, 20.0, 40.0))
    laps = [
        Lap(number, 1.0, 10.0, 2.0, 1.0, {"epoch": 1.0}, {}, predicted, warm=number > 1)
        for number in (1, 2, 3)
    ]
    stop = Stop("30 J", 30.0, "J", 3, f"stopped: {SCRIPT}")
    test.trainings = [Training(SCRIPT, "epoch", 9, None, laps, 30.0, 6.0, 30.0, 6.0, stopped=stop)]
    test.hosted = [
        HostedUse("openai", SCRIPT, 3, 120, Range(4.0, 60.0), Range(2e-3, 4e-2), "EcoLogits"),
        HostedUse("openai", "unheard-of", 1, None, reason="unknown model"),
    ]


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
