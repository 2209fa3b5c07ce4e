from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pasts import NODEID, baseline, fingerprint, past, past_with, without

from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.past import Past
from pytest_scer.baseline.session import compare_session
from pytest_scer.baseline.threshold import Threshold

NAMES = tuple(f"test_{index}" for index in range(20))


def day(number: int, cost: float = 1.0, names: tuple[str, ...] = NAMES) -> Past:
    return past_with(number, dict.fromkeys(names, cost))


def test_it_is_the_sum_of_the_tests_that_both_have() -> None:
    now = past_with(2, {**dict.fromkeys(NAMES, 1.0), "test_new": 99})
    entry = compare_session(now, baseline(day(1)), Threshold())
    assert (entry.verdict, entry.value, entry.actual) == ("ok", 20, 20)
    assert entry.method.startswith("sum of the 20 tests that both have: 1 run against")
    assert "tests share" not in entry.method


def test_growth_of_all_together_is_found() -> None:
    entry = compare_session(day(9, 1.6), baseline(*map(day, range(1, 6))), Threshold())
    assert entry.verdict == "regression"
    assert entry.change == pytest.approx(0.6)


def test_a_slow_machine_is_corrected_for() -> None:
    now = without(day(9, 1.05), reference_j=0.525)
    entry = compare_session(now, baseline(*map(day, range(1, 6))), Threshold())
    assert entry.change == pytest.approx(0)
    assert entry.corrected_by == pytest.approx(1 / 1.05)


def test_the_newest_session_of_some_tests_does_not_hide_the_others() -> None:
    partial = baseline(*map(day, range(1, 6)), day(6, names=NAMES[:1]))
    entry = compare_session(day(7, 1.2), partial, Threshold())
    assert "sum of the 20 tests" in entry.method
    assert "5 baseline runs" in entry.method


def test_sessions_in_which_one_of_them_regressed_do_not_count() -> None:
    bad = replace(day(3, 5.0), regressed=frozenset({NODEID.format("test_0")}))
    entry = compare_session(day(9), baseline(day(1), day(2), bad), Threshold())
    assert (entry.verdict, entry.value) == ("ok", 20)
    assert "2 baseline runs" in entry.method


def test_where_none_is_left_there_is_no_verdict() -> None:
    days = [
        replace(day(number), regressed=frozenset({NODEID.format(f"test_{number}")}))
        for number in (1, 2)
    ]
    entry = compare_session(day(9), baseline(*days), Threshold())
    assert (entry.verdict, entry.reason) == (
        "unmeasured",
        "no session of the baseline has all of its tests without a regression",
    )


def test_an_anchor_without_a_test_in_common_says_nothing_of_the_session() -> None:
    kept = Baseline([past(1, test_x=1)], [past(1, test_gone=1)], Path("history"))
    assert compare_session(past(2, test_x=1), kept, Threshold()).verdict == "ok"


def test_tests_that_cost_nothing_have_a_verdict() -> None:
    entry = compare_session(day(2, 0.0), baseline(day(1, 0.0)), Threshold())
    assert (entry.verdict, entry.change) == ("ok", 0)


def test_other_machines_have_none() -> None:
    other = fingerprint(workers=4)
    entry = compare_session(past(2, other, test_x=1), baseline(past(1, test_x=1)), Threshold())
    assert entry.verdict == "unmeasured"
    assert "workers: 1 in the baseline, 4 now" in (entry.reason or "")


def test_a_wild_first_run_that_repeats_cleared_is_no_growth_of_the_session() -> None:
    now = past_with(9, {**dict.fromkeys(NAMES, 1.0), "test_0": 60.0})
    calm = now.tests[NODEID.format("test_1")].sample(now.fingerprint.compared)
    wild = now.tests[NODEID.format("test_0")].sample(now.fingerprint.compared)
    assert calm is not None
    assert wild is not None
    history = baseline(*map(day, range(1, 6)))
    assert compare_session(now, history, Threshold()).verdict == "regression"
    cleared = replace(now, again={NODEID.format("test_0"): [wild, *[calm] * 4]})
    assert compare_session(cleared, history, Threshold()).verdict == "ok"
