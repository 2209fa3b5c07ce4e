"""Tests of one file build the same things again in their setup.

Evidence: the setup stages of several tests of a file. Function-scoped fixtures and setup methods
run in them, once for each test.

Threshold: setups of at least {EACH_J:g} J each; all but the most expensive one of each file use at
least {FLOOR_J:g} J together.

Remedy: a wider scope.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from pytest_scer.core.units import counted
from pytest_scer.findings.rule import (
    EACH_J,
    FLOOR_J,
    is_stall,
    joules,
    nodeids_by_cost,
)
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Finding, Report, TestEntry

KIND: Final = "repeated setup"


def find(report: Report) -> Iterator[Finding]:
    """Find the setups that could be shared."""
    setups: dict[tuple[str, str], list[tuple[TestEntry, float]]] = defaultdict(list)
    for test in last_attempts(report.tests):
        setup = test.stages.get("setup")
        if setup is not None and setup.known_j >= EACH_J and not is_stall(setup, report):
            file = test.nodeid.partition("::")[0]
            setups[test.host, file].append((test, setup.known_j))
    shared = {file: rows for file, rows in setups.items() if _again_j(rows) >= FLOOR_J}
    again_j = sum(map(_again_j, shared.values()))
    costs = [row for rows in shared.values() for row in rows]
    if costs:
        yield Finding(
            KIND,
            f"the setup of {counted(len(costs), 'test')} in {counted(len(shared), 'file')} used "
            f"{joules(sum(cost for _, cost in costs))}: function-scoped fixtures are built again "
            "for each test",
            nodeids_by_cost(costs),
            "hint",
            '@pytest.fixture(scope="module")',
            again_j,
            "J",
        )


def _again_j(rows: list[tuple[TestEntry, float]]) -> float:
    """The joules of all setups but the most expensive one."""
    costs = [cost for _, cost in rows]
    return sum(costs) - max(costs)
