"""The trend of a test as a line in a table."""

from __future__ import annotations

from pytest_scer.baseline.trends import LevelSpan, Point, Trend
from pytest_scer.formats.page.sparkline import HEIGHT, WIDTH, sparkline


def span(first: int, last: int, energy_j: float) -> LevelSpan:
    return LevelSpan(first, last, energy_j, energy_j, energy_j)


def test_a_figure_is_as_high_as_its_joules_from_zero() -> None:
    points = [Point(0, 5.0), Point(1, 10.0), Point(4, 0.0, regressed=True)]
    line = sparkline(Trend("a", points, [span(0, 1, 10.0), span(4, 4, 0.0)]), 5)
    top, bottom, left, right = 3, HEIGHT - 3, 3, WIDTH - 3
    half = (top + bottom) // 2
    assert line.points.split() == [f"{left},{half}", f"42,{top}", f"{right},{bottom}"]
    assert line.levels == f"M{left},{top}H42 M{right},{bottom}H{right}"
    assert line.bad == [(right, bottom)]
    assert line.last == (right, bottom)


def test_a_single_session_and_no_joules_are_a_point() -> None:
    line = sparkline(Trend("a", [Point(0, 0.0)], [span(0, 0, 0.0)]), 1)
    assert line.points == f"3,{HEIGHT - 3}"
