"""The runs of repeated tests."""

from __future__ import annotations

from dataclasses import replace

import drawn
import pytest
import reported_suite
import reports

from pytest_scer.charts import runs
from pytest_scer.core.measurement import median_run
from pytest_scer.report.model import TestEntry


def repeated(*joules: float) -> TestEntry:
    each = [replace(reports.measured(value), uncertainty_j=None) for value in joules]
    return reports.entry(None, median_run(each, 1.0), nodeid="a.py::test")


def test_runs_are_relative_to_their_median() -> None:
    chart = runs.chart(reports.report(repeated(2.0, 4.0, 5.0)))
    assert [point["ratio"] for point in drawn.rows(chart, "points")] == [0.5, 1.0, 1.25]
    (row,) = drawn.rows(chart)
    assert (row["low"], row["high"]) == (0.75, 1.25)
    assert row["figure"] == "median 4.00 ± 1.0 J, 3 runs"


def test_many_runs_are_drawn_in_part() -> None:
    chart = runs.chart(reports.report(repeated(*range(1, 904))))
    points = drawn.rows(chart, "points")
    assert len(points) <= runs.MOST_POINTS
    assert [points[0]["run"], points[1]["run"]] == [1, 6]


def test_single_runs_are_not_drawn() -> None:
    assert runs.chart(reports.report(repeated(3.0))) is None
    rows = drawn.rows(runs.chart(reported_suite.suite()))
    assert [row["runs"] for row in rows] == [63, 20, 20]
    assert rows[0]["energy_j"] == pytest.approx(12.44)
