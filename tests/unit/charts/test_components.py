"""The parts of the session by component: they sum to its total."""

from __future__ import annotations

import math

import drawn
import pytest
import reported_suite
import reports
from hypothesis import given, settings

from pytest_scer.charts import components
from pytest_scer.report.model import Report, Totals


@given(drawn.any_report())
@settings(max_examples=40, deadline=None)
def test_parts_sum_to_the_total(report: Report) -> None:
    chart = components.chart(report)
    parts = drawn.rows(chart, "parts")
    total_j = report.totals.total_j
    assert math.fsum(part["energy_j"] for part in parts) == pytest.approx(total_j, abs=1e-6)


def test_overhead_is_split_unless_tests_were_repeated() -> None:
    report = reported_suite.suite()
    assert report.totals.cpu_j is not None
    report.totals.cpu_j += 8.0

    def overhead() -> dict[str, float]:
        parts = drawn.rows(components.chart(report), "parts")
        return {each["component"]: each["energy_j"] for each in parts if each["name"] == "overhead"}

    assert overhead()["CPU (modelled)"] == pytest.approx(8.0)
    report.totals.confirming_energy_j = 3.0
    assert overhead() == {"not split by component": pytest.approx(5.0)}


def test_the_total_has_its_plausible_range() -> None:
    chart = components.chart(reported_suite.suite())
    assert chart is not None
    assert chart.note.startswith("the true total is probably between 12 J and 180 J")


def test_without_a_total_there_is_no_picture() -> None:
    report = reports.report(totals=Totals(None, None, None, 0.0, 0.0))
    assert components.chart(report) is None
