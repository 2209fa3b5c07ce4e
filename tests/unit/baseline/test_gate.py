from __future__ import annotations

import math
import random
from dataclasses import replace
from statistics import NormalDist

import pytest
from simulated_sessions import Simulation, busy, calm, either

from pytest_scer.baseline.change import Change
from pytest_scer.baseline.gate import FALSE_ALARMS, OVER_BY_LUCK, RULE, Gate
from pytest_scer.baseline.noise import (
    COUNTED,
    FLOOR_S,
    FOLLOWS,
    MODELLED,
    SIMULATED,
    UNCORRECTED,
    USUAL,
    Known,
    Noise,
    Sample,
)
from pytest_scer.baseline.past import PastTest
from pytest_scer.core.statistics import student_t


def gate(known: Known = SIMULATED, **changes: object) -> Gate:
    made = Gate(0.1, 0.0, 1, known.noise(), known is MODELLED, 20, UNCORRECTED.noise())
    return replace(made, **changes)  # type: ignore[arg-type]


def samples(*costs_j: float, reference_j: float | None = 2.0) -> list[Sample]:
    return [Sample(cost_j, reference_j) for cost_j in costs_j]


def test_the_rule_is_five_sentences() -> None:
    assert len(RULE) == 5
    for sentence in RULE:
        assert sentence.count(". ") == 0
        assert sentence.endswith(".")


class TestVerdict:
    def test_the_same_cost_is_fine(self) -> None:
        found = gate().compare(samples(10), samples(10))
        assert (found.verdict, found.change) == (Change.OK, 0)

    def test_a_clear_growth_is_a_regression(self) -> None:
        found = gate().compare(samples(10), samples(13))
        assert found.verdict is Change.REGRESSION
        assert found.change == pytest.approx(0.3)
        assert found.change - found.noise > 0.1

    def test_a_growth_that_noise_may_explain_is_inconclusive(self) -> None:
        found = gate(MODELLED).compare(samples(10), samples(*[11.5] * 9))
        assert found.verdict is Change.INCONCLUSIVE
        assert found.change - found.noise < 0.1 < found.change

    def test_a_clear_saving_is_an_improvement(self) -> None:
        assert gate().compare(samples(10), samples(6)).verdict is Change.IMPROVED
        assert gate().compare(samples(10), samples(9.5)).verdict is Change.OK
        assert gate(MODELLED).compare(samples(10), samples(8)).verdict is Change.OK

    def test_a_saving_under_the_floor_is_none(self) -> None:
        assert gate(floor_j=5.0).compare(samples(10), samples(6)).verdict is Change.OK

    def test_the_threshold_itself_may_be_reached(self) -> None:
        assert gate(threshold=0.3).compare(samples(10), samples(13)).verdict is Change.OK

    @pytest.mark.parametrize(
        ("known", "odd"),
        [
            (SIMULATED, Sample(10.0, 2.0, meter_j=math.nan)),
            (MODELLED, Sample(10.0, 2.0, meter_j=math.nan)),
            (MODELLED, Sample(10.0, math.nan)),
            (MODELLED, Sample(10.0, 2.0, math.nan)),
        ],
    )
    def test_what_is_not_a_number_is_never_fine(self, known: Known, odd: Sample) -> None:
        assert gate(known).compare(samples(10), [odd]).verdict is Change.INCONCLUSIVE

    def test_what_is_not_a_number_does_not_get_there(self) -> None:
        odd = PastTest({"cpu": 1.0}, 1.0, math.nan, math.nan, math.nan)
        sample = odd.sample(("cpu",))
        assert sample is not None
        assert (sample.reference_j, sample.moved, sample.meter_j) == (None, 0.0, 0.0)
        assert PastTest({"cpu": math.nan}, 1.0).sample(("cpu",)) is None

    def test_the_meters_own_steps_count_as_noise(self) -> None:
        blurred = [Sample(13, meter_j=4)]
        assert gate().compare(samples(10), blurred).verdict is Change.INCONCLUSIVE

    def test_a_single_run_in_cpu_time_is_no_proof(self) -> None:
        assert gate(MODELLED).compare(samples(10), samples(19)).verdict is Change.INCONCLUSIVE
        assert gate(MODELLED).compare(samples(10), samples(30)).verdict is Change.REGRESSION
        assert gate(COUNTED).compare(samples(10), samples(19)).verdict is Change.REGRESSION

    @pytest.mark.parametrize("family", [1, 40, 10_000])
    def test_a_regression_has_grown_for_sure_and_by_more_than_the_threshold(
        self, family: int
    ) -> None:
        """Both conditions, calculated here from the noise alone; t is 3 % wider than normal."""
        one = gate(family=family, suite=Noise(0.1, 0.0, "", 0.5, degrees=10_000))
        error = 0.1 * math.sqrt(2)
        normal = NormalDist().inv_cdf
        over = math.log(1.1) + normal(1 - OVER_BY_LUCK) * error
        grew = normal(1 - FALSE_ALARMS / family) * error
        least = max(over, grew)
        for growth, verdict in (
            (0.98 * least, Change.INCONCLUSIVE),
            (1.05 * least, Change.REGRESSION),
        ):
            found = one.compare(samples(1), samples(math.exp(growth)))
            assert found.verdict is verdict
            assert (found.change - found.noise > 0.1) is (verdict is Change.REGRESSION)

    def test_repeats_narrow_the_noise_of_this_session_only(self) -> None:
        one = gate(COUNTED)
        blur = [one.compare(samples(10), samples(*[13] * runs)).noise for runs in (1, 5, 21, 1000)]
        assert blur == sorted(blur, reverse=True)
        assert blur[3] > 0.5 * blur[0]

    def test_runs_of_this_session_that_scatter_widen_the_noise(self) -> None:
        quiet = gate().compare(samples(10), samples(13, 13, 13, 13, 13))
        loud = gate().compare(samples(10), samples(13, 17, 9, 11, 15))
        assert loud.noise > 3 * quiet.noise
        assert loud.single_noise == quiet.single_noise, "of the baseline"


