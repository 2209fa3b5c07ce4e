"""Where a series of figures moves to another level."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.change_points import FEWEST, change_points


def noisy(*levels: float, sd: float = 1.0, length: int = 10) -> list[float]:
    chance = random.Random(7)
    return [chance.gauss(level, sd) for level in levels for _ in range(length)]


def test_a_steady_series_has_one_level() -> None:
    assert change_points(noisy(0.0, 0.0, 0.0), 1.0) == []


@pytest.mark.parametrize("levels", [(0.0, 4.0), (4.0, 0.0), (0.0, 4.0, -4.0)])
def test_each_move_is_found_where_it_is(levels: tuple[float, ...]) -> None:
    found = change_points(noisy(*levels), 1.0)
    assert found == [10 * index for index in range(1, len(levels))]


def test_an_outlier_is_no_level() -> None:
    values = noisy(0.0, 0.0)
    values[9] = 50.0
    assert change_points(values, 1.0) == []


def test_too_few_figures_and_no_noise_show_nothing() -> None:
    assert change_points([0.0, 9.0, 9.0, 9.0, 9.0], 1.0) == []
    assert change_points([0.0] * 5 + [9.0] * 5, 0.0) == []


@given(st.lists(st.floats(-1e6, 1e6), max_size=40), st.floats(1e-3, 1e3))
def test_levels_have_some_figures_each(values: list[float], sd: float) -> None:
    edges = [0, *change_points(values, sd), len(values)]
    if len(edges) > 2:
        assert all(after - before >= FEWEST for before, after in pairwise(edges))
