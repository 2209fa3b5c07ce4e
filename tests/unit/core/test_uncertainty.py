"""Uncertainty is what a repeat would show, in this session or another."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.budget import Budget
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.judgement import Limit, Verdict, judge
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.scatter import COUNTED, CPU_TIME, EXACT, WALL_TIME, Scatter
from pytest_scer.core.sections import Run, Runs
from pytest_scer.core.uncertainty import QUIET, Noise, relative, sum_of

MODELLED = Noise(CPU_TIME, COUNTED, WALL_TIME, "noise")
METERED = Noise(COUNTED, COUNTED, EXACT, "noise")


def used(
    cpu_j: float | None, ram_j: float | None = None, uncertainty_j: float | None = 0.0
) -> Measurement:
    return Measurement(1.0, 1.0, cpu_j, None, ram_j, uncertainty_j)


def test_the_noise_between_sessions_joins_what_the_session_shows() -> None:
    measured = MODELLED.add_to(used(10.0, uncertainty_j=1.0))
    assert measured.uncertainty_j == pytest.approx(math.hypot(1.0, 10.0 * CPU_TIME.single))
    assert measured.within_session_j == 1.0


def test_components_count_by_their_joules() -> None:
    noise = Noise(Scatter(0.1, 0.1), EXACT, Scatter(0.4, 0.4), "noise")
    assert noise.add_to(used(10.0, 30.0)).uncertainty_j == pytest.approx(1.0 + 12.0)


@pytest.mark.parametrize("measured", [used(None), used(math.nan), used(5.0, uncertainty_j=None)])
def test_a_missing_figure_gets_no_uncertainty(measured: Measurement) -> None:
    assert MODELLED.add_to(measured) is measured
    assert relative(measured) is None


def test_nothing_used_has_no_noise() -> None:
    assert MODELLED.add_to(used(0.0)).uncertainty_j == 0.0
    assert relative(used(0.0)) is None


def test_all_else_stays() -> None:
    runs = tuple(used(cost) for cost in (1.0, 2.0, 3.0))
    measured = Measurement(1.0, 2.0, 3.0, 4.0, 5.0, 0.5, runs, 3, "no fault", contention_j=0.25)
    noisy = MODELLED.add_to(measured)
    assert replace(noisy, uncertainty_j=0.5, shown_j=None) == measured


def test_a_meter_that_repeats_exactly_stays_exact() -> None:
    assert QUIET.add_to(used(5.0, uncertainty_j=0.5)).uncertainty_j == 0.5


@given(st.lists(st.floats(0.1, 1e3), min_size=1, max_size=20))
def test_a_sum_keeps_the_relative_noise_of_its_tests(costs: list[float]) -> None:
    first, *others = (MODELLED.add_to(used(cost)) for cost in costs)
    whole = sum(others, first)
    assert relative(whole) == pytest.approx(CPU_TIME.single)
    assert whole.within_session_j == 0.0
    assert sum_of([each.uncertainty_j for each in (first, *others)]) == pytest.approx(
        whole.uncertainty_j
    )


def test_one_unknown_part_leaves_the_sum_unknown() -> None:
    assert sum_of([1.0, None]) is None
    assert sum_of([]) == 0.0


# Sessions as on a shared virtual machine: what a session finds slow is slow in all its runs.

BETWEEN, WITHIN = 0.12, 0.06
SESSIONS, SEEDS = 60, range(20)
LIMIT = Limit(Budget.parse("10 J"), "a test")


def single_run(rng: random.Random, mean_j: float, noise: Noise, sd: float) -> Measurement:
    cost = mean_j * math.exp(rng.gauss(-(sd**2) / 2, sd))
    return noise.add_to(used(cost))


def twenty_runs(rng: random.Random, mean_j: float, noise: Noise, sd: float) -> Measurement:
    """What ``carbon(fn)`` with 20 repeats reads."""
    level = mean_j * math.exp(rng.gauss(-(sd**2) / 2, sd))
    costs = (level * math.exp(rng.gauss(0, WITHIN)) for _ in range(20))
    return noise.add_to(Runs(runs=[Run(used(cost), {}) for cost in costs]).measurement)


def failing(
    session: Callable[[random.Random, float, Noise, float], Measurement], seed: int, times: float
) -> int:
    rng = random.Random(seed)
    verdicts = [
        judge(LIMIT, session(rng, 10.0 * times, MODELLED, BETWEEN), {}, Conversion(360.0)).verdict
        for _ in range(SESSIONS)
    ]
    return verdicts.count(Verdict.EXCEEDED)


@pytest.mark.parametrize("session", [single_run, twenty_runs])
def test_a_test_at_its_limit_fails_by_no_coin_toss(
    session: Callable[[random.Random, float, Noise, float], Measurement],
) -> None:
    failed = [failing(session, seed, 1.0) for seed in SEEDS]
    assert sum(failed) / (SESSIONS * len(SEEDS)) < 0.025
    assert sum(count <= 3 for count in failed) >= 19


def test_at_1_6_times_its_limit_it_fails() -> None:
    failed = [failing(single_run, seed, 1.6) for seed in SEEDS]
    assert sum(failed) / (SESSIONS * len(SEEDS)) > 0.93
    assert sum(count >= 54 for count in failed) >= 17


def test_with_half_as_much_again_it_is_ok() -> None:
    rng = random.Random(7)
    kept = [
        judge(LIMIT, single_run(rng, 10.0 / 1.5, MODELLED, BETWEEN), {}, Conversion(360.0)).verdict
        for _ in range(2000)
    ]
    assert 0.93 < kept.count(Verdict.OK) / 2000 < 0.97
    assert Verdict.EXCEEDED not in kept


@pytest.mark.parametrize(
    ("noise", "sd"), [(MODELLED, BETWEEN), (METERED, 0.06)], ids=["modelled", "counted"]
)
@pytest.mark.parametrize("session", [single_run, twenty_runs])
def test_the_interval_holds_the_mean_over_sessions(
    session: Callable[[random.Random, float, Noise, float], Measurement], noise: Noise, sd: float
) -> None:
    held = []
    for seed in SEEDS:
        rng = random.Random(seed)
        sessions = [session(rng, 10.0, noise, sd) for _ in range(100)]
        mean = sum(each.known_j for each in sessions) / 100
        held.append(
            sum(abs(each.known_j - mean) <= (each.uncertainty_j or 0.0) for each in sessions)
        )
    assert sum(held) / len(held) > 92
    if noise is METERED:
        assert sum(count >= 90 for count in held) >= 18
