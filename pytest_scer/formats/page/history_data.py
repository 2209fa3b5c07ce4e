"""The figures of a history's page as JSON, in joules; a missing figure is null."""

from __future__ import annotations

import math
from typing import Any

from pytest_scer.baseline.past import Past
from pytest_scer.baseline.trends import Trend, Trends


def as_json(trends: Trends, most: int) -> dict[str, Any]:
    """The sessions, and the figures and levels of the tests that moved most.

    Args:
        trends: The trends.
        most: At most this number of tests.
    """
    return {
        "components": trends.components,
        "branch": trends.branch,
        "left_out": trends.left_out,
        "sessions": [_session(past) for past in trends.sessions],
        "total": None if trends.total is None else _trend(trends.total),
        "tests": [_trend(each) for each in trends.tests[:most]],
    }


def _session(past: Past) -> dict[str, Any]:
    return {
        "file": past.name,
        "id": past.session,
        "started_at": past.started_at,
        "commit": past.commit,
        "branch": past.branch,
        "tests": len(past.tests),
        "regressed": sorted(past.regressed),
    }


def _trend(trend: Trend) -> dict[str, Any]:
    has_moved = len(trend.levels) > 1
    return {
        "nodeid": trend.nodeid,
        "tests": trend.tests,
        "last_j": trend.points[-1].energy_j,
        "level_j": trend.levels[-1].energy_j,
        "moved": math.expm1(trend.moved) if has_moved else None,
        "moved_j": trend.moved_j if has_moved else None,
        "accepted": trend.accepted,
        "points": [
            {"session": each.session, "energy_j": each.energy_j, "regressed": each.regressed}
            for each in trend.points
        ],
        "levels": [
            {"first": each.first, "last": each.last, "energy_j": each.energy_j,
             "low_j": each.low_j, "high_j": each.high_j}
            for each in trend.levels
        ],
    }  # fmt: skip
