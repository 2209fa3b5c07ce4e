"""What is left of the noise between sessions after the runs of one."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.scatter import CPU_TIME, EXACT, NORMAL_95, Scatter

costs = st.lists(st.floats(0.1, 1e4), min_size=1, max_size=30)


@pytest.mark.parametrize("runs", [[], [5.0], [5.0, 9.0], [0.0, 0.0, 0.0]])
def test_too_few_runs_take_nothing_away(runs: list[float]) -> None:
    assert CPU_TIME.after(runs) == CPU_TIME.single


def test_equal_runs_take_nothing_away() -> None:
    assert CPU_TIME.after([5.0] * 20) == CPU_TIME.single


def test_runs_take_away_the_spread_that_they_show() -> None:
    scatter = Scatter(NORMAL_95 * 0.12, NORMAL_95 * 0.01)
    runs = [0.95, 1.0, 1.05]
    assert scatter.after(runs) == pytest.approx(NORMAL_95 * math.sqrt(0.12**2 - 0.05**2))


def test_but_never_the_part_that_stays() -> None:
    assert CPU_TIME.after([0.5, 1.0, 1.5]) == CPU_TIME.kept >= 0.2
    assert EXACT.after([0.5, 1.0, 1.5]) == 0.0


@given(costs, st.floats(0.01, 100))
def test_it_lies_between_both_parts_and_knows_no_unit(runs: list[float], unit: float) -> None:
    left = CPU_TIME.after(runs)
    assert CPU_TIME.kept <= left <= CPU_TIME.single
    assert CPU_TIME.after([run * unit for run in runs]) == pytest.approx(left)


def test_a_single_run_s_interval_holds_the_mean_over_sessions() -> None:
    rng = random.Random(12)
    held = 0
    for _ in range(2000):
        cost = math.exp(rng.gauss(0, 0.12))
        held += abs(cost - math.exp(0.12**2 / 2)) <= CPU_TIME.single * cost
    assert 0.93 <= held / 2000 <= 0.97
