from __future__ import annotations

import math
import random
from dataclasses import replace
from statistics import fmean, median
from statistics import variance as plain_variance

import pytest

from pytest_scer.baseline.noise import (
    COUNTED,
    FEWEST_TESTS,
    FLOOR_S,
    KEPT,
    MODELLED,
    MORE_CORES,
    PRIOR_DEGREES,
    Interval,
    Known,
    Noise,
    Sample,
    is_short,
    known_states,
    meets_neighbours,
    noise_of,
    suite_noise,
)
from pytest_scer.baseline.variance import variance

DRAWS = 20_000
"""The number of draws for each figure that is compared with a simulated one; the seed is fixed."""


def runs(*levels: float) -> list[Sample]:
    return [Sample(math.exp(level), 1.0) for level in levels]


def scattered(sd: float, tests: int, days: int = 5, seed: int = 1) -> list[list[Sample]]:
    dice = random.Random(seed)
    return [runs(*(dice.gauss(0, sd) for _ in range(days))) for _ in range(tests)]


class TestSample:
    def test_a_level_is_a_logarithm_divided_by_the_workloads(self) -> None:
        sample = Sample(math.exp(3), math.exp(1))
        assert sample.level(corrected=False) == pytest.approx(3)
        assert sample.level(corrected=True) == pytest.approx(2)

    def test_its_state_spans_what_the_workload_cost_around_it(self) -> None:
        assert Sample(9, math.exp(1), moved=0.4).state == pytest.approx((0.8, 1.2))


class TestStates:
    @pytest.mark.parametrize(
        ("state", "beyond"),
        [((0.1, 0.2), 0), ((-0.3, 0.2), 0.3), ((0.5, 1.4), 0.4), ((2, 3), 2), ((-1, 4), 3)],
    )
    def test_how_far_one_reaches_outside_of_another(
        self, state: tuple[float, float], beyond: float
    ) -> None:
        assert Interval(*state).beyond(Interval(0, 1)) == pytest.approx(beyond)

    def test_a_short_baseline_knows_all_that_it_saw(self) -> None:
        samples = [Sample(1, math.exp(state)) for state in (0, 0.1, 0.2, 5)]
        assert known_states(samples) == pytest.approx((0, 5))

    def test_of_five_sessions_what_a_single_one_saw_does_not_count(self) -> None:
        samples = [Sample(1, math.exp(state)) for state in (-5, 0, 0.1, 0.2, 5)]
        assert known_states(samples) == pytest.approx((0, 0.2))


