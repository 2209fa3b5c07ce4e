"""What is typical of the noise in a suite."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paired_runs import history, noisy

from pytest_scer.ab.noise import COUNTED, MODELLED, Typical, noise_floor

seeds = st.integers(0, 10**6)


def test_without_repeats_what_is_known_in_general_stands() -> None:
    typical = Typical.of([history([1.3])], MODELLED)
    assert typical.pair == MODELLED.pair
    assert typical.scale == 1.0


@given(seeds)
def test_a_calm_suite_brings_the_spread_down_and_a_noisy_one_up(seed: int) -> None:
    rng = random.Random(seed)
    calm = Typical.of([noisy(rng, run=0.02) for _ in range(10)], MODELLED)
    loud = Typical.of([noisy(rng, run=0.4) for _ in range(10)], MODELLED)
    assert calm.pair < MODELLED.pair < loud.pair


@given(seeds, st.floats(-0.5, 3.0))
def test_growth_does_not_change_what_is_typical(seed: int, growth: float) -> None:
    plain = Typical.of([noisy(random.Random(seed))], MODELLED)
    grown = Typical.of([noisy(random.Random(seed), growth)], MODELLED)
    assert grown.pair == pytest.approx(plain.pair)
    assert grown.scale == pytest.approx(plain.scale)


def test_more_pairs_cannot_undo_the_luck_of_a_process() -> None:
    typical, test = Typical(MODELLED, 0.1), history([1.0])
    precisions = [typical.precision(test, pairs) for pairs in (1, 10, 100, 10_000)]
    assert precisions == sorted(precisions)
    assert precisions[-1] < 1 / MODELLED.luck**2


def test_rounds_that_differ_make_it_larger() -> None:
    alike = [history([1.0] * 4, [1.01] * 4, [0.99] * 4, [1.0] * 4) for _ in range(10)]
    apart = [history([1.0] * 4, [1.4] * 4, [0.7] * 4, [1.0] * 4) for _ in range(10)]
    assert Typical.of(alike, MODELLED).scale < 1 < Typical.of(apart, MODELLED).scale


@given(seeds)
def test_pairs_that_say_much_give_more_degrees_of_freedom(seed: int) -> None:
    few, many = (noisy(random.Random(seed), pairs=pairs) for pairs in (2, 30))
    typical = Typical(MODELLED, 0.17)
    assert typical.degrees(few) > 6
    # With many pairs all that is left is the luck of processes, of which little is known.
    assert typical.degrees(many) >= 6
    assert Typical(COUNTED, 0.014).degrees(many) >= 6


def test_the_noise_floor_is_that_of_the_base_alone() -> None:
    assert noise_floor([history([1.0]), history([2.0])]) is None
    same = noise_floor([history([1.0, 3.0], [1.0, 9.0])])
    assert same == (0.0, 0.0)


@given(seeds)
def test_the_noise_floor_follows_the_noise(seed: int) -> None:
    rng = random.Random(seed)
    calm = noise_floor([noisy(rng, run=0.02) for _ in range(10)])
    loud = noise_floor([noisy(rng, run=0.5) for _ in range(10)])
    assert calm is not None
    assert loud is not None
    assert math.isfinite(calm[1])
    assert calm[0] < loud[0]
