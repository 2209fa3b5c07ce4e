"""How well models did, as their tests stated it."""

from __future__ import annotations

import pytest
import reports

from pytest_scer.report.quality import qualities


def test_a_metric_is_the_mean_of_the_tests_of_a_model() -> None:
    report = reports.report(
        reports.entry("m", None, nodeid="a", quality={"f1": 0.6, "recall": 0.5}),
        reports.entry("m", None, nodeid="b", quality={"f1": 0.8}),
        reports.entry("m", None, nodeid="c", category="other", quality={"f1": 0.1}),
        reports.entry("m", None, nodeid="d", quality={"f1": 0.0}),
        reports.entry("m", None, nodeid="d", attempt=2, quality={"f1": 1.0}),
    )
    assert qualities(report, "m", "text-generation") == pytest.approx({"f1": 0.8, "recall": 0.5})
    assert qualities(report, "x", None) == {}
