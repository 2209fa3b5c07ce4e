"""The verdict on a CO2e budget may differ in another hour.

Evidence: the grid's intensity was looked up live, and a budget is in CO2e.

Threshold: none.

Remedy: the energy budget that it equals now, rounded up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from pytest_scer.core.budget import Budget, Quantity
from pytest_scer.core.limits import limit_text
from pytest_scer.findings.rule import joules_of
from pytest_scer.report.model import Finding, Report, TestEntry

KIND: Final = "live grid"


def find(report: Report) -> Iterator[Finding]:
    """Find the budgets that depend on the hour, one finding for all tests with the same limit."""
    if not report.carbon_intensity.is_live:
        return
    tests: dict[str, list[TestEntry]] = {budget.limit: [] for budget in report.budgets}
    tests = defaultdict(list, tests)
    for test in report.tests:
        for limit in {budget.limit for budget in test.budgets}:
            tests[limit].append(test)
    for limit, each in sorted(tests.items()):
        budget = Budget.parse(limit)
        text = budget.not_reproducible(report.carbon_intensity, report.conversion)
        if text is not None:
            equal_j = budget.limit / report.conversion.grams(1.0)
            yield Finding(
                KIND,
                text,
                list(dict.fromkeys(test.nodeid for test in each)),
                "warning",
                limit_text(equal_j, Quantity.ENERGY, budget.functional_unit, budget.per),
                joules_of(each) if each else report.totals.total_j,
                "J",
            )
