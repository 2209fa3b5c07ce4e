"""Budgets against their limits."""

from __future__ import annotations

import drawn
import pytest
import reported_suite
import reports

from pytest_scer.charts import budgets


def test_the_worst_come_first_with_their_intervals() -> None:
    rows = drawn.rows(budgets.chart(reported_suite.suite()))
    assert [row["verdict"] for row in rows] == [
        *["exceeded"] * 2, "inconclusive", "unmeasured", "ok", "ok",
    ]  # fmt: skip
    first = rows[0]
    assert first["name"] == "test_cost_per_prediction"
    assert (first["used"], first["low"], first["high"]) == pytest.approx((5.1, 4.08, 6.12))
    assert first["figure"] == "100 mJ of 20 mJ per 1000 predictions, 5.1x: EXCEEDED"
    assert [row["name"] for row in rows[-2:]] == ["test_cost_per_prediction[logistic]", "session"]


def test_what_was_not_checked_has_no_bar() -> None:
    rows = drawn.rows(budgets.chart(reported_suite.suite()))
    (row,) = (row for row in rows if row["verdict"] == "unmeasured")
    assert (row["used"], row["low"]) == (None, None)
    assert row["figure"] == "limit 1 mJ per prediction: NOT CHECKED"


def test_a_cut_bar_is_stated() -> None:
    chart = budgets.chart(reported_suite.suite())
    assert chart is not None
    assert chart.note.startswith("bars end at 3 times the limit; ")
    assert chart.spec["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0, 3.0]
    assert budgets.chart(reports.report(reports.entry())) is None


def test_reruns_and_a_limit_of_zero() -> None:
    budget = reported_suite.budget("exceeded", "0 J", 3.0, 0.0)
    tests = [
        reports.entry(None, None, nodeid="a.py::t", attempt=attempt, budgets=[budget])
        for attempt in (1, 2)
    ]
    (row,) = drawn.rows(budgets.chart(reports.report(*tests)))
    assert (row["name"], row["test"], row["used"]) == ("t #2", 1, None)
