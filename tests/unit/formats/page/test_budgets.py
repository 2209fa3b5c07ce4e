"""The budgets of a page, those that used most first."""

from __future__ import annotations

import pytest
import reported_suite

from pytest_scer.formats.page import budgets
from pytest_scer.report.names import Names


def test_budgets_of_one_verdict_are_in_the_order_of_what_they_used() -> None:
    report = reported_suite.suite()
    rows, _ = budgets.rows(report, Names(test.nodeid for test in report.tests))
    used = [row.used.value for row in rows if row.verdict == "exceeded"]
    assert used == pytest.approx([5.1, 1.83])
