"""Verdicts: unchanged tests are left alone, grown ones are found, and small ones never judged."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paired_runs import history, judged, noisy, pair

from pytest_scer.ab.noise import COUNTED, MODELLED, Typical
from pytest_scer.ab.pairs import History
from pytest_scer.ab.verdicts import CLEARED, FLOOR_S, Judge, share_of_look
from pytest_scer.baseline.threshold import Threshold

seeds = st.integers(0, 10**6)


def test_all_looks_together_spend_no_more_than_the_whole_chance() -> None:
    spent = sum(share_of_look(look) for look in range(1, 100_000))
    assert 0.99 < spent <= 1


@pytest.mark.parametrize(
    ("run", "luck", "wild"),
    [(0.08, 0.02, 0.0), (0.17, 0.02, 0.05), (0.08, 0.06, 0.02), (0.02, 0.005, 0.1)],
)
def test_identical_code_raises_no_alarm(run: float, luck: float, wild: float) -> None:
    """Also where processes have three times the luck that is known in general."""
    alarms = 0
    for seed in range(150):
        rng = random.Random(seed)
        tests = [
            noisy(rng, 0.0, rng.randint(1, 8), rng.choice([1, 2, 8]), run=run, luck=luck, wild=wild)
            for _ in range(12)
        ]
        alarms += any(each.verdict == "regression" for each in judged(tests))
    assert alarms <= 1


def test_a_growth_of_a_fifth_is_found_among_others() -> None:
    found = 0
    for seed in range(60):
        rng = random.Random(seed)
        tests = [noisy(rng, pairs=2) for _ in range(12)]
        found += judged([*tests, noisy(rng, 0.2, pairs=24)])[-1].verdict == "regression"
    assert found >= 57


def test_what_is_called_visible_is_found_in_nine_of_ten() -> None:
    found = total = 0
    for seed in range(200):
        rng = random.Random(seed)
        tests = [noisy(rng) for _ in range(10)]
        detectable = judged(tests)[0].detectable
        again = [noisy(rng, detectable), *tests[1:]]
        found += judged(again)[0].verdict == "regression"
        total += 1
    assert found / total > 0.85


@given(seeds, st.floats(0.2, 3.0))
def test_growth_and_saving_mirror_each_other(seed: int, growth: float) -> None:
    """With the sides changed over, the interval is that of the inverse ratio."""
    there = noisy(random.Random(seed), growth, rounds=8, pairs=16)
    back = History([[pair(p.head.cost_j, p.base.cost_j) for p in row] for row in there.rounds])
    (forth,), (home,) = judged([there]), judged([back])
    assert 1 + home.change == pytest.approx(1 / (1 + forth.change))
    assert 1 + home.low == pytest.approx(1 / (1 + forth.high))
    if forth.verdict == "regression":
        assert home.verdict == "improved"


def test_the_interval_is_the_one_of_the_verdict() -> None:
    for seed in range(50):
        growth = random.Random(seed).uniform(0, 0.5)
        (found,) = judged([noisy(random.Random(seed), growth, pairs=16)])
        assert (found.verdict == "regression") == (found.low > 0.05)


def test_between_threshold_and_certainty_it_is_inconclusive() -> None:
    (found,) = judged([history([1.3])])
    assert found.verdict == "inconclusive"
    assert found.low < 0.05 < found.change < found.detectable


def test_one_wild_round_is_no_regression() -> None:
    calm, wild = [1.0, 1.01, 0.99, 1.0] * 4, [6.0] * 16
    assert judged([history(calm, calm, wild, calm)])[0].verdict != "regression"


def test_a_growth_under_five_milliseconds_of_the_tests_power_is_none() -> None:
    rounds = [[3.0, 3.01, 2.99, 3.0]] * 6
    small, large = history(*rounds, base_j=FLOOR_S / 3), history(*rounds, base_j=FLOOR_S)
    assert judged([small])[0].verdict == "ok"
    assert judged([small])[0].detectable >= 3
    assert judged([large])[0].verdict == "regression"


def test_the_users_floor_replaces_it() -> None:
    test = history(*[[1.5, 1.51, 1.49, 1.5]] * 6, base_j=1.0)
    for text, verdict in (("5% and 0.4 J", "regression"), ("5% and 0.6 J", "ok")):
        judge = Judge.of(Threshold.parse(text), 0.0, [test])
        assert judge.judge(test, Typical.of([test], COUNTED), 6).verdict == verdict


def test_a_floor_of_co2e_needs_the_grid() -> None:
    test = history([1.5], base_j=1.0)
    judge = Judge.of(Threshold.parse("5% and 1 mg"), 1e-4, [test])
    assert judge.floor_j(test) == pytest.approx(10.0)


def test_a_small_test_cannot_be_a_suspect() -> None:
    """One of a millisecond would have to grow sixfold."""
    (found,) = judged([history([1.4], base_j=0.001)])
    assert found.likely < 0.01


def test_one_wild_pair_clears_no_test() -> None:
    assert judged([history([0.4])])[0].likely > CLEARED
    assert judged([history([0.4, 0.4, 0.4])])[0].likely < CLEARED


def test_small_tests_do_not_take_the_chance_of_large_ones() -> None:
    large = history([1.3, 1.3])
    small = [history([1.0], base_j=1e-5) for _ in range(1000)]
    typical = Typical(MODELLED, 0.1)
    alone = Judge.of(Threshold(), 0.0, [large]).judge(large, typical, 1)
    among = Judge.of(Threshold(), 0.0, [large, *small]).judge(large, typical, 1)
    assert among.low == pytest.approx(alone.low)


def test_counters_decide_in_the_fewest_rounds() -> None:
    test = history([1.2, 1.2], [1.2], [1.21], [1.2])
    judge = Judge.of(Threshold(), 0.0, [test])
    assert judge.judge(test, Typical.of([test], COUNTED), 4).verdict == "regression"


def test_fewer_than_four_rounds_prove_nothing() -> None:
    """A process of torch may be three times as slow as another for all of its life."""
    for rounds in (1, 2, 3):
        assert judged([history(*[[3.0] * 30] * rounds)])[0].verdict == "inconclusive"
        assert judged([history(*[[0.3] * 30] * rounds)])[0].verdict == "ok"
    assert judged([history(*[[3.0] * 30] * 4)])[0].verdict == "regression"
    assert judged([history(*[[0.3] * 30] * 4)])[0].verdict == "improved"


def test_processes_in_one_of_two_states_raise_no_alarm() -> None:
    alarms = 0
    for seed in range(200):
        rng = random.Random(seed)
        states = [rng.choice([1.0, 1.0, 3.0, 1 / 3]) for _ in range(6)]
        rounds = [[state * rng.lognormvariate(0, 0.1) for _ in range(16)] for state in states]
        tests = [history(*rounds), *(noisy(rng) for _ in range(8))]
        alarms += judged(tests)[0].verdict in {"regression", "improved"}
    assert alarms <= 1


def test_repeats_are_worth_more_the_more_a_test_seems_to_have_grown() -> None:
    worth = [each.worth for each in judged([history([r] * 4) for r in (0.8, 1.0, 1.1, 1.3)])]
    assert worth == sorted(worth)


def test_what_a_suspect_would_have_been_given_makes_more_visible() -> None:
    test = history([1.0], [1.0])
    judge, typical = Judge.of(Threshold(), 0.0, [test]), Typical.of([test], MODELLED)
    plain = judge.judge(test, typical, 2).detectable
    assert judge.judge(test, typical, 2, [1, 20]).detectable < plain
