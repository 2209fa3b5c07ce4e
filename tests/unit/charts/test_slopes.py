"""What changed against a baseline."""

from __future__ import annotations

from itertools import pairwise

import drawn
import pasts
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.baseline.compare import compare
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.charts import slopes

BASE = {f"t{number}": 10.0 + number for number in range(12)}
COMPARED = compare(
    pasts.baseline(*(pasts.past_with(day, BASE) for day in range(1, 11))),
    pasts.past_with(20, {**BASE, "t1": 33.0, "t2": 2.0, "new": 4.0}),
    Threshold.parse("10%"),
)


@pytest.mark.parametrize("draw", [slopes.chart, slopes.intervals])
def test_regressions_come_first(draw: object) -> None:
    rows = drawn.rows(draw(COMPARED))  # type: ignore[operator]
    assert [row["name"] for row in rows[:2]] == ["t1", "t2"]
    assert [row["verdict"] for row in rows[:3]] == ["regression", "improved", "ok"]
    first = rows[0]
    assert (first["before_j"], first["after_j"]) == pytest.approx((11.0, 33.0))
    assert first["low"] < first["ratio"] < first["high"]
    assert first["figure"].startswith("+200% ± ")
    assert first["figure"].endswith("REGRESSION")


def test_labels_do_not_overlap() -> None:
    chart = slopes.chart(COMPARED)
    rows = drawn.rows(chart)
    assert chart is not None
    low, high = chart.spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    step = (high - low) * slopes.LINE / slopes.height(len(rows))
    places = sorted(row["label_at"] for row in rows)
    assert all(after - before >= 0.99 * step for before, after in pairwise(places))
    assert low <= places[0] + 1e-9
    assert places[-1] <= high + 1e-9


@given(st.lists(st.floats(-1e3, 1e3), max_size=20).map(sorted), st.floats(0.01, 10.0))
def test_spread_values_keep_their_distance_and_their_mean(values: list[float], step: float) -> None:
    places = slopes.spread(values, step)
    assert all(after - before >= step - 1e-6 for before, after in pairwise(places))
    assert sum(places) == pytest.approx(sum(values), abs=1e-6)
    if all(after - before >= step for before, after in pairwise(values)):
        assert places == pytest.approx(values)


def test_a_steep_change_ends_at_four_times_the_baseline() -> None:
    head = pasts.past_with(20, {**BASE, "t3": 1300.0})
    compared = compare(pasts.baseline(pasts.past_with(1, BASE)), head, Threshold.parse("10%"))
    row = next(row for row in drawn.rows(slopes.chart(compared)) if row["name"] == "t3")
    assert (row["shown"], row["ratio"]) == (4.0, pytest.approx(100.0))


def test_what_is_not_drawn_is_counted() -> None:
    chart = slopes.chart(COMPARED, 5)
    assert chart is not None
    assert "7 more tests changed less or are within the threshold" in chart.note


def test_nothing_in_common_is_no_picture() -> None:
    base, head = pasts.past_with(1, {"a": 1.0}), pasts.past_with(2, {"b": 1.0})
    assert slopes.chart(compare(pasts.baseline(base), head, Threshold.parse("10%"))) is None