@pytest.mark.parametrize(("runs", "shift"), [(9, 0.0), (21, 0.0), (9, 0.3)])
def test_noise_can_be_recomputed_by_hand(runs: int, shift: float) -> None:
    """As ``docs/explanation/gate.md`` says, from samples, noise and number of tests."""
    base = samples(*[10] * 5)
    head = [Sample(13 * math.exp(shift), 2 * math.exp(shift))] * runs
    found = gate(MODELLED, family=40).compare(base, head)
    s, degrees = math.log1p(found.single_noise), 30 + 5 - 2
    first, again = 0.9 * s**2, 0.9 * s**2 * 1.57 / (runs - 1) + 0.06**2
    error = math.sqrt(s**2 * (1.57 / 5 + 0.1) + first * again / (first + again))
    grew = student_t(1 - 2 * 0.01 / 40, degrees) * error
    over = student_t(1 - 2 * 0.05, degrees) * error
    blur = max(grew - math.log(1.1), over) + max(shift - 0.1, 0) / 2
    growth = math.log(1 + found.change)
    assert growth == pytest.approx(math.log(1.3))
    assert found.noise == pytest.approx(math.exp(growth) * (1 - math.exp(-blur)), rel=1e-3)


class TestFloor:
    def test_growth_under_the_users_floor_is_none(self) -> None:
        assert gate(floor_j=4.0).compare(samples(10), samples(13)).verdict is Change.OK
        assert gate(floor_j=2.0).compare(samples(10), samples(13)).verdict is Change.REGRESSION

    @pytest.mark.parametrize(
        ("duration_s", "verdict"),
        [(10 * FLOOR_S, Change.REGRESSION), (3 * FLOOR_S, Change.OK), (0.0, Change.REGRESSION)],
    )
    def test_so_is_less_than_5_ms_of_the_tests_own_work(
        self, duration_s: float, verdict: Change
    ) -> None:
        base = [Sample(10, duration_s=duration_s)] * 3
        found = gate().compare(base, [Sample(13, duration_s=1.3 * duration_s)])
        assert found.verdict is verdict  # 3 of 10 J are 3/10 of its time

    def test_a_test_that_waits_works_only_while_it_computes(self) -> None:
        """Modelled energy: 1 J in 2 ms of CPU time; twice that is 2 ms more."""
        base = [Sample(1, 1, duration_s=1.0, cpu_time_s=0.002)] * 5
        grown = [Sample(2, 1, duration_s=1.0, cpu_time_s=0.004)] * 20
        assert gate(MODELLED).compare(base, grown).verdict is Change.OK
        assert gate(COUNTED).compare(base, grown).verdict is Change.REGRESSION

    def test_baselines_of_before_durations_were_kept_do_not_end_it(self) -> None:
        base = [Sample(10), Sample(10, duration_s=3 * FLOOR_S)]
        assert gate().compare(base, samples(13)).verdict is Change.OK

    def test_it_is_part_of_what_is_detectable(self) -> None:
        found = gate().compare([Sample(10, duration_s=2 * FLOOR_S)] * 3, samples(10))
        assert found.detectable is not None
        assert found.detectable > 0.5
        grown = samples(10 * (1.001 + found.detectable))
        assert gate().compare([Sample(10, duration_s=2 * FLOOR_S)] * 3, grown).verdict is (
            Change.REGRESSION
        )


