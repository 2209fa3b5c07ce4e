"""The figures of a test over its sessions as a line that fits a row of a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pytest_scer.baseline.trends import Trend
from pytest_scer.lazy_dataclass import dataclass

WIDTH: Final = 160
HEIGHT: Final = 36
_EDGE: Final = 3
"""What marks at the edges need of both."""


@dataclass(frozen=True)
class Sparkline:
    """A line, in pixels from the upper left corner.

    Attributes:
        points: The figures, as the ``points`` of a polyline.
        levels: The levels, as the ``d`` of a path.
        bad: The centres of figures that were a regression.
        last: The centre of the last figure.
    """

    points: str
    levels: str
    bad: list[tuple[int, int]]
    last: tuple[int, int]


def sparkline(trend: Trend, sessions: int) -> Sparkline:
    """Draw a trend from zero to its largest figure.

    Args:
        trend: The trend.
        sessions: How many sessions the width stands for.
    """
    largest_j = max(
        *(point.energy_j for point in trend.points), *(each.energy_j for each in trend.levels)
    )

    def at(session: float, joules: float) -> tuple[int, int]:
        along = session / max(sessions - 1, 1)
        up = joules / largest_j if largest_j > 0 else 0.0
        return (
            round(_EDGE + along * (WIDTH - 2 * _EDGE)),
            round(HEIGHT - _EDGE - up * (HEIGHT - 2 * _EDGE)),
        )

    centres = [at(point.session, point.energy_j) for point in trend.points]
    return Sparkline(
        _pairs(centres),
        " ".join(
            f"M{_pairs([at(each.first, each.energy_j)])}H{at(each.last, 0)[0]}"
            for each in trend.levels
        ),
        [place for place, point in zip(centres, trend.points, strict=True) if point.regressed],
        centres[-1],
    )


def _pairs(places: Iterable[tuple[int, int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)
