"""How the costs of tests developed over a history."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping
from typing import Any

import pasts
import pytest

from pytest_scer.baseline.levels import Level
from pytest_scer.baseline.past import Past
from pytest_scer.baseline.trends import trends_of

NAME = pasts.NODEID.format


def sessions(count: int, moved: Mapping[str, tuple[int, float]], sd: float = 0.03) -> list[Past]:
    """Sessions whose machine speed varies; a test moves from a day on by a factor."""
    chance = random.Random(3)
    made = []
    for day in range(1, count + 1):
        speed = chance.lognormvariate(0, 0.1)
        joules: dict[str, Any] = {
            name: 10.0 * speed * (factor if day >= since else 1.0) * chance.lognormvariate(0, sd)
            for name, (since, factor) in moved.items()
        }
        made.append(pasts.past(day, reference_j=0.5 * speed, **joules))
    return made


def test_levels_are_found_in_costs_corrected_for_speed() -> None:
    trends = trends_of(pasts.baseline(*sessions(20, {"a": (11, 1.6), "b": (99, 1.0)})))
    moved, steady = trends.tests
    assert (moved.nodeid, steady.nodeid) == (NAME("a"), NAME("b"))
    assert [(level.first, level.last) for level in moved.levels] == [(0, 9), (10, 19)]
    assert moved.moved == pytest.approx(0.47, abs=0.1)
    assert [(level.first, level.last) for level in steady.levels] == [(0, 19)]
    assert trends.total is not None
    assert (trends.total.tests, len(trends.total.points)) == (2, 20)


def test_a_level_has_the_range_of_single_sessions() -> None:
    trends = trends_of(pasts.baseline(*sessions(20, {"a": (99, 1.0)})))
    (level,) = trends.tests[0].levels
    inside = [level.low_j <= point.energy_j <= level.high_j for point in trends.tests[0].points]
    assert sum(inside) >= 18
    assert trends.total is None  # there is only one test


def test_a_noisy_test_does_not_move_all_the_time() -> None:
    made = sessions(24, {"a": (99, 1.0)}, sd=0.4)
    assert len(trends_of(pasts.baseline(*made)).tests[0].levels) == 1


def test_levels_are_those_of_the_branch_with_most_sessions() -> None:
    made = [
        dataclasses.replace(past, branch="slow" if number % 3 == 0 else "main")
        for number, past in enumerate(sessions(21, {"a": (99, 1.0)}))
    ]
    slow = {
        NAME("a"): dataclasses.replace(
            made[0].tests[NAME("a")], energy_j={"cpu": 30.0, "gpu": None, "ram": 9.0}
        )
    }
    made = [dataclasses.replace(p, tests=slow) if p.branch == "slow" else p for p in made]
    trends = trends_of(pasts.baseline(*made))
    assert trends.branch == "main"
    assert len(trends.tests[0].points) == 21
    (level,) = trends.tests[0].levels
    assert level.high_j < 30.0


def test_regressions_and_accepted_levels_are_marked() -> None:
    made = [
        pasts.past(day, a=10.0 * (2 if day > 3 else 1), regressed=["a"] if day == 4 else [])
        for day in range(1, 8)
    ]
    level = Level(made[3].started_at, made[5].started_at)
    (trend,) = trends_of(pasts.baseline(*made, levels={NAME("a"): level})).tests
    assert [point.session for point in trend.points if point.regressed] == [3]
    assert trend.accepted == 3


def test_sessions_of_another_machine_are_left_out() -> None:
    other = pasts.fingerprint(cpu="Another chip")
    history = pasts.baseline(
        pasts.past(1, other, a=5.0), pasts.past(2, a=6.0), pasts.past(3, a=6.0)
    )
    trends = trends_of(history)
    assert (trends.left_out, len(trends.sessions)) == (1, 2)


def test_only_figures_of_the_same_stages_are_joined() -> None:
    whole = pasts.without(pasts.past(1, a=5.0), reads="all")
    (trend,) = trends_of(pasts.baseline(whole, pasts.past(2, a=1.0))).tests
    assert [point.session for point in trend.points] == [1]


def test_few_common_tests_are_summed_over_the_last_sessions() -> None:
    old = [pasts.past(day, a=1.0) for day in range(1, 5)]
    new = [pasts.past(day, a=1.0, b=2.0, c=3.0) for day in range(5, 16)]
    total = trends_of(pasts.baseline(*old, *new)).total
    assert total is not None
    assert total.tests == 3
    assert [point.session for point in total.points] == list(range(5, 15))


def test_a_cost_of_zero_has_a_level_without_a_range() -> None:
    (trend,) = trends_of(pasts.baseline(pasts.past(1, a=0.0), pasts.past(2, a=0.0))).tests
    assert (trend.levels[0].low_j, trend.levels[0].high_j, trend.moved) == (0.0, 0.0, 0.0)
