"""A budget is far above what its tests need.

Evidence: the most expensive test that a budget applies to, with its uncertainty. A budget that
applies to many tests is judged by the most expensive one.

Threshold: the limit is at least {LOOSE:g} times that. The test uses at least {FLOOR_J:g} J.

Remedy: a limit with headroom over the upper end of the figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from pytest_scer.findings.budget_lines import Judged, replacement
from pytest_scer.findings.rule import FLOOR_J
from pytest_scer.nodeids import function_of
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Finding, Report

KIND: Final = "loose budget"

LOOSE: Final = 10.0
"""From this multiple of the need on, a budget notices only what anyone would notice."""


def find(report: Report) -> Iterator[Finding]:
    """Find the budgets that are far above the need."""
    judged: dict[tuple[str, str, str], list[Judged]] = defaultdict(list)
    for test in last_attempts(report.tests):
        for budget in test.budgets:
            where = _level(test.nodeid, budget.source)
            judged[budget.source, where, budget.limit].append(Judged(test, budget))
    for each in judged.values():
        most = max(each, key=lambda one: one.upper)
        limit = most.budget.limit_value
        is_met = all(one.budget.verdict == "ok" for one in each)
        if is_met and most.known_j >= FLOOR_J and limit >= LOOSE * most.upper > 0:
            yield Finding(
                KIND,
                f"the limit of {most.budget.limit} is {limit / most.upper:,.0f} times what "
                f"{'the most expensive of its tests needs' if len(each) > 1 else 'the test needs'}",
                [most.test.nodeid],
                "hint",
                replacement(most.budget, most.upper),
                most.known_j,
                "J",
            )


def _level(nodeid: str, source: str) -> str:
    """The part of the node ID that tests share which a marker applies to."""
    function = function_of(nodeid)
    if not source.startswith("@pytest.mark.scer"):
        return ""
    if "class" in source:
        return function.rpartition("::")[0]
    if "module" in source:
        return nodeid.partition("::")[0]
    return nodeid if "parameter set" in source else function
