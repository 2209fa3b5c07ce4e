"""When a budget of the session is spent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from reports import entry, measured, report

from pytest_scer.collecting.session_budgets import SessionBudgets
from pytest_scer.core.budget import Budget
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.judgement import Limit
from pytest_scer.meters.base import HostTotals


@pytest.mark.parametrize(
    ("counted_j", "spent"),
    [
        (0.0, True),  # the tests ran where this process's meter does not count
        (9.0, False),
        (13.0, True),
    ],
)
def test_what_other_processes_used_counts(counted_j: float, spent: bool) -> None:
    settings: Any = SimpleNamespace(budget=[Limit(Budget.parse("10 J"), "a test")])
    tests = [entry("m", measured(6.0)), entry("n", measured(6.0))] if not counted_j else []
    budgets = SessionBudgets(settings)
    totals = HostTotals(1.0, counted_j, None, 0.0)
    assert budgets.is_spent(report(*tests), totals, Conversion(360.0, 1.0)) is spent
    assert (budgets.exhausted is not None) is spent
