from __future__ import annotations

import math
import random
from statistics import NormalDist

import pytest

from pytest_scer.baseline.gate import (
    COUNTED,
    MODELLED,
    Change,
    Gate,
    Spread,
    Threshold,
)
from pytest_scer.baseline.noise import Sample


def gate(spread: Spread = COUNTED, family: int = 1, threshold: str = "10%") -> Gate:
    parsed = Threshold.parse(threshold)
    return Gate(parsed, parsed.floor_j(1e-4), family, spread)


def samples(*costs_j: float) -> list[Sample]:
    return [Sample(cost_j) for cost_j in costs_j]


@pytest.mark.parametrize(
    ("text", "share", "floor", "unit"),
    [("10%", 0.1, 0, "J"), ("25", 0.25, 0, "J"), ("5 % and 0.5 J", 0.05, 0.5, "J"),
     ("10% and 2 mg", 0.1, 0.002, "g"), ("0%", 0, 0, "J")],
)  # fmt: skip
def test_thresholds_are_read(text: str, share: float, floor: float, unit: str) -> None:
    read = Threshold.parse(text)
    assert (read.share, read.floor, read.floor_unit) == (share, floor, unit)


@pytest.mark.parametrize("text", ["", "ten", "-5%", "nan", "inf%", "10% and", "10% and 3 W",
                                  "10% and 1 J per token", "10% or 1 J"])  # fmt: skip
def test_what_is_no_threshold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|unknown"):
        Threshold.parse(text)


def test_a_floor_in_grams_is_turned_into_joules_at_the_given_intensity() -> None:
    assert Threshold.parse("10% and 2 mg").floor_j(1e-4) == pytest.approx(20)


class TestVerdict:
    def test_the_same_cost_is_fine(self) -> None:
        found = gate().compare(samples(10), samples(10))
        assert (found.verdict, found.change) == (Change.OK, 0)

    def test_a_clear_growth_is_a_regression(self) -> None:
        found = gate().compare(samples(10), samples(13))
        assert found.verdict is Change.REGRESSION
        assert found.change == pytest.approx(0.3)

    def test_a_growth_within_the_noise_is_inconclusive(self) -> None:
        found = gate(MODELLED).compare(samples(10), samples(13))
        assert found.verdict is Change.INCONCLUSIVE
        assert found.change - found.noise < 0.1 < found.change

    def test_a_saving_is_fine(self) -> None:
        assert gate().compare(samples(10), samples(4)).verdict is Change.OK

    def test_the_threshold_itself_may_be_reached(self) -> None:
        found = gate(threshold="30%").compare(samples(10), samples(13))
        assert found.verdict is Change.OK

    def test_growth_under_the_floor_is_none(self) -> None:
        assert gate(threshold="10% and 4 J").compare(samples(10), samples(13)).verdict is Change.OK
        found = gate(threshold="10% and 2 J").compare(samples(10), samples(13))
        assert found.verdict is Change.REGRESSION

    def test_the_meters_own_steps_count_as_noise(self) -> None:
        blurred = [Sample(13, meter_j=4)]
        assert gate().compare(samples(10), blurred).verdict is Change.INCONCLUSIVE

    def test_more_tests_ask_for_clearer_evidence(self) -> None:
        alone = gate(MODELLED, family=1).compare(samples(10), samples(13))
        among_many = gate(MODELLED, family=1000).compare(samples(10), samples(13))
        assert among_many.noise > alone.noise

    def test_runs_of_this_session_that_scatter_widen_the_noise(self) -> None:
        quiet = gate().compare(samples(10), samples(13, 13, 13, 13, 13))
        loud = gate().compare(samples(10), samples(9, 17, 13, 11, 15))
        assert loud.noise > 3 * quiet.noise

    def test_a_slow_moment_is_divided_out(self) -> None:
        base = [Sample(10, 2.0)] * 5
        head = [Sample(15, 3.0)] * 20  # everything is half as dear again, the reference too
        found = gate(MODELLED).compare(base, head)
        assert found.normalised
        assert found.change == pytest.approx(0)

    def test_a_reference_far_from_the_baselines_widens_the_noise(self) -> None:
        base, near, far = [Sample(10, 2.0)] * 5, [Sample(13, 2.0)] * 9, [Sample(19.5, 3.0)] * 9
        beside = gate(MODELLED).compare(base, near)
        elsewhere = gate(MODELLED).compare(base, far)
        assert elsewhere.change == pytest.approx(beside.change)
        assert elsewhere.noise > 1.1 * beside.noise

    def test_a_general_noise_that_can_be_relied_on_narrows_the_noise(self) -> None:
        vague, sure = (Spread(0.1, 0.04, False, "", runs) for runs in (4, 40))
        args = samples(10), samples(14)
        assert gate(sure, 40).compare(*args).noise < 0.9 * gate(vague, 40).compare(*args).noise

    @pytest.mark.parametrize("family", [1, 40, 10_000])
    def test_a_regression_has_grown_for_sure_and_by_more_than_the_threshold(
        self, family: int
    ) -> None:
        """The two conditions of the rule, each reckoned here from the spread alone."""
        spread = Spread(0.1, 0.0, False, "", 1000)  # runs enough for t to be normal, 1 % off
        error = 0.1 * math.sqrt(2)
        normal = NormalDist().inv_cdf
        over = math.log(1.1) + normal(0.95) * error
        grew = normal(1 - 0.02 / family) * error
        least = max(over, grew)
        for growth, verdict in (
            (0.98 * least, Change.INCONCLUSIVE),
            (1.03 * least, Change.REGRESSION),
        ):
            found = gate(spread, family).compare(samples(1), samples(math.exp(growth)))
            assert found.verdict is verdict

    def test_a_side_without_reference_is_compared_as_it_is(self) -> None:
        found = gate(MODELLED).compare([Sample(10)], [Sample(15, 3.0)])
        assert not found.normalised
        assert found.change == pytest.approx(0.5)

    @pytest.mark.parametrize(
        ("base", "head", "verdict"),
        [(0.0, 0.0, Change.OK), (0.0, 5.0, Change.REGRESSION), (5.0, 0.0, Change.OK)],
    )
    def test_a_figure_of_nothing_has_no_factor(
        self, base: float, head: float, verdict: Change
    ) -> None:
        assert gate().compare(samples(base), samples(head)).verdict is verdict