class TestMachineSpeed:
    def test_a_slow_moment_is_divided_out(self) -> None:
        found = gate(MODELLED).compare([Sample(10, 2.0)] * 5, [Sample(15, 3.0)] * 20)
        assert found.change == pytest.approx(0)
        assert found.corrected_by == pytest.approx(2 / 3)
        assert found.corrected_j == pytest.approx(10)

    def test_counters_are_not_divided(self) -> None:
        found = gate(COUNTED).compare([Sample(10, 2.0)] * 5, [Sample(15, 3.0)] * 20)
        assert found.change == pytest.approx(0.5)
        assert found.corrected_by is None

    def test_a_new_state_widens_the_noise_with_its_distance(self) -> None:
        base = [Sample(10, 2.0)] * 5
        noises, flags = [], []
        for state in (0.0, 0.09, 0.2, 0.4, -0.4):
            factor = math.exp(state)
            found = gate(MODELLED).compare(base, [Sample(13 * factor, 2 * factor)] * 9)
            assert found.change == pytest.approx(0.3)
            noises.append(-math.log1p(-found.noise / (1 + found.change)))
            flags.append(found.is_new_state)
        assert flags == [False, False, True, True, True]
        assert noises[1] == pytest.approx(noises[0])
        for state, blur in ((0.2, noises[2]), (0.4, noises[3]), (0.4, noises[4])):
            assert blur - noises[0] == pytest.approx(FOLLOWS * (state - USUAL))

    def test_what_only_that_state_can_explain_is_inconclusive(self) -> None:
        """Of 60 % busier, a test may have followed by 1.5 times as much."""
        busy_now = [Sample(10 * 1.6**1.47, 2 * 1.6)] * 20
        assert gate(MODELLED).compare([Sample(10, 2.0)] * 5, busy_now).verdict is (
            Change.INCONCLUSIVE
        )

    @pytest.mark.parametrize("bare", ["base", "head"])
    def test_without_the_workload_on_one_side_neither_is_corrected(self, bare: str) -> None:
        base = samples(*[10] * 3, reference_j=None if bare == "base" else 2.0)
        head = samples(10, reference_j=None if bare == "head" else 3.0)
        found = gate(MODELLED).compare(base, head)
        assert (found.verdict, found.change, found.corrected_by) == (Change.OK, 0, None)
        assert found.source == UNCORRECTED.source
        assert found.noise > gate(MODELLED).compare(samples(10), samples(10)).noise - 1e-9

    def test_a_repeat_without_the_workload_is_left_out(self) -> None:
        head = [*samples(10, 10, 10, 10), *samples(99, reference_j=None)]
        found = gate(MODELLED).compare(samples(10), head)
        assert (found.runs, found.change) == (4, 0)
        assert found.corrected_by == pytest.approx(1)


