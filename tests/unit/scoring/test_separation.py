"""Which scores a test over all peers tells apart."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.scoring.figure import Figure
from pytest_scer.scoring.separation import (
    LEVEL,
    interval,
    is_above,
    may_be_above,
    possible_ranks,
    widening,
)

figures = st.builds(
    lambda value, share: Figure(value, None if share is None else value * share),
    st.floats(0, 1e9),
    st.none() | st.floats(0, 1.5),
)


def test_more_comparisons_need_more_evidence() -> None:
    """Student's t with 30 degrees of freedom: 2.042 at 95 %; 3.300 at 0.25 % (tables)."""
    assert widening(1) == pytest.approx(3.300 / 2.042, rel=1e-3)
    widths = [widening(count) for count in (1, 3, 15, 45, 190, 4950)]
    assert widths == sorted(widths)


def test_equal_figures_are_told_apart_at_the_stated_level() -> None:
    """Two models, with errors of Student's t: one in 400 sessions."""
    rng = random.Random(3)
    told = 0
    for _ in range(4000):
        one, other = (Figure(math.exp(each), 0.2 * math.exp(each)) for each in _errors(rng))
        told += is_above(one, other, 2) or is_above(other, one, 2)
    assert told / 4000 < 2 * LEVEL


def _errors(rng: random.Random) -> list[float]:
    sd = 0.2 / 2.042 * math.sqrt(sum(rng.gauss(0, 1) ** 2 for _ in range(30)) / 30)
    return [rng.gauss(0, sd), rng.gauss(0, sd)]


def test_correlated_errors_are_told_apart_less_often() -> None:
    rng = random.Random(3)
    for _ in range(1000):
        shared = rng.gauss(0, 0.3)  # the state of the machine, far beyond the stated uncertainty
        one, other = (math.exp(shared + rng.gauss(0, 0.05)) for _ in range(2))
        assert not is_above(Figure(one, 0.2 * one), Figure(other, 0.2 * other), 2)


@given(figures, figures, st.integers(2, 50))
def test_what_is_above_may_be_above_and_not_below(one: Figure, other: Figure, count: int) -> None:
    if is_above(one, other, count):
        assert may_be_above(one, other, count)
        assert not may_be_above(other, one, count)
    assert not is_above(one, one, count)


@pytest.mark.parametrize(
    ("one", "other", "above", "may"),
    [
        (Figure(2.0), Figure(1.0), True, True),
        (Figure(1.0), Figure(2.0), False, False),
        (Figure(1.0), Figure(1.0), False, False),  # a tie of exact scores is one
        (Figure(0.0), Figure(0.0), False, False),
        (Figure(1.0), Figure(0.0), True, True),
        (Figure(0.0), Figure(1.0), False, False),
        (Figure(1.0, 0.1), Figure(0.0), True, True),
        (Figure(0.0, 0.1), Figure(9.0), False, True),  # of 0 within any noise, nothing is known
        (Figure(9.0), Figure(0.0, 0.1), False, True),
        (Figure(1.0, 0.2), Figure(1.0, 0.2), False, True),
        (Figure(3.0, 0.6), Figure(1.0, 0.2), True, True),
        (Figure(1.0, 1.0), Figure(9.0, 1.0), False, True),
    ],
)
def test_exact_and_uncertain_scores(one: Figure, other: Figure, above: bool, may: bool) -> None:
    assert is_above(one, other, 2) is above
    assert may_be_above(one, other, 2) is may


@given(st.lists(figures, min_size=3, max_size=8))
def test_what_is_certain_is_possible(drawn: list[Figure]) -> None:
    for index, figure in enumerate(drawn):
        certain, possible = possible_ranks(figure, drawn[:index] + drawn[index + 1 :])
        assert 0 <= certain <= possible < len(drawn)


@given(st.lists(figures, min_size=3, max_size=6))
def test_being_above_is_transitive(drawn: list[Figure]) -> None:
    count = len(drawn)
    for a, b, c in itertools.permutations(drawn, 3):
        if is_above(a, b, count) and is_above(b, c, count):
            assert is_above(a, c, count)


def test_an_interval_is_never_below_zero_and_widens_with_the_number_of_figures() -> None:
    low, high = interval(Figure(1.0, 0.9), 1)
    assert (low, high) == pytest.approx((0.0, 1 + 0.9 * widening(1)))
    assert interval(Figure(1.0), 5) == (1.0, 1.0)
    assert interval(Figure(1.0, 0.1), 6)[1] > interval(Figure(1.0, 0.1), 2)[1]
