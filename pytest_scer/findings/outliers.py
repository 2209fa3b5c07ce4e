"""Runs of a repeated call that stand out decide a verdict.

Evidence: the runs of `carbon(fn)`, and a budget whose verdict is not `ok`. The median is taken
again without the outlying runs, and the verdict judged again with the same uncertainty.

Threshold: a modified z-score of 3.5 makes a run an outlier; the verdict has to differ without them.

Remedy: more warm-up runs, or more repeats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from pytest_scer.core.statistics import outliers
from pytest_scer.core.units import counted
from pytest_scer.findings.rule import joules
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import BudgetEntry, Finding, Report, TestEntry

KIND: Final = "outliers"


def find(report: Report) -> Iterator[Finding]:
    """Find the tests whose verdict depends on outlying runs."""
    for test in last_attempts(report.tests):
        measured = test.measurement
        if measured is None or not measured.runs or not measured.total_j:
            continue
        values = [run.total_j or 0.0 for run in measured.runs]
        out = outliers(values)
        if not out:
            continue
        kept = [value for index, value in enumerate(values) if index not in set(out)]
        ratio = median(kept) / measured.total_j
        decided = [each for each in test.budgets if _verdict(each, ratio) != each.verdict]
        if decided:
            yield _finding(test, values, out, decided[0], _verdict(decided[0], ratio))


def _verdict(budget: BudgetEntry, ratio: float) -> str:
    """The verdict if the figure were this many times what it is."""
    if budget.actual is None or budget.uncertainty is None or budget.verdict == "ok":
        return budget.verdict
    actual = budget.actual * ratio
    if actual + budget.uncertainty <= budget.limit_value:
        return "ok"
    return "exceeded" if actual - budget.uncertainty > budget.limit_value else "inconclusive"


def _finding(
    test: TestEntry, values: Sequence[float], out: list[int], budget: BudgetEntry, without: str
) -> Finding:
    largest = max(out, key=lambda index: abs(values[index] - median(values)))
    return Finding(
        KIND,
        f"{len(out)} of {counted(len(values), 'run')} stand out (run {largest + 1}: "
        f"{joules(values[largest])}, median {joules(median(values))}); without them the budget of "
        f"{budget.limit} is {without}, not {budget.verdict}",
        [test.nodeid],
        "hint",
        f"@pytest.mark.scer(warmup=3, repeats={2 * len(values)})",
        median(values),
        "J",
    )