class TestCostsOfNothing:
    @pytest.mark.parametrize(
        ("base", "head", "verdict"),
        [([0], [0], Change.OK), ([0], [5], Change.REGRESSION), ([5], [0], Change.IMPROVED),
         ([0, 0, 5], [5], Change.REGRESSION), ([0], [5, 0, 0, 0], Change.OK),
         ([0], [0, 5, 5, 5], Change.OK), ([5, 5, 0], [5], Change.OK),
         ([5, 5, 0], [9], Change.REGRESSION), ([5], [9, 0, 0, 0], Change.REGRESSION)],
    )  # fmt: skip
    def test_there_is_a_verdict(
        self, base: list[float], head: list[float], verdict: Change
    ) -> None:
        found = gate().compare(samples(*base), samples(*head))
        assert found.verdict is verdict
        assert math.isfinite(found.change)
        assert math.isfinite(found.noise)

    def test_the_floor_holds_for_them_too(self) -> None:
        short = [Sample(5, duration_s=0.5 * FLOOR_S)]
        assert gate().compare(samples(0), short).verdict is Change.OK

    def test_one_session_of_nothing_among_others_does_not_take_away_the_noise(self) -> None:
        base = samples(10, 10, 0, 10, 10)
        assert gate(MODELLED).compare(base, samples(13)).verdict is Change.INCONCLUSIVE


class TestFirstRun:
    @pytest.mark.parametrize("again", [13.0, 40.0])
    def test_a_test_whose_first_run_is_not_over_is_never_condemned(self, again: float) -> None:
        found = gate().compare(samples(10), samples(10.5, *[again] * 9))
        assert found.verdict is Change.OK

    def test_repeats_that_cost_clearly_more_are_other_work(self) -> None:
        found = gate(MODELLED).compare(samples(*[10] * 5), samples(11.5, *[20] * 9))
        assert (found.runs, found.actual_j) == (1, 11.5)
        assert found.verdict is Change.INCONCLUSIVE

    def test_so_are_those_that_cost_clearly_less_than_the_baseline(self) -> None:
        found = gate().compare(samples(10), samples(14, 1, 1, 1))
        assert (found.runs, found.actual_j) == (1, 14)
        assert found.verdict is Change.REGRESSION

    def test_the_first_run_and_its_repeats_count_by_their_variances(self) -> None:
        known = MODELLED.noise()
        first, again = 0.9 * known.sd**2, 0.9 * known.sd**2 * 1.57 / 9 + 0.06**2
        level = (math.log(1.3) / first + math.log(1.2) / again) / (1 / first + 1 / again)
        found = gate(MODELLED).compare(samples(10), samples(13, *[12] * 9))
        assert found.actual_j == pytest.approx(10 * math.exp(level), rel=1e-3)
        assert found.change == pytest.approx(math.expm1(level), rel=1e-3)
        assert found.corrected_by == pytest.approx(1)

    def test_an_outlying_first_run_hardly_counts(self) -> None:
        near, further, far = (
            gate(MODELLED).compare(samples(10), samples(first, *[10] * 9)).change
            for first in (12, 15, 30)
        )
        assert 0.08 < near < 0.1
        assert far < 0.02
        assert near > further > far > 0

    def test_fewer_than_three_repeats_are_too_few_to_tell(self) -> None:
        assert gate().compare(samples(10), samples(14, 1, 1)).runs == 3

    def test_what_repeats_cost_more_in_tests_that_nobody_suspects_is_noise(self) -> None:
        base, head = samples(*[10] * 5), samples(14, *[14] * 9)
        assert gate().compare(base, head).verdict is Change.REGRESSION
        assert gate().compare(base, head, excess=0.3).verdict is Change.INCONCLUSIVE
        alone = samples(14)
        assert gate().compare(base, alone, excess=0.3) == replace(
            gate().compare(base, alone), detectable=gate().compare(base, alone, 0.3).detectable
        )


