"""Median, interval and outliers of repeated runs."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_scer.core.statistics import (
    Figure,
    combine,
    figure_of_runs,
    median_interval,
    outliers,
    phase_shift_s,
)

values = st.floats(0.001, 1e6)
samples = st.lists(values, min_size=3, max_size=40)


def spread(figure: Figure) -> float:
    assert figure.uncertainty is not None
    return figure.uncertainty


def lognormal(rng: random.Random, cv: float) -> float:
    """The cost of a run, with median 1."""
    return math.exp(rng.gauss(0, math.sqrt(math.log(1 + cv**2))))


# The interval of a median


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_runs_have_no_spread(count: int) -> None:
    assert median_interval([4.0, 6.0][:count]) == Figure([4.0, 5.0][count - 1], None)


def test_no_runs_have_no_median() -> None:
    with pytest.raises(ValueError, match="no median"):
        median_interval([])


def bootstrap_error(runs: list[float]) -> float:
    """Standard error of the median of an odd number of runs, by the binomial law of resampling."""
    n = len(runs)
    ordered = sorted(runs)

    def at_most(k: int) -> float:  # P(more than half of a resample is among the k smallest)
        share = k / n
        return sum(
            math.comb(n, j) * share**j * (1 - share) ** (n - j) for j in range(n // 2 + 1, n + 1)
        )

    return math.sqrt(
        sum(
            (at_most(k + 1) - at_most(k)) * (run - ordered[n // 2]) ** 2
            for k, run in enumerate(ordered)
        )
    )


@pytest.mark.parametrize(("n", "t"), [(3, 4.303), (5, 2.776), (11, 2.228), (31, 2.042)])
def test_half_width_is_student_t_times_the_bootstrap_error(n: int, t: float) -> None:
    rng = random.Random(n)
    runs = [lognormal(rng, 0.2) for _ in range(n)]
    assert spread(median_interval(runs)) == pytest.approx(t * bootstrap_error(runs), rel=5e-4)


@pytest.mark.parametrize(
    ("n", "at_90", "at_99"),  # Student's t for n - 1 degrees of freedom, from any table
    [
        (3, 2.920, 9.925),
        (4, 2.353, 5.841),
        (6, 2.015, 4.032),
        (7, 1.943, 3.707),
        (30, 1.699, 2.756),
        (121, 1.658, 2.617),
    ],
)
def test_confidence_widens_the_interval_as_student_t(n: int, at_90: float, at_99: float) -> None:
    runs = [float(i) for i in range(n)]
    ratio = spread(median_interval(runs, 0.99)) / spread(median_interval(runs, 0.90))
    assert ratio == pytest.approx(at_99 / at_90, rel=5e-4)


@pytest.mark.parametrize("n", [3, 4, 5, 7, 10, 15])
@pytest.mark.parametrize(
    ("noise", "truth"),
    [
        (lambda rng: rng.gauss(1, 0.2), 1.0),
        (lambda rng: lognormal(rng, 0.25), 1.0),
        (lambda rng: 1 + rng.expovariate(1), 1 + math.log(2)),
    ],
    ids=["normal", "lognormal", "exponential"],
)
def test_interval_holds_the_true_median(
    n: int, noise: Callable[[random.Random], float], truth: float
) -> None:
    rng = random.Random(n)
    figures = [median_interval([noise(rng) for _ in range(n)]) for _ in range(1000)]
    held = sum(abs(figure.value - truth) <= spread(figure) for figure in figures)
    assert 940 <= held <= 995, "neither too narrow nor worthlessly wide"


@given(samples)
def test_equal_runs_have_a_spread_of_zero_and_others_have_some(runs: list[float]) -> None:
    assert spread(median_interval([runs[0]] * len(runs))) == 0
    assume(min(runs) < max(runs) * 0.999)
    assert spread(median_interval(runs)) > 0


@given(samples, st.randoms(use_true_random=False))
def test_order_of_runs_does_not_matter(runs: list[float], rng: random.Random) -> None:
    shuffled = rng.sample(runs, len(runs))
    assert median_interval(shuffled) == median_interval(runs)


@given(samples, st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_interval_scales_and_shifts_with_the_runs(
    runs: list[float], factor: float, shift: float
) -> None:
    plain = median_interval(runs)
    moved = median_interval([factor * run + shift for run in runs])
    rounding = 1e-9 * (abs(shift) + factor * max(runs))
    assert moved.value == pytest.approx(factor * plain.value + shift, rel=1e-9, abs=rounding)
    assert spread(moved) == pytest.approx(factor * spread(plain), rel=1e-6, abs=100 * rounding)


@given(samples, st.floats(0.01, 0.999), st.floats(0.01, 0.999))
def test_more_confidence_is_a_wider_interval(runs: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert spread(median_interval(runs, low)) <= spread(median_interval(runs, high))


@given(samples)
def test_repeating_the_same_runs_narrows_the_interval(runs: list[float]) -> None:
    assume(len(runs) % 2 and min(runs) < max(runs) * 0.999)
    assert spread(median_interval(runs * 9)) < spread(median_interval(runs))


# Combining


def test_independent_uncertainties_add_as_squares() -> None:
    assert combine(3.0, 4.0) == pytest.approx(5.0)
    assert combine(3.0, None) == 3.0
    assert combine(None, None) is None
    assert combine() is None


@given(st.lists(values, min_size=1, max_size=5))
def test_combined_uncertainty_lies_between_the_largest_part_and_the_sum(parts: list[float]) -> None:
    combined = combine(*parts)
    assert combined is not None
    assert max(parts) * (1 - 1e-12) <= combined <= sum(parts) * (1 + 1e-12)


def test_figure_of_runs_joins_spread_and_meter() -> None:
    runs = [1.0, 2.0, 3.0, 4.0, 9.0]
    figure = figure_of_runs([Figure(run, 0.5) for run in runs])
    assert figure is not None
    assert figure.value == 3.0
    assert spread(figure) == pytest.approx(math.hypot(0.5, spread(median_interval(runs))))


def test_a_single_run_has_the_uncertainty_of_its_meter() -> None:
    assert figure_of_runs([Figure(2.0, 0.25)]) == Figure(2.0, 0.25)


def test_a_run_without_a_figure_is_left_out_and_never_zero() -> None:
    assert figure_of_runs([Figure(2.0, 0.1), None, Figure(4.0, 0.3)]) == Figure(3.0, 0.2)
    assert figure_of_runs([None, None]) is None
    assert figure_of_runs([]) is None


# Outliers


def test_runs_that_stand_out_are_named_by_their_index() -> None:
    assert outliers([1.0, 2.4, 1.02, 0.98, 1.01, 0.1, 0.99]) == [1, 5]


@pytest.mark.parametrize(("distance", "named"), [(5.15, []), (5.23, [5, 6])])
def test_outliers_begin_at_a_modified_z_score_of_three_and_a_half(
    distance: float, named: list[int]
) -> None:
    assert outliers([9.0, 9.0, 10.0, 11.0, 11.0, 10 + distance, 10 - distance]) == named


@pytest.mark.parametrize(
    "runs",
    [[], [1.0], [1.0, 1.01, 9.0], [5.0] * 8, [1.0, 1.1, 0.9, 1.2, 0.8, 1.05]],
    ids=["none", "one", "too few to tell", "all equal", "quiet"],
)
def test_nothing_stands_out(runs: list[float]) -> None:
    assert outliers(runs) == []


def test_where_most_runs_agree_a_tick_is_no_outlier_but_a_lone_one_is() -> None:
    assert outliers([4.0] * 6 + [5.0] * 5) == []
    assert outliers([4.0] * 10 + [5.0]) == [10]


@given(samples, st.integers(-20, 20))
def test_outliers_do_not_depend_on_the_unit(runs: list[float], exponent: int) -> None:
    assert outliers([run * 2.0**exponent for run in runs]) == outliers(runs)


@given(samples)
def test_never_half_of_the_runs_are_outliers(runs: list[float]) -> None:
    assert 2 * len(outliers(runs)) < len(runs)


# Clearing a limit


@pytest.mark.parametrize(
    ("limit", "clears"),
    [(12.0, True), (11.99, False), (10.0, False), (8.0, False), (7.99, True)],
)
def test_a_figure_clears_a_limit_outside_its_uncertainty(limit: float, clears: bool) -> None:
    assert Figure(10.0, 2.0).clears(limit) is clears


def test_a_figure_of_unknown_uncertainty_clears_nothing() -> None:
    assert not Figure(10.0, None).clears(1e9)


@given(st.floats(0.0, 1.0))
def test_shifted_runs_meet_a_tick_at_all_of_its_phases(duration: float) -> None:
    tick_s, begun, now_s = 0.1, [], 0.0
    for run in range(60):
        shift_s = phase_shift_s(run, tick_s)
        assert 0 <= shift_s < tick_s
        now_s += shift_s
        begun.append(now_s % tick_s / tick_s)
        now_s += duration * tick_s
    begun.sort()
    assert max(after - before for before, after in pairwise([*begun, begun[0] + 1])) < 0.3
