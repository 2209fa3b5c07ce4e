"""Rows of a page whose figures are calculated: budgets, changes and models."""

from __future__ import annotations

import pytest
import reported_suite
import reports

from pytest_scer.formats.page import budgets, changes, models
from pytest_scer.report.names import Names


def test_budgets_of_one_verdict_are_in_the_order_of_what_they_used() -> None:
    report = reported_suite.suite()
    rows, _ = budgets.rows(report, Names(test.nodeid for test in report.tests))
    used = [row.used.value for row in rows if row.verdict == "exceeded"]
    assert used == pytest.approx([5.1, 1.83])


def test_a_change_follows_from_what_is_shown_before_and_now() -> None:
    row = changes.row("t", "t", reported_suite.compared("regression", 2.0, 0.5))
    assert row.before.value == 2.0
    assert row.now.value == pytest.approx(3.0)  # corrected for machine speed
    assert row.change.value == 0.5


def test_the_interval_of_a_score_is_a_share_of_it() -> None:
    cost = reports.measured(4.0, uncertainty_j=1.0)
    report = reports.report(reports.entry("a", cost, units={"token": 5}))
    ((row,),) = (group.rows for group in models.models(report).groups)
    assert row.around == "±25%"