class TestMeasuringAgain:
    def test_a_suspect_is_over_threshold_and_floor(self) -> None:
        one = gate(MODELLED)
        assert one.is_suspect(samples(10), Sample(11.2, 2.0))
        assert not one.is_suspect(samples(10), Sample(10.9, 2.0))
        floor = gate(MODELLED, floor_j=5.0)
        assert not floor.is_suspect(samples(10), Sample(14, 2.0))

    def test_a_suspect_whose_runs_are_as_before_is_cleared_after_three(self) -> None:
        one = gate(MODELLED)
        assert not one.is_decided(samples(10), samples(14, 10, 10))
        assert one.is_decided(samples(10), samples(14, 10, 10, 10))

    @pytest.mark.parametrize(("again", "decided"), [(3, False), (8, False), (9, True)])
    def test_cpu_time_needs_nine_repeats_for_a_regression(self, again: int, decided: bool) -> None:
        base, head = samples(*[10] * 5), samples(*[40] * (1 + again))
        assert gate(MODELLED).compare(base, head).verdict is Change.REGRESSION
        assert gate(MODELLED).is_decided(base, head) is decided

    def test_counters_need_three(self) -> None:
        assert not gate(COUNTED).is_decided(samples(10), samples(*[40] * 3))
        assert gate(COUNTED).is_decided(samples(10), samples(*[40] * 4))

    def test_what_no_repeat_could_decide_is_left(self) -> None:
        one = gate(MODELLED, family=40)  # against one run that scatters by 7 %
        assert one.is_decided(samples(10), samples(*[11.5] * 4))
        assert not one.is_decided(samples(10), samples(*[14] * 4))

    def test_it_ends_when_the_repeats_are_used_up(self) -> None:
        head = samples(14, 14, 14, 14)
        assert not gate(MODELLED).is_decided(samples(10), head)
        assert gate(MODELLED, repeats=3).is_decided(samples(10), head)


COUNTERS = Simulation(
    sd=0.003, known=COUNTED, corrected=False, threshold=0.05, reactions=(0.0, 0.0)
)


class TestErrorRates:
    """On simulated machines; the seed makes it the same on every real one."""

    @pytest.mark.parametrize(
        "simulation",
        [
            Simulation(now=busy),
            Simulation(history=busy),
            Simulation(history=either, now=either),
            Simulation(history=either, now=busy, noisy=15),
            Simulation(now=busy, days=1),
            Simulation(now=busy, repeats=0),
            COUNTERS,
        ],
        ids=["calm to busy", "busy to calm", "mixed", "noisy tests", "one", "no repeats",
             "counters"],
    )  # fmt: skip
    def test_an_unchanged_suite_is_no_false_alarm(self, simulation: Simulation) -> None:
        found = simulation.run(60)
        assert found.alarms <= 2

    @pytest.mark.parametrize(
        ("simulation", "growth", "least"),
        [
            (Simulation(), 0.4, 45),
            (Simulation(days=10), 0.4, 50),
            (Simulation(), 0.6, 58),
            (Simulation(history=either, now=either), 0.6, 50),
            (COUNTERS, 0.1, 57),
        ],
        ids=["+40 %", "+40 %, ten sessions", "+60 %", "+60 %, mixed", "counters +10 %"],
    )
    def test_a_growth_is_found_in_so_many_of_60_sessions(
        self, simulation: Simulation, growth: float, least: int
    ) -> None:
        assert replace(simulation, tests=15).run(60, growth).hits >= least

    @pytest.mark.parametrize(
        "simulation",
        [
            Simulation(),
            Simulation(days=1),
            Simulation(now=busy),
            Simulation(history=busy),
            Simulation(history=either, now=either),
            Simulation(repeats=0),
            COUNTERS,
        ],
        ids=["calm", "one", "calm to busy", "busy to calm", "mixed", "no repeats", "counters"],
    )
    def test_what_it_calls_detectable_is_found(self, simulation: Simulation) -> None:
        found = replace(simulation, tests=10).run(200, None)
        assert found.hits / found.grown >= 0.82

    def test_few_unchanged_tests_are_measured_again_for_long(self) -> None:
        found = Simulation().run(60)
        assert found.undecided < 0.1 * found.sessions * 30
        assert found.repeats < 2.5 * found.sessions * 30


def test_the_order_of_the_baseline_does_not_matter() -> None:
    dice = random.Random(1)
    base = [Sample(math.exp(dice.gauss(0, 0.1)), math.exp(calm(dice))) for _ in range(10)]
    head = samples(1.3, 1.2, 1.4)
    mixed = dice.sample(base, k=10)
    assert gate(MODELLED).compare(base, head).change == pytest.approx(
        gate(MODELLED).compare(mixed, head).change
    )
