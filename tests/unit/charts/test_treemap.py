"""The treemap: its data are one tree whose areas sum to the total."""

from __future__ import annotations

import math
from typing import Any

import drawn
import pytest
import reported_suite
import reports
from hypothesis import given, settings

from pytest_scer.charts import treemap
from pytest_scer.report.model import Report, Totals


def values(report: Report) -> list[dict[str, Any]]:
    chart = treemap.chart(report)
    assert chart is not None
    assert chart.is_vega
    found: list[dict[str, Any]] = chart.spec["data"][0]["values"]
    return found


@given(drawn.any_report())
@settings(max_examples=40, deadline=None)
def test_areas_sum_to_the_total(report: Report) -> None:
    if not report.totals.total_j:
        assert treemap.chart(report) is None
        return
    rows = values(report)
    areas_j = math.fsum(row["energy_j"] for row in rows if row["energy_j"] is not None)
    assert areas_j == pytest.approx(report.totals.total_j)
    assert [row["id"] for row in rows if row["parent"] is None] == [0]
    assert {row["parent"] for row in rows} - {None} <= {row["id"] for row in rows}


def test_an_area_knows_its_test_and_its_power() -> None:
    report = reported_suite.suite()
    (row,) = (row for row in values(report) if row["name"] == "TestStore::test_waits_for_the_store")
    assert row["test"] == 0
    assert row["power_w"] == pytest.approx(20.01)
    assert row["energy"] == "20 J, 14%"


def test_parts_that_exceed_the_total_are_named() -> None:
    test = reports.entry(None, reports.measured(10.0))
    report = reports.report(test, totals=Totals(6.0, None, 3.0, 10.0, 0.0))
    chart = treemap.chart(report)
    assert chart is not None
    assert chart.note == "tests, fixtures and repeats sum to 1.0 J more than the total"
    assert values(report)[0]["name"] == "session, 9.00 J"


def test_ten_thousand_tests_stay_small() -> None:
    tests = (
        reports.entry(None, reports.measured(1.0), nodeid=f"t/test_{n % 100}.py::test_{n}")
        for n in range(10_000)
    )
    rows = values(reports.report(*tests, totals=Totals(7500.0, None, 2500.0, 10_000.0, 0.0)))
    assert len(rows) < 1500
    assert sum(row["kind"] == "others" for row in rows) == 100
