"""Quality against energy."""

from __future__ import annotations

import drawn
import pytest
import reports
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.charts import pareto

POINTS = st.lists(
    st.fixed_dictionaries({"energy_j": st.integers(1, 9), "quality": st.integers(0, 9)}),
    max_size=12,
)


@given(POINTS)
def test_no_point_beats_one_of_the_front(points: list[dict[str, int]]) -> None:
    front = pareto.front(points)
    for best in front:
        assert not any(
            each["energy_j"] <= best["energy_j"]
            and each["quality"] >= best["quality"]
            and (each["energy_j"], each["quality"]) != (best["energy_j"], best["quality"])
            for each in points
        )
    for each in points:
        assert any(
            best["energy_j"] <= each["energy_j"] and best["quality"] >= each["quality"]
            for best in front
        )


def test_models_with_a_quality_are_drawn() -> None:
    report = reports.three_models()
    for test, accuracy in zip(report.tests, (0.8, 0.7, 0.9), strict=True):
        test.quality = {"accuracy": accuracy}
    chart = pareto.chart(report)
    assert chart is not None
    assert "no model beats small, large in both" in chart.description
    points = {each["model"]: each for each in drawn.rows(chart, "points")}
    assert points["small"]["energy_j"] == pytest.approx(1.0)
    assert [points[name]["is_on_front"] for name in ("small", "medium", "large")] == [
        True, False, True,
    ]  # fmt: skip


def test_without_a_quality_there_is_no_picture() -> None:
    assert pareto.chart(reports.three_models()) is None
