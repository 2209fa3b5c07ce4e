"""Entries of the report, from what was measured of tests."""

from __future__ import annotations

import pytest

from pytest_scer.core.budget import Judgement
from pytest_scer.core.sections import Runs
from pytest_scer.report.model import BudgetEntry, SectionEntry, TestEntry
from pytest_scer.roles.testrun import STAGES, TestRun


def entry_of_test(test: TestRun, worker: str, host: str) -> TestEntry:
    """A test as the report holds it, by what is known of it now.

    Args:
        test: The test.
        worker: The name of the process that ran it.
        host: The anonymous label of its host.
    """
    marker, measurement = test.marker, test.measurement()
    return TestEntry(
        nodeid=test.nodeid,
        outcome=test.outcome,
        worker=worker,
        host=host,
        attempt=test.attempt,
        phase=marker.phase,
        category=marker.category,
        model=marker.model,
        unmeasured=test.why_unmeasured(measurement),
        stages={name: test.stage(name) for name in STAGES},
        measurement=measurement,
        units=test.counted_units(),
        sections=[_section(runs) for runs in test.sections.values() if runs.runs],
        budgets=[budget_entry(each) for each in test.judgements],
        marks=test.marks,
        budget_failed=test.budget_failed,
        reference_j=test.reference_j,
        reference_moved=test.reference_moved,
        baseline=test.baseline,
    )


def _section(runs: Runs) -> SectionEntry:
    return SectionEntry(runs.name, runs.parent, runs.phase, runs.units, runs.measurement)


def budget_entry(judgement: Judgement, target: str | None = None) -> BudgetEntry:
    """A judgement as the report holds it."""
    budget = judgement.limit.budget
    return BudgetEntry(
        limit=budget.text,
        limit_value=budget.limit,
        unit=budget.unit,
        actual=judgement.actual,
        uncertainty=judgement.uncertainty,
        runs=judgement.runs,
        verdict=judgement.verdict.value,
        source=judgement.limit.source,
        reason=judgement.reason,
        target=target,
    )


def outcome_after(before: str, report: pytest.TestReport) -> str:
    """The outcome of a test after one more of its reports."""
    expected = hasattr(report, "wasxfail")
    if report.when == "call" or (report.when == "setup" and not report.passed):
        if report.failed:
            return "failed" if report.when == "call" else "error"
        if report.skipped:
            return "xfailed" if expected else "skipped"
        if before == "failed":
            return before  # a subtest of it failed
        return "xpassed" if expected else "passed"
    if report.when == "teardown" and report.failed:
        return "failed" if before == "failed" else "error"
    return before
