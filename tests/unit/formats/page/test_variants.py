"""Compared variants on a page."""

from __future__ import annotations

import reports

from pytest_scer.formats.page.variants import comparisons
from pytest_scer.report.comparisons import COMPARE, ComparisonEntry, VariantEntry
from pytest_scer.report.names import Names


def test_each_comparison_with_its_own_picture() -> None:
    test = reports.entry("m", reports.measured(5.0))
    unknown = [VariantEntry("a", [None]), VariantEntry("b", [None])]
    pair = [VariantEntry("fp32", [10.0] * 5, quality=0.9), VariantEntry("int8", [5.0] * 5)]
    test.comparisons = [ComparisonEntry(COMPARE, unknown), ComparisonEntry(COMPARE, pair)]
    report = reports.report(test)
    (nothing, known), charts = comparisons(report, Names([test.nodeid]))
    assert set(charts) == {known.picture}
    assert not nothing.has_quality
    assert known.has_quality
    assert [row.name for row in known.rows] == ["int8", "fp32"]
