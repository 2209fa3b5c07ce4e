"""The tests and fixtures that cost most, by component."""

from __future__ import annotations

import math

import drawn
import pytest
import reported_suite
import reports
from hypothesis import given, settings

from pytest_scer.charts import tests as tests_chart
from pytest_scer.report.model import Report


@given(drawn.any_report())
@settings(max_examples=30, deadline=None)
def test_bars_sum_to_tests_and_fixtures(report: Report) -> None:
    chart = tests_chart.chart(report, 100)
    known_j = report.totals.tests_energy_j + report.totals.fixtures_energy_j
    if chart is None:
        assert known_j == 0
        return
    rows, parts = drawn.rows(chart), drawn.rows(chart, "parts")
    assert math.fsum(row["energy_j"] for row in rows) == pytest.approx(known_j)
    assert math.fsum(part["energy_j"] for part in parts) == pytest.approx(known_j)


def test_the_largest_come_first_with_intervals_and_what_is_left_out() -> None:
    chart = tests_chart.chart(reported_suite.suite(), 3)
    assert chart is not None
    first, second, third = drawn.rows(chart)
    assert (first["name"], first["test"]) == ("fixture customers (session)", None)
    assert (first["energy_j"], first["low_j"], first["high_j"]) == pytest.approx((36.0, 28.8, 43.2))
    assert (second["name"], second["test"]) == ("TestStore::test_waits_for_the_store", 0)
    assert second["figure"] == "20 J, 14%"
    assert "fitted_forest (module, built 2 times)" in third["name"]
    assert chart.note.startswith("18 more cost 70 J; estimated, not measured: cpu (modelled)")


def test_components_say_how_they_are_estimated() -> None:
    parts = drawn.rows(tests_chart.chart(reported_suite.suite()), "parts")
    assert {part["component"] for part in parts} == {"CPU (modelled)", "memory (constant)"}


def test_bars_begin_at_zero() -> None:
    chart = tests_chart.chart(reported_suite.suite())
    assert chart is not None
    axis = chart.spec["layer"][0]["encoding"]["x"]
    assert axis["stack"] == "zero"
    assert "scale" not in axis


def test_without_a_figure_there_is_no_picture() -> None:
    assert tests_chart.chart(reports.report(reports.entry(None, None))) is None
    assert tests_chart.chart(reports.report()) is None


def test_a_missing_figure_has_no_interval() -> None:
    broken = reports.measured(4.0)
    broken.cpu_j = math.nan
    (row,) = drawn.rows(tests_chart.chart(reports.report(reports.entry(None, broken))))
    assert (row["energy_j"], row["low_j"], row["figure"]) == (1.0, None, "1.00 J known")
