from __future__ import annotations

from collections.abc import Sequence

import pytest
from reports import entry, measured, report

from pytest_scer.core.measurement import median_run
from pytest_scer.findings.outliers import find
from pytest_scer.report.model import BudgetEntry, Finding

RUNS = [9.0 + 0.1 * n for n in range(14)] + [20.0] * 6
"""A median of 9.95 J; without the outliers one of 9.65 J."""


def found(limit_j: float, verdict: str, values: Sequence[float] = RUNS) -> list[Finding]:
    """The findings on a test with these runs, whose figure has an uncertainty of 0.4 J."""
    middle = median_run([measured(value) for value in values], 0.4)
    limit = f"{limit_j} J"
    budget = BudgetEntry(limit, limit_j, "J", middle.total_j, 0.4, len(values), verdict, "x")
    return list(find(report(entry(measurement=middle, budgets=[budget]))))


@pytest.mark.parametrize(
    ("limit_j", "verdict", "without"),
    [(10.2, "inconclusive", "ok"), (9.5, "exceeded", "inconclusive")],
)
def test_runs_that_decide_a_verdict(limit_j: float, verdict: str, without: str) -> None:
    (finding,) = found(limit_j, verdict)
    assert finding.text == (
        "6 of 20 runs stand out (run 15: 20 J, median 9.9 J); without them the budget of "
        f"{limit_j} J is {without}, not {verdict}"
    )
    assert finding.remedy == "@pytest.mark.scer(warmup=3, repeats=40)"


@pytest.mark.parametrize(("limit_j", "verdict"), [(10.0, "inconclusive"), (20.0, "ok")])
def test_runs_that_decide_nothing_are_none(limit_j: float, verdict: str) -> None:
    assert not found(limit_j, verdict)


def test_a_single_outlier_does_not_move_the_median() -> None:
    assert not found(10.0, "inconclusive", [9.8, 9.9, 9.9, 9.9, 9.9, 10.0, 40.0])


def test_what_is_not_measured_or_has_no_runs_is_none() -> None:
    assert not list(find(report(entry(measurement=None), entry(measurement=measured(0.0)))))
    assert not list(find(report(entry(measurement=measured(5.0)))))
