"""Pairs of runs, and the estimate of a round."""

from __future__ import annotations

import math
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paired_runs import history, pair

from pytest_scer.ab.pairs import MOST_WALSH, History, hodges_lehmann

values = st.floats(-5, 5)


@given(st.lists(values, min_size=1, max_size=12), values)
def test_the_estimate_moves_with_the_values_and_stays_among_them(
    sample: list[float], shift: float
) -> None:
    middle = hodges_lehmann(sample)
    assert min(sample) - 1e-9 <= middle <= max(sample) + 1e-9
    assert hodges_lehmann([value + shift for value in sample]) == pytest.approx(middle + shift)
    assert hodges_lehmann([-value for value in sample]) == pytest.approx(-middle)


@given(st.lists(st.floats(-0.1, 0.1), min_size=8, max_size=16), st.floats(1, 1000))
def test_a_quarter_of_wild_values_does_not_move_it_out_of_the_others(
    calm: list[float], wild: float
) -> None:
    assert abs(hodges_lehmann([*calm, *[wild] * (len(calm) // 4)])) <= 0.1


def test_many_values_are_joined_first() -> None:
    many = [float(number) for number in range(8 * MOST_WALSH)]
    assert hodges_lehmann(many) == pytest.approx(median(many))


def test_a_cost_of_nothing_has_a_ratio() -> None:
    assert math.isfinite(pair(0.0, 1.0).log_ratio)
    assert pair(0.0, 0.0).log_ratio == 0.0


def test_rounds_without_a_pair_are_left_out() -> None:
    test = history([1.1, 1.1], [], [1.2])
    assert test.estimates == pytest.approx([math.log(1.1), math.log(1.2)])
    assert test.pairs == 3


def test_the_power_is_the_tests_own() -> None:
    assert History([[pair(2.0, 4.0, power_w=10.0)]]).power_w == pytest.approx(10.0)
    assert History([[]]).rounds == []


def test_a_clock_that_stands_still_gives_no_power() -> None:
    still = pair(1.0, 1.0, power_w=math.inf)
    assert History([[still]]).power_w == 0.0


def test_where_repeats_find_the_work_done_only_first_runs_count() -> None:
    test = History([[pair(10, 15), pair(1, 1), pair(1, 1)], [pair(10, 15), pair(1, 1)]])
    assert test.first_only
    assert test.estimates == pytest.approx([math.log(1.5)] * 2)


def test_a_warm_up_of_a_third_is_none_of_these() -> None:
    assert not History([[pair(1.5, 1.5), pair(1, 1), pair(1, 1)]]).first_only


def test_the_spread_of_pairs_is_that_of_the_calm_ones() -> None:
    ratios = [1.0, 1.01, 0.99, 1.02, 0.98, 1.01, 0.99, 5.0]
    spread, degrees = history(ratios).pair_spread
    assert spread < 0.03
    assert degrees == 7
    assert history([1.0], [2.0]).pair_spread == (0.0, 0)