class TestMeasuringAgain:
    def test_an_unchanged_quiet_test_is_no_suspect(self) -> None:
        one = gate()
        assert not one.is_suspect(one.compare(samples(10), samples(10)))

    def test_a_growth_near_the_threshold_is_one_where_noise_is_large(self) -> None:
        one = gate(MODELLED)
        assert one.is_suspect(one.compare(samples(10), samples(10.5)))

    def test_a_suspect_whose_runs_are_as_before_is_cleared_after_three(self) -> None:
        one, runs = gate(MODELLED), [14.0, 10.0, 10.0]
        assert not one.is_decided(one.compare(samples(10), samples(*runs), last=False), 20)
        assert one.is_decided(one.compare(samples(10), samples(*runs, 10), last=False), 20)

    def test_what_no_repeat_could_decide_is_left(self) -> None:
        one = gate(MODELLED, family=40)  # against one run, that scatters by 12 %
        assert one.is_hopeless(samples(10), samples(*[12] * 4))
        assert not one.is_hopeless(samples(10), samples(*[30] * 4))
        assert not one.is_hopeless(samples(10), samples(*[12] * 3)), "too few to tell"

    def test_a_figure_of_several_runs_tells_more_than_one_of_one(self) -> None:
        one = gate(MODELLED)
        noise = [
            one.compare([Sample(10, 2.0, repeats=runs)], [Sample(12, 2.0, repeats=runs)]).noise
            for runs in (1, 3, 10)
        ]
        assert noise == sorted(noise, reverse=True)
        assert noise[2] < 0.75 * noise[0]

    def test_repeats_that_leave_something_out(self) -> None:
        one = gate(MODELLED, family=40)
        base = [Sample(10, 2.0)] * 5
        for again, other in ((10.0, False), (9.0, False), (15.0, False), (1.0, True), (0.0, True)):
            assert one.are_other_work(base, [Sample(again, 2.0)] * 3) is other
        assert not one.are_other_work(base, [Sample(1.0, 2.0)] * 2), "too few to tell"

    def test_nine_repeats_tell_how_noisy_a_test_is_on_a_shared_machine(self) -> None:
        one, base = gate(MODELLED), [Sample(10, 2.0)] * 5
        for again, decided in ((3, False), (8, False), (9, True)):
            found = one.compare(base, [Sample(40, 2.0)] * (1 + again), last=False)
            assert found.verdict is Change.REGRESSION
            assert one.is_decided(found, 20) is decided
        counted = gate().compare(samples(10), samples(*[40] * 4), last=False)
        assert gate().is_decided(counted, 20), "counters need no more than three"

    def test_it_ends_when_the_repeats_are_used_up(self) -> None:
        one = gate(MODELLED)
        found = one.compare(samples(10), samples(12, 12, 12, 12), last=False)
        assert not one.is_decided(found, 20)
        assert one.is_decided(found, 3)

    def test_a_look_before_the_last_asks_for_more(self) -> None:
        one = gate(MODELLED)
        args = samples(10), samples(13, 13, 13, 13)
        assert one.compare(*args, last=False).noise > one.compare(*args).noise


def test_false_alarms_of_many_tests_at_once_stay_rare() -> None:
    """Noise as the gate assumes it: every session and every run of a test scatters."""
    random_ = random.Random(7)
    alarms = 0
    sessions, tests, within = 150, 40, math.sqrt(MODELLED.single**2 - MODELLED.session**2)
    one = gate(MODELLED, family=tests)
    for _ in range(sessions):
        for _ in range(tests):
            base = [math.exp(random_.gauss(0, MODELLED.single)) for _ in range(3)]
            shift = random_.gauss(0, MODELLED.session)
            head = [math.exp(shift + random_.gauss(0, within)) for _ in range(6)]
            found = one.compare(
                [Sample(cost_j, 1.0) for cost_j in base], [Sample(cost_j, 1.0) for cost_j in head]
            )
            alarms += found.verdict is Change.REGRESSION
    assert alarms <= 4  # of 6,000; the seed makes it the same on every machine
