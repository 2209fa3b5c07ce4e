"""Compared variants as bars."""

from __future__ import annotations

import math

import drawn
import pytest
import reports

from pytest_scer.charts import variants
from pytest_scer.report.comparisons import COMPARE, SWEEP, ComparisonEntry, VariantEntry
from pytest_scer.report.model import Report


def made(*entries: ComparisonEntry) -> Report:
    test = reports.entry("m", reports.measured(5.0))
    test.comparisons = list(entries)
    return reports.report(test)


def test_variants_by_cost_with_the_interval_against_the_cheapest() -> None:
    pair = [VariantEntry("fp32", [10.0] * 5, quality=0.9), VariantEntry("int8", [5.0] * 5)]
    chart = variants.chart(made(ComparisonEntry(COMPARE, pair, luck=0.02)))
    assert chart is not None
    assert "the cheapest of 2 is int8" in chart.description
    int8, fp32 = drawn.rows(chart)
    assert (int8["name"], int8["energy_j"], int8["low_j"]) == ("int8", 5.0, None)
    ratio = math.exp(1.96 * 0.02)
    assert (fp32["low_j"], fp32["high_j"]) == pytest.approx((10.0 / ratio, 10.0 * ratio), rel=1e-4)
    assert fp32["figure"] == "10.0 J, quality 0.9"


def test_points_in_their_order_per_unit() -> None:
    points = [
        VariantEntry(f"batch={n}", [joules] * 5, units={"token": n}, settings={"batch": n})
        for n, joules in ((1, 10.0), (8, 25.0))
    ]
    chart = variants.chart(made(ComparisonEntry(SWEEP, points, "token")))
    assert chart is not None
    rows = drawn.rows(chart)
    assert [row["name"] for row in rows] == ["batch=1", "batch=8"]
    assert [row["energy_j"] for row in rows] == pytest.approx([10.0, 3.125])


def test_nothing_to_draw() -> None:
    unknown = [VariantEntry("a", [None]), VariantEntry("b", [None])]
    assert variants.chart(made()) is None
    assert variants.chart(made(ComparisonEntry(COMPARE, unknown))) is None
