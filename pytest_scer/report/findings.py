"""Findings: what a reader should know about the figures of a report."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pytest_scer.core import units
from pytest_scer.core.budget import Budget
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.statistics import outliers
from pytest_scer.report.build import stages
from pytest_scer.report.model import Finding, Report, TestEntry
from pytest_scer.scoring.sci import OPERATIONAL_ONLY


def add_findings(report: Report) -> None:
    """Add to the report what a reader should know about its figures."""
    if report.embodied is None:
        report.findings.append(Finding("boundary", OPERATIONAL_ONLY))
    for test in report.tests:
        if test.unmeasured and test.outcome != "skipped":
            report.findings.append(Finding("unmeasured", test.unmeasured, [test.nodeid]))
        report.findings += _unusable_counts(test)
        if test.measurement is not None and test.measurement.runs:
            report.findings += _outlying_runs(test.nodeid, test.measurement)
    report.findings += _reruns(report)
    report.findings += _on_a_live_grid(report)


def _on_a_live_grid(report: Report) -> Iterator[Finding]:
    """Yield the budgets whose verdict may differ in another hour, with their limit in joules."""
    if not report.carbon_intensity.is_live:
        return
    limits = {
        (budget.limit, test.nodeid if test is not None else None)
        for test in (None, *report.tests)
        for budget in (report.budgets if test is None else test.budgets)
    }
    for limit, nodeid in sorted(limits, key=lambda each: (each[1] or "", each[0])):
        text = Budget.parse(limit).not_reproducible(report.carbon_intensity, report.conversion)
        if text is not None:
            yield Finding("live grid", text, [] if nodeid is None else [nodeid])


def _unusable_counts(test: TestEntry) -> Iterator[Finding]:
    """Name the counts of functional units that are too large or too small to calculate with."""
    for counts in (test.units, *(section.units for section in test.sections)):
        for name, count in counts.items():
            if count and not units.is_usable(count):
                text = f"{count:g} {units.plural(name)} is out of range: no figure per {name}"
                yield Finding("out of range", text, [test.nodeid], severity="warning")


def _outlying_runs(nodeid: str, measured: Measurement) -> Iterator[Finding]:
    """Name the outlying runs, which still count towards the median."""
    joules = [run.total_j or 0.0 for run in measured.runs or ()]
    middle = measured.total_j
    if not middle:
        return
    named = [f"{index + 1} ({joules[index] / middle:.2g}x)" for index in outliers(joules)]
    if named:
        text = f"runs far from the median of all {len(joules)} runs: {', '.join(named[:5])}"
        yield Finding("outliers", text + (", ..." if len(named) > 5 else ""), [nodeid])


def _reruns(report: Report) -> Iterator[Finding]:
    """Report the cost of attempts that were rerun."""
    last: dict[tuple[str, str], int] = {}
    for test in report.tests:
        key = test.nodeid, test.worker
        last[key] = max(last.get(key, 1), test.attempt)
    wasted = [test for test in report.tests if test.attempt < last[test.nodeid, test.worker]]
    if wasted:
        joules = math.fsum(stage.known_j for stage in stages(wasted))
        co2e = units.quantity(report.conversion.grams(joules), "g", suffix="CO2e")
        text = f"{len(wasted)} attempts that were rerun used {units.quantity(joules, 'J')}, {co2e}"
        yield Finding("reruns", text)
