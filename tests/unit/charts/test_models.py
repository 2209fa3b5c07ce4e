"""Scores of models."""

from __future__ import annotations

import drawn
import pytest
import reports

from pytest_scer.charts import models


def test_the_lowest_score_comes_first_with_its_letter() -> None:
    (chart,) = models.charts(reports.three_models())
    rows = drawn.rows(chart)
    assert [(row["name"], row["letter"]) for row in rows] == [
        ("small", "A"),
        ("medium", "C"),
        ("large", "C"),
    ]
    assert [row["value_g"] for row in rows] == pytest.approx([0.1, 0.2, 0.4])
    assert rows[0]["figure"] == "0.100 gCO2eq per 1000 tokens, A"
    assert "operational emissions only; not an SCI score" in chart.note


def test_phases_do_not_share_an_axis() -> None:
    report = reports.trained()
    assert len(models.charts(report)) == 2
    whole = models.chart(report)
    assert whole is not None
    assert len(whole.spec["vconcat"]) == 2


def test_intervals_are_scaled_with_the_score() -> None:
    report = reports.report(
        reports.entry("m", reports.measured(36.0, 1.0, 9.0), units={"image": 9})
    )
    (row,) = drawn.rows(models.charts(report)[0])
    assert row["uncertainty_g"] / row["value_g"] == pytest.approx(0.25)
    assert row["high_g"] == pytest.approx(row["value_g"] * 1.25)


def test_without_units_there_is_no_score() -> None:
    assert models.chart(reports.report(reports.entry("m", reports.measured(1.0)))) is None
