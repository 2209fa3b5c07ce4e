"""Ratios of costs measured in turn: exact cases, and how often they are wrong, by seed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.ratios import ratio_of_pairs, trimmed
from pytest_scer.sources.noise import PROCESS

LUCK = math.sqrt(2) * PROCESS.value
COMPARISONS, ROUNDS = 600, 10


def normal(rng: random.Random) -> float:
    return rng.gauss(0, 0.1)


def doubled(rng: random.Random) -> float:
    """One run in fifty costs twice as much."""
    return rng.gauss(0, 0.1) + (math.log(2) if rng.random() < 0.02 else 0.0)


def skewed(rng: random.Random) -> float:
    return 0.1 * (rng.expovariate(1) - 1)


def compared(rng: random.Random, noise: Callable[[random.Random], float], ratio: float) -> float:
    """The upper and lower end around 1: positive if called dearer, negative if called cheaper."""
    drift = [rng.gauss(0, 0.3) for _ in range(ROUNDS)]  # a slow moment hits both
    over = [ratio * math.exp(slow + noise(rng)) for slow in drift]
    under = [math.exp(slow + noise(rng)) for slow in drift]
    found = ratio_of_pairs(over, under, luck=LUCK)
    return -1.0 if found.high < 1 else 1.0 if found.low > 1 else 0.0


@pytest.mark.parametrize("noise", [normal, doubled, skewed])
def test_identical_variants_are_rarely_called_different(
    noise: Callable[[random.Random], float],
) -> None:
    rng = random.Random(19)
    wrong = sum(compared(rng, noise, 1.0) != 0 for _ in range(COMPARISONS))
    assert wrong / COMPARISONS <= 1 / 20


@pytest.mark.parametrize("noise", [normal, doubled, skewed])
def test_a_variant_that_costs_20_percent_less_is_found(
    noise: Callable[[random.Random], float],
) -> None:
    rng = random.Random(19)
    found = sum(compared(rng, noise, 0.8) < 0 for _ in range(COMPARISONS))
    assert found / COMPARISONS >= 55 / 60


def test_without_noise_the_ratio_is_exact() -> None:
    assert ratio_of_pairs([6.0] * 5, [8.0] * 5) == pytest.approx((0.75, 0.75, 0.75, 5))


def test_the_luck_of_a_process_and_steps_stay_with_any_number_of_runs() -> None:
    lucky = ratio_of_pairs([1.0] * 50, [1.0] * 50, luck=0.01)
    assert lucky.high == pytest.approx(math.exp(1.96 * 0.01))
    coarse = ratio_of_pairs([1.0] * 50, [1.0] * 50, steps=0.1)
    assert (coarse.low, coarse.high) == pytest.approx((1 / 1.1, 1.1))


def test_the_same_pairs_in_reverse_give_the_inverse_ratio() -> None:
    one, other = [1.0, 1.3, 0.9, 1.1], [2.0, 2.2, 2.3, 1.9]
    forwards, backwards = ratio_of_pairs(one, other), ratio_of_pairs(other, one)
    assert backwards.value == pytest.approx(1 / forwards.value)
    assert backwards.low == pytest.approx(1 / forwards.high)


def test_pairs_without_a_figure_are_left_out() -> None:
    found = ratio_of_pairs([2.0, None, 2.0, 2.0], [1.0, 5.0, None, 1.0])
    assert (found.value, found.pairs) == (2.0, 2)


@pytest.mark.parametrize("pairs", [1, 2])
def test_too_few_pairs_have_no_interval(pairs: int) -> None:
    assert ratio_of_pairs([2.0] * pairs, [1.0] * pairs) == (2.0, 0.0, math.inf, pairs)


def test_nothing_measured_is_no_figure_and_nothing_used_no_interval() -> None:
    assert math.isnan(ratio_of_pairs([None], [1.0]).value)
    assert math.isnan(ratio_of_pairs([0.0] * 3, [0.0] * 3).value)
    assert ratio_of_pairs([0.0] * 3, [1.0] * 3) == (0.0, 0.0, math.inf, 3)


def test_from_ten_pairs_on_one_wild_run_decides_nothing() -> None:
    calm = [1.0, 1.02, 0.98, 1.01, 0.99, 1.0, 1.02, 0.98, 1.01]
    wild = ratio_of_pairs([*calm, 50.0], [1.0] * 10)
    assert wild.value == pytest.approx(1.0, abs=0.02)
    assert wild.high < 1.1


@given(st.lists(st.floats(1e-60, 1e60), min_size=1, max_size=30), st.floats(1e-60, 1e60))
def test_intervals_are_finite_where_there_are_enough_pairs(costs: list[float], unit: float) -> None:
    found = ratio_of_pairs(costs, [unit] * len(costs), luck=0.03)
    assert found.low <= found.value <= found.high
    assert (found.high < math.inf) == (len(costs) >= 3)


def test_the_interval_of_a_trimmed_mean() -> None:
    # Of 1 to 10, the outermost are left out, and pulled in to 2 and 9 for the error: a sum of
    # squares of 66.5, over 8 x 7; Student's t with 7 degrees of freedom is 2.365.
    middle, half = trimmed([10.0, 1, 2, 3, 9, 8, 7, 4, 5, 6])
    assert middle == 5.5
    assert half == pytest.approx(2.364624 * math.sqrt(66.5 / 56), rel=1e-6)
    # Below ten values nothing is left out: Student's t with 2 degrees of freedom is 4.303.
    assert trimmed([1.0, 2, 3]) == pytest.approx((2.0, 4.302653 / math.sqrt(3)), rel=1e-6)


def test_the_trimmed_mean_of_equal_values() -> None:
    assert trimmed([0.5] * 12) == (0.5, 0.0)
