"""A history over time: its sessions with their levels, commits and regressions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.trends import Trend, Trends, trends_of
from pytest_scer.charts.chart import Chart, Spec, composed, vega_lite
from pytest_scer.charts.quantities import Unit
from pytest_scer.charts.style import BRANCH_COLOURS
from pytest_scer.core import units
from pytest_scer.report.names import Names

TOP: Final = 12
"""How many tests are drawn: those that moved most."""
LEFT: Final = 56
"""Pixels of the figures to the left."""
COMMIT: Final = 8
"""How many characters of a commit are shown: as git does in large projects."""
HEIGHT: Final = 220
"""Pixels of the picture of all tests together."""
SMALL: Final = 110
"""Pixels of the picture of one test."""
_BRANCHES: Final = 5


def chart(baseline: Baseline) -> Chart | None:
    """Draw a history: the sum of its tests, and below it those that moved most."""
    trends = trends_of(baseline)
    whole, parts = total(trends), tests(trends)
    if whole is None and not parts:
        return None
    rows = [[whole]] if whole is not None else []
    rows += [parts[index : index + 3] for index in range(0, len(parts), 3)]
    first = whole or parts[0]
    return composed(
        "Energy over the sessions of a history", first.description, rows, first.note, left=LEFT
    )


def total(trends: Trends) -> Chart | None:
    """Draw the sum of the tests that all sessions have."""
    if trends.total is None:
        return None
    title = f"All {trends.total.tests:,} common tests"
    return _chart(trends.total, trends, title, HEIGHT)


def tests(trends: Trends, top: int = TOP) -> list[Chart]:  # noqa: PT028 - no test
    """Draw the tests whose level moved most, or whose last figure is furthest from its level.

    Args:
        trends: The trends.
        top: At most this number of tests.
    """
    names = Names(trend.nodeid or "" for trend in trends.tests)
    shown = [each for each in trends.tests if len(each.points) > 1][:top]
    return [_chart(each, trends, names.short(each.nodeid or ""), SMALL) for each in shown]


def _chart(trend: Trend, trends: Trends, title: str, height: int) -> Chart:
    steps = [
        f"{units.quantity(before.energy_j, 'J')} to {units.quantity(after.energy_j, 'J')} "
        f"at {_commit(trends, after.first) or _day(trends, after.first)}"
        for before, after in pairwise(trend.levels)
    ]
    said = f"it moved from {', then '.join(steps)}" if steps else "it did not change its level"
    return vega_lite(
        title,
        f"Energy of {title} in {len(trend.points):,} sessions: {said}.",
        _spec(trend, trends, height),
        _note(trends),
    )


def _note(trends: Trends) -> str:
    said = [f"energy of {' + '.join(trends.components)}"]
    if len({past.branch for past in trends.sessions}) > 1:
        said.append(f"levels are those of branch {trends.branch}")
    if trends.left_out:
        said.append(f"{trends.left_out:,} sessions are not comparable and left out")
    return "; ".join(said)


def _commit(trends: Trends, session: int) -> str:
    commit = trends.sessions[session].commit
    return "" if commit is None else f"commit {commit[:COMMIT]}"


def _day(trends: Trends, session: int) -> str:
    return trends.sessions[session].started_at[:10]


def _points(trend: Trend, trends: Trends) -> list[dict[str, Any]]:
    return [
        {
            "session": point.session,
            "started_at": trends.sessions[point.session].started_at,
            "commit": trends.sessions[point.session].commit,
            "branch": trends.sessions[point.session].branch or "unknown",
            "file": trends.sessions[point.session].name,
            "energy_j": point.energy_j,
            "energy": units.quantity(point.energy_j, "J"),
            "verdict": "regression" if point.regressed else "counts",
        }
        for point in trend.points
    ]


def _levels(trend: Trend) -> list[dict[str, Any]]:
    # A level reaches half a session further than its figures, so that one session has a width.
    return [
        {
            "first": each.first - 0.5,
            "last": each.last + 0.5,
            "energy_j": each.energy_j,
            "low_j": each.low_j,
            "high_j": each.high_j,
        }
        for each in trend.levels
    ]


def _marks(trend: Trend, trends: Trends) -> list[dict[str, Any]]:
    """Where a level begins, and where one that the user accepted does."""
    found = [
        {
            "at": each.first - 0.5,
            "kind": "level moved",
            "text": _commit(trends, each.first) or _day(trends, each.first),
        }
        for each in trend.levels[1:]
    ]
    if trend.accepted is not None:
        found.append({"at": trend.accepted - 0.5, "kind": "accepted", "text": "accepted"})
    return [{**each, "line": line % 3} for line, each in enumerate(found)]


def _spec(trend: Trend, trends: Trends, height: int) -> Spec:
    points, levels = _points(trend, trends), _levels(trend)
    unit = Unit.of(
        [*(each["energy_j"] for each in points), *(each["high_j"] for each in levels)], "J"
    )
    last = len(trends.sessions) - 1
    x = {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [-0.5, last + 0.5], "nice": False},
        "axis": _days(trends),
    }
    highest = max(*(each["energy_j"] for each in points), *(each["high_j"] for each in levels))
    marks = _marks(trend, trends)
    room = 1.3 if marks else 1.0  # for their texts
    y = {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, room * highest / unit.size or 1]},
        "axis": {
            "tickCount": 4,
            "minExtent": LEFT,
            "maxExtent": LEFT,
            "labelExpr": f"datum.label + ' {unit.symbol}'",
        },
    }
    branches, is_late = _branches(points), f"datum.at > {0.6 * last}"
    several = len(branches) > 1
    colour = {
        "color": {
            "field": "branch",
            "type": "nominal",
            "title": "branch",
            "scale": {"domain": branches, "range": BRANCH_COLOURS},
            **({"legend": None} if height == SMALL else {}),
        }
    }
    return {
        "datasets": {"points": points, "levels": levels, "marks": marks},
        "data": {"name": "points"},
        "height": height,
        "layer": [
            {
                "data": {"name": "levels"},
                "transform": unit.scaled("low_j", "high_j"),
                "mark": {"type": "rect", "style": "band"},
                "encoding": {
                    "x": {"field": "first", **x},
                    "x2": {"field": "last"},
                    "y": {"field": "x_low_j", **y},
                    "y2": {"field": "x_high_j"},
                },
            },
            {
                "data": {"name": "levels"},
                "transform": unit.scaled("energy_j"),
                "mark": {"type": "rule", "style": "level"},
                "encoding": {
                    "x": {"field": "first", **x},
                    "x2": {"field": "last"},
                    "y": {"field": "x_energy_j", **y},
                },
            },
            {
                "data": {"name": "marks"},
                "mark": {"type": "rule", "style": "limit"},
                "encoding": {"x": {"field": "at", **x}},
            },
            {
                "data": {"name": "marks"},
                "mark": {
                    "type": "text",
                    "style": "figure",
                    "baseline": "top",
                    "limit": 110,
                    "align": {"expr": f"{is_late} ? 'right' : 'left'"},
                    "dx": {"expr": f"{is_late} ? -4 : 4"},
                },
                "encoding": {
                    "x": {"field": "at", **x},
                    "y": {"value": {"expr": "2 + 13 * datum.line"}},
                    "text": {"field": "text"},
                },
            },
            {
                "transform": unit.scaled("energy_j"),
                "mark": {
                    "type": "point",
                    "style": "dot",
                    "filled": True,
                    "size": 34,
                    "opacity": 1,
                    "tooltip": True,
                },
                "encoding": {
                    "x": {"field": "session", **x},
                    "y": {"field": "x_energy_j", **y},
                    "shape": {
                        "field": "verdict",
                        "type": "nominal",
                        "title": None,
                        "scale": {
                            "domain": ["counts", "regression"],
                            "range": ["circle", "triangle-up"],
                        },
                        "legend": None,
                    },
                    "size": {
                        "condition": {"test": "datum.verdict === 'regression'", "value": 90},
                        "value": 34,
                    },
                    **(colour if several else {}),
                    "tooltip": [
                        {"field": "started_at", "title": "started at"},
                        {"field": "energy", "title": "energy"},
                        {"field": "verdict", "title": "verdict"},
                        {"field": "commit", "title": "commit"},
                        {"field": "branch", "title": "branch"},
                    ],
                },
            },
        ],
    }


def _branches(points: Sequence[dict[str, Any]]) -> list[str]:
    """The branches, those with most sessions first; each of the first ones has its own colour."""
    counts: dict[str, int] = {}
    for point in points:
        counts[point["branch"]] = counts.get(point["branch"], 0) + 1
    ranked = sorted(counts, key=lambda name: -counts[name])
    for point in points:
        if point["branch"] in ranked[_BRANCHES:]:
            point["branch"] = "others"
    return [*ranked[:_BRANCHES], *(["others"] if len(ranked) > _BRANCHES else [])]


def _days(trends: Trends) -> Spec:
    """An axis with the days of some sessions, not more than there is room for."""
    count = len(trends.sessions)
    step = -(-count // 6)
    shown = list(range(0, count, step))
    days = {str(index): _day(trends, index) for index in shown}
    cases = " : ".join(f"datum.value === {index} ? '{day}'" for index, day in days.items())
    return {"grid": False, "values": shown, "labelExpr": f"{cases} : ''", "labelOverlap": "greedy"}
