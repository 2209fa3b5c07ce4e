"""A history over time."""

from __future__ import annotations

import dataclasses

import drawn
import pasts

from pytest_scer.baseline.trends import trends_of
from pytest_scer.charts import history

SESSIONS = [
    dataclasses.replace(
        pasts.past(day, a=10.0 if day < 8 else 20.0, b=4.0, regressed=["a"] if day == 8 else []),
        commit=f"{day:02}23456789abcdef",
        branch="faster" if day in {3, 11} else "main",
    )
    for day in range(1, 15)
]
TRENDS = trends_of(pasts.baseline(*SESSIONS))


def test_figures_levels_and_commits() -> None:
    (first, *_) = history.tests(TRENDS)
    points = drawn.rows(first, "points")
    assert [point["energy_j"] for point in points] == [10.0] * 7 + [20.0] * 7
    assert [point["session"] for point in points if point["verdict"] == "regression"] == [7]
    levels = [(each["first"], each["last"]) for each in drawn.rows(first, "levels")]
    assert levels == [(-0.5, 6.5), (6.5, 13.5)]
    (mark,) = drawn.rows(first, "marks")
    assert (mark["at"], mark["text"]) == (6.5, "commit 08234567")
    assert "moved from 10.0 J to 20.0 J at commit 08234567" in first.description


def test_branches_are_told_apart() -> None:
    total = history.total(TRENDS)
    assert total is not None
    assert {point["branch"] for point in drawn.rows(total, "points")} == {"main", "faster"}
    colour = total.spec["layer"][-1]["encoding"]["color"]
    assert colour["scale"]["domain"] == ["main", "faster"]
    assert "levels are those of branch main" in total.note


def test_energy_begins_at_zero() -> None:
    total = history.total(TRENDS)
    assert total is not None
    assert total.spec["layer"][0]["encoding"]["y"]["scale"]["domain"][0] == 0


def test_the_whole_history_is_one_picture() -> None:
    whole = history.chart(pasts.baseline(*SESSIONS))
    assert whole is not None
    total, small = whole.spec["vconcat"]
    assert total["title"]["text"] == "All 2 common tests"
    assert [view["title"]["text"] for view in small["hconcat"]] == ["a", "b"]


def test_one_session_of_one_test_has_no_trend() -> None:
    assert history.chart(pasts.baseline(pasts.past(1, a=1.0))) is None
    assert history.chart(pasts.baseline(pasts.past(1))) is None


def test_more_branches_than_colours_are_others() -> None:
    made = [dataclasses.replace(past, branch=f"b{n}") for n, past in enumerate(SESSIONS)]
    total = history.total(trends_of(pasts.baseline(*made)))
    assert len({point["branch"] for point in drawn.rows(total, "points")}) == 6
