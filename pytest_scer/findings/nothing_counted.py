"""Tests of a model, or with a budget per functional unit, counted nothing.

Evidence: a budget per unit that was not checked although the test has a figure; a test that names a
model but counted no units.

Threshold: {FLOOR_J:g} J for models. A budget that is not checked is always a finding.

Remedy: `carbon.count()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.budget import Budget
from pytest_scer.core.units import counted
from pytest_scer.findings.rule import (
    FLOOR_J,
    joules,
    joules_of,
    nodeids_by_cost,
)
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Finding, Report, TestEntry

KIND: Final = "nothing counted"


def find(report: Report) -> Iterator[Finding]:
    """Find the tests that counted nothing."""
    tests = [
        test for test in last_attempts(report.tests) if test.outcome == "passed" and _complete(test)
    ]
    unchecked = [test for test in tests if _uncounted(test)]
    for unit in sorted({unit for test in unchecked for unit in _uncounted(test)}):
        costs = [(test, joules_of([test])) for test in unchecked if unit in _uncounted(test)]
        yield Finding(
            KIND,
            f"{counted(len(costs), 'budget')} per {unit} not checked: no {units.plural(unit)} were "
            f"counted ({joules(sum(cost for _, cost in costs))})",
            nodeids_by_cost(costs),
            "warning",
            f"carbon.count({units.plural(unit)}=...)",
            float(len(costs)),
            "budgets",
        )
    models = [test for test in tests if test.model and test not in unchecked and not _counts(test)]
    total_j = joules_of(models)
    if total_j >= FLOOR_J:
        yield Finding(
            KIND,
            f"{counted(len(models), 'test')} of a model counted nothing, so it has no score: "
            f"{joules(total_j)}",
            nodeids_by_cost((test, joules_of([test])) for test in models),
            "hint",
            "carbon.count(predictions=...)   (or tokens, images, ...)",
            total_j,
            "J",
        )


def _complete(test: TestEntry) -> bool:
    return test.measurement is not None and test.measurement.complete


def _counts(test: TestEntry) -> bool:
    return bool(test.units) or any(section.units for section in test.sections)


def _uncounted(test: TestEntry) -> set[str]:
    """The functional units of its budgets that it did not count."""
    budgets = [Budget.parse(each.limit) for each in test.budgets if each.verdict == "unmeasured"]
    limited = {each.functional_unit for each in budgets if each.functional_unit is not None}
    return {unit for unit in limited if not test.units.get(unit)}
