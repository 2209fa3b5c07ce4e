"""The session over time."""

from __future__ import annotations

import math

import drawn
import pytest
import reported_suite
import reports
from hypothesis import given, settings

from pytest_scer.charts import timeline
from pytest_scer.charts.spans import spans_of
from pytest_scer.core import units
from pytest_scer.report.model import Report, TestEntry


@given(drawn.any_report())
@settings(max_examples=30, deadline=None)
def test_power_and_spans_sum_to_the_same(report: Report) -> None:
    whole_j = math.fsum(span.energy_j for span in spans_of(report))
    power, lanes = timeline.power_chart(report), timeline.lanes(report)
    if lanes is not None:
        spans_j = math.fsum(row["energy_j"] for row in drawn.rows(lanes, "spans"))
        assert spans_j == pytest.approx(whole_j)
    if power is not None:
        steps_j = math.fsum(row["energy_j"] for row in drawn.rows(power, "power"))
        assert steps_j == pytest.approx(whole_j)


def started(number: int, worker: str = "gw0") -> TestEntry:
    return reports.entry(
        None, reports.measured(3.0, 0.5), nodeid=f"t_{number}", start_s=number / 2, worker=worker
    )


def test_a_lane_for_each_worker() -> None:
    lanes = timeline.lanes(reports.report(started(0), started(1, "gw1")))
    assert lanes is not None
    assert "in 2 lanes" in lanes.description
    rows = drawn.rows(lanes, "spans")
    assert [(row["lane"], row["test"], row["power_w"]) for row in rows] == [
        ("gw0", 0, 6.0),
        ("gw1", 1, 6.0),
    ]


def test_ten_thousand_tests_are_joined() -> None:
    rows = drawn.rows(timeline.lanes(reports.report(*map(started, range(10_000)))), "spans")
    assert len(rows) <= 1500
    assert rows[0]["name"].endswith(" tests")


def test_power_says_that_it_lacks_overhead() -> None:
    report = reports.report(started(0))
    overhead_j = report.totals.overhead_energy_j
    assert overhead_j is not None
    shown = units.quantity(overhead_j, "J", digits=report.digits)
    chart = timeline.power_chart(report)
    assert chart is not None
    assert f"without the {shown} of overhead" in chart.note


def test_stacked_power_is_that_of_its_components() -> None:
    power = drawn.rows(timeline.power_chart(reports.report(started(0)), 1), "power")
    assert [(row["component"], row["low_w"], row["high_w"]) for row in power] == [
        ("CPU", 0.0, 4.5),
        ("memory", 4.5, 6.0),
    ]


def test_without_starts_there_is_no_picture() -> None:
    assert timeline.chart(reported_suite.suite()) is None