class TestVariance:
    @pytest.mark.parametrize("count", [2, 3, 4, 5, 10, 21])
    def test_that_of_normal_noise_is_found(self, count: int) -> None:
        dice = random.Random(count)
        found = fmean(
            variance([dice.gauss(0, 2) for _ in range(count)]).value for _ in range(DRAWS // count)
        )
        assert found == pytest.approx(4, rel=0.06)

    def test_one_wild_run_of_five_is_left_out(self) -> None:
        calm, wild = [1.0, 1.1, 1.2, 1.3], [1.0, 1.1, 1.2, 1.3, 50]
        assert variance(wild).value < 5 * variance(calm).value
        assert plain_variance(wild) > 10_000 * variance(calm).value

    def test_leaving_one_out_costs_a_degree_of_freedom(self) -> None:
        assert [variance(range(count)).degrees for count in (2, 4, 5, 10)] == [1, 3, 3, 8]


class TestNeighbours:
    BASE = tuple(
        Sample(1.0, 1.0, duration_s=1.0, cpu_time_s=1.9, other_cores=each)
        for each in (0.0, 0.1, 0.1, 0.2, 0.9)
    )

    @pytest.mark.parametrize(
        ("cpu_time_s", "cores", "meets"),
        [
            (1.9, 0.2 + 1.1 * MORE_CORES, True),
            (1.9, 0.2 + 0.9 * MORE_CORES, False),
            (1.0, 1.5, False),
            (1.9, None, False),
        ],
    )
    def test_a_run_of_several_threads_next_to_what_only_one_session_saw(
        self, cpu_time_s: float, cores: float | None, meets: bool
    ) -> None:
        head = Sample(1.0, 1.0, duration_s=1.0, cpu_time_s=cpu_time_s, other_cores=cores)
        assert meets_neighbours(self.BASE, head) is meets

    def test_a_baseline_that_does_not_know_its_neighbours_says_nothing(self) -> None:
        base = [replace(each, other_cores=None) for each in self.BASE]
        assert not meets_neighbours(base, replace(self.BASE[0], other_cores=1.5))


class TestNoise:
    @pytest.mark.parametrize("count", [1, 2, 3, 4, 9, 20])
    def test_the_median_of_sessions_scatters_as_it_says(self, count: int) -> None:
        dice = random.Random(count)
        middles = [
            median(dice.gauss(0, 2) for _ in range(count)) for _ in range(2 * DRAWS // count)
        ]
        said = Noise(2.0, 0.0, "", 0.0).middle_sd(count)
        assert said == pytest.approx(math.sqrt(plain_variance(middles)), rel=0.1)
        assert said >= 0.99 * math.sqrt(plain_variance(middles)) or count < 5

    def test_repeats_leave_the_share_between_sessions_and_their_own_difference(self) -> None:
        noise = Noise(1.0, 0.0, "", 0.25, 0.3)
        assert noise.session_sd(0) == pytest.approx(1)
        assert noise.again_sd(10**9) == pytest.approx(0.3, rel=1e-3)
        scatter = math.sqrt(0.75 * math.pi / 2 / 20)
        assert noise.again_sd(20) == pytest.approx(math.hypot(0.3, scatter))
        assert noise.session_sd(0, repeats=20) == pytest.approx(math.hypot(0.5, 0.3, scatter))

    @pytest.mark.parametrize("again", [1, 9, 10**6])
    def test_the_mean_of_first_run_and_repeats_scatters_as_it_says(self, again: int) -> None:
        dice, noise = random.Random(again), Noise(1.0, 0.0, "", 0.25, 0.6)
        weight = noise.weight_of_first(again)
        means = []
        for _ in range(DRAWS):
            session = dice.gauss(0, 0.5)
            first, others = dice.gauss(0, noise.first_sd()), dice.gauss(0, noise.again_sd(again))
            means.append(session + weight * first + (1 - weight) * others)
        assert noise.session_sd(again) == pytest.approx(math.sqrt(plain_variance(means)), rel=0.1)
        assert noise.session_sd(again) < noise.session_sd(0)

    def test_noise_without_repeats_weighs_first_runs_alone(self) -> None:
        assert Noise(0.0, 0.0, "", 0.5).weight_of_first(9) == 1

    def test_repeats_that_scatter_more_count_within_their_session_only(self) -> None:
        noise = Noise(0.1, 0.0, "", 0.25)
        assert noise.given_repeats([0, 9]) is noise, "too few to tell"
        calm = noise.given_repeats([0, 0.01, 0.02, 0.01])
        assert calm.session_sd(9) == noise.session_sd(9)
        wild = noise.given_repeats([0, 1, 2, 3])
        scatter = math.sqrt(variance([0, 1, 2, 3]).value * math.pi / 2 / 9)
        assert wild.again_sd(9) == pytest.approx(scatter)
        assert wild.middle_sd(5) == noise.middle_sd(5)


class TestSuite:
    def test_a_history_shows_its_own(self) -> None:
        noise = suite_noise(scattered(0.2, 40), MODELLED, corrected=True)
        assert noise.sd == pytest.approx(0.2, rel=0.1)
        assert noise.source == "the history's sessions"

    @pytest.mark.parametrize(("tests", "days"), [(FEWEST_TESTS - 1, 5), (40, 2)])
    def test_too_few_tests_or_sessions_leave_what_is_known_of_the_meter(
        self, tests: int, days: int
    ) -> None:
        noise = suite_noise(scattered(0.2, tests, days), MODELLED, corrected=True)
        assert noise == MODELLED.noise()
        assert noise.degrees == PRIOR_DEGREES

    @pytest.mark.parametrize("known", [MODELLED, COUNTED])
    def test_a_calm_history_shows_no_less_than_is_known(self, known: Known) -> None:
        noise = suite_noise(scattered(1e-5, 40), known, corrected=True)
        assert noise.sd == known.least
        assert noise.largest == pytest.approx(known.largest, abs=1e-3)

    def test_noisy_tests_change_it_little(self) -> None:
        calm = scattered(0.05, 38)
        noise = suite_noise([*calm, *scattered(1.0, 2)], COUNTED, corrected=True)
        alone = suite_noise(calm, COUNTED, corrected=True)
        assert noise.sd == pytest.approx(alone.sd, rel=0.1)
        assert noise.largest == pytest.approx(alone.largest, rel=0.1)

    def test_the_farthest_run_of_an_ordinary_test_is_what_no_single_run_is_judged_by(
        self,
    ) -> None:
        wild = runs(0, 0.01, -0.01, 0.02, 0.9)
        noise = suite_noise([*scattered(0.05, 20), wild], COUNTED, corrected=True)
        assert noise.largest == pytest.approx(0.89)

    def test_tests_under_the_floor_are_left_out(self) -> None:
        calm = scattered(0.05, 20)
        short = [
            [replace(each, duration_s=0.9 * FLOOR_S) for each in of_test]
            for of_test in scattered(1.0, 200)
        ]
        assert suite_noise([*calm, *short], COUNTED, corrected=True) == suite_noise(
            calm, COUNTED, corrected=True
        )
        assert is_short(short[0], modelled=True)
        assert not is_short(calm[0], modelled=True), "its duration is unknown"

    def test_modelled_energy_is_that_of_computing(self) -> None:
        waits = [Sample(1.0, duration_s=1.0, cpu_time_s=0.001)]
        assert is_short(waits, modelled=True)
        assert not is_short(waits, modelled=False)

    def test_costs_of_nothing_and_runs_without_workload_are_left_out(self) -> None:
        calm = scattered(0.05, 20)
        nothing = [Sample(0.0, 1.0)] * 5
        bare = [Sample(cost) for cost in (1.0, 9.0, 1.0, 9.0, 1.0)]
        assert suite_noise([*calm, nothing, bare], COUNTED, corrected=True) == suite_noise(
            calm, COUNTED, corrected=True
        )


class TestOneTest:
    SUITE = Noise(0.1, 0.3, "the suite", KEPT)

    def test_the_suites_noise_is_the_least(self) -> None:
        assert noise_of(runs(0, 0), self.SUITE, corrected=True) is self.SUITE
        calm = noise_of(runs(0, 0, 0, 0), self.SUITE, corrected=True)
        assert (calm.sd, calm.degrees) == (0.1, PRIOR_DEGREES + 3)

    def test_a_test_that_scatters_somewhat_more_is_pooled_with_it(self) -> None:
        levels = [-0.15, 0.0, 0.0, 0.15]
        own = variance(levels).value
        noise = noise_of(runs(*levels), self.SUITE, corrected=True)
        assert noise.sd == pytest.approx(math.sqrt((30 * 0.01 + 3 * own) / 33))

    def test_one_that_scatters_clearly_more_is_judged_by_its_own_sessions(self) -> None:
        levels = [-0.6, -0.3, 0.0, 0.3, 0.6]
        noise = noise_of(runs(*levels), self.SUITE, corrected=True)
        assert noise.sd == pytest.approx(math.sqrt(variance(levels).value))
        assert noise.largest == pytest.approx(0.6)
        assert noise.source == "the test's own sessions"

    def test_by_chance_few_are(self) -> None:
        dice = random.Random(5)
        own = sum(
            noise_of(
                runs(*(dice.gauss(0, 0.1) for _ in range(5))), self.SUITE, corrected=True
            ).source
            != "the suite"
            for _ in range(DRAWS // 5)
        )
        assert own / (DRAWS // 5) == pytest.approx(0.04, abs=0.01)
