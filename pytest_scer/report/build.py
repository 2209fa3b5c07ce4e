"""From records to a report: sums, budgets of many tests, findings, and files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_scer.core import units
from pytest_scer.core.budget import Budget, Judgement, Limit, Verdict, judge
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.sections import Units
from pytest_scer.core.statistics import outliers
from pytest_scer.meters.base import HostTotals
from pytest_scer.report.files import write_whole
from pytest_scer.report.model import OPERATIONAL_ONLY, Finding, Report, TestEntry, Totals


def stages(tests: Iterable[TestEntry]) -> Iterator[Measurement]:
    """Every stage of every test that ran."""
    for test in tests:
        yield from (stage for stage in test.stages.values() if stage is not None)


def totals(report: Report, final: HostTotals) -> Totals:
    """What the host used, beside what of it is charged to tests and fixtures."""
    return Totals(
        cpu_j=final.cpu_j,
        gpu_j=final.gpu_j,
        ram_j=final.ram_j,
        tests_energy_j=math.fsum(stage.known_j for stage in stages(report.tests)),
        fixtures_energy_j=math.fsum(each.measurement.known_j for each in report.fixtures),
    )


def sum_of_units(tests: Iterable[TestEntry]) -> dict[str, float]:
    """The functional units that tests produced together."""
    counted = Units()
    for test in tests:
        counted.add(test.units)
    return counted.counts


def judge_sum(limit: Limit, tests: Sequence[TestEntry], conversion: Conversion) -> Judgement:
    """Hold a budget against what tests cost together, as their own budgets read them."""
    nothing = Judgement(limit, Verdict.UNMEASURED, None, None, 0)
    if not tests:
        return replace(nothing, reason="no test matches the pattern")
    missing = [test for test in tests if test.measurement is None and not _left_out(test)]
    measured = [test.measurement for test in tests if test.measurement is not None]
    if measured:
        whole = sum(measured[1:], measured[0])
        known = judge(limit, whole, sum_of_units(tests), conversion)
        is_exceeded = known.verdict is Verdict.EXCEEDED and limit.budget.is_of_the_whole
        if is_exceeded or not missing:  # what is missing can only add to it
            return known
    if missing:
        reason = (
            f"{len(missing)} of {len(tests)} tests have no figure, "
            f"{missing[0].nodeid} first: {missing[0].unmeasured}"
        )
        return replace(nothing, reason=reason)
    return replace(nothing, reason="every test that matches the pattern was skipped")


def _left_out(test: TestEntry) -> bool:
    """Whether a test was skipped before it began: it cost nothing that could be missing."""
    return test.outcome in ("skipped", "xfailed") and test.stages["call"] is None


def add_findings(report: Report) -> None:
    """Say what a reader should know of the figures."""
    if report.embodied is None:
        report.findings.append(Finding("boundary", OPERATIONAL_ONLY))
    for test in report.tests:
        if test.unmeasured and test.outcome != "skipped":
            report.findings.append(Finding("unmeasured", test.unmeasured, test.nodeid))
        if test.measurement is not None and test.measurement.runs:
            report.findings += _outlying_runs(test.nodeid, test.measurement)
    report.findings += _reruns(report)
    report.findings += _on_a_live_grid(report)


def _on_a_live_grid(report: Report) -> Iterator[Finding]:
    """Budgets whose verdict another hour may turn, each with the energy that it stands for."""
    if not report.carbon_intensity.is_live:
        return
    told = {
        (budget.limit, test.nodeid if test is not None else None)
        for test in (None, *report.tests)
        for budget in (report.budgets if test is None else test.budgets)
    }
    for limit, nodeid in sorted(told, key=lambda each: (each[1] or "", each[0])):
        text = Budget.parse(limit).not_reproducible(report.carbon_intensity, report.conversion)
        if text is not None:
            yield Finding("live grid", text, nodeid)


def _outlying_runs(nodeid: str, measured: Measurement) -> Iterator[Finding]:
    """Name the runs that stand out; they are in the median all the same."""
    joules = [run.total_j or 0.0 for run in measured.runs or ()]
    middle = measured.total_j
    if not middle:
        return
    named = [f"{index + 1} ({joules[index] / middle:.2g} x)" for index in outliers(joules)]
    if named:
        text = f"of {len(joules)} runs these stand out from the median: {', '.join(named[:5])}"
        yield Finding("outliers", text + (", ..." if len(named) > 5 else ""), nodeid)


def _reruns(report: Report) -> Iterator[Finding]:
    """What the attempts cost that were run again."""
    last: dict[tuple[str, str], int] = {}
    for test in report.tests:
        key = test.nodeid, test.worker
        last[key] = max(last.get(key, 1), test.attempt)
    wasted = [test for test in report.tests if test.attempt < last[test.nodeid, test.worker]]
    if wasted:
        joules = math.fsum(stage.known_j for stage in stages(wasted))
        co2e = units.quantity(report.conversion.grams(joules), "g", suffix="CO2e")
        text = f"{len(wasted)} attempts were run again: {units.quantity(joules, 'J')}, {co2e}"
        yield Finding("reruns", text)


def write(report: Report, kind: str, path: Path) -> None:
    """Write the report in one of its forms, atomically.

    Args:
        report: The report.
        kind: One of ``OUTPUT_KINDS``.
        path: The file, which is replaced as a whole or left as it was.

    Raises:
        OSError: It could not be written.
    """
    from pytest_scer.report import ci, csv_form, json_form, label, manifest

    dump = {
        "json": json_form.dump_report,
        "csv": csv_form.dump_report,
        "yaml": manifest.dump_report,
        "svg": label.dump_report,
        "prom": ci.metrics,
    }[kind]
    write_whole(path, dump(report))
