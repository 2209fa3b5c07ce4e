"""The verdict on a CO2e budget may differ in another hour.

Evidence: the grid's intensity was looked up live, and a budget is in CO2e.

Threshold: none.

Remedy: a budget in energy; the text states the equivalent one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core.budget import Budget
from pytest_scer.report.model import Finding, Report

KIND: Final = "live grid"


def find(report: Report) -> Iterator[Finding]:
    """Find the budgets that depend on the hour."""
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
            yield Finding(KIND, text, [] if nodeid is None else [nodeid])
