from __future__ import annotations

from dataclasses import replace

import pytest
from pasts import NODEID, RAPL, baseline, fingerprint, past, without

from pytest_scer.baseline.compare import compare
from pytest_scer.baseline.levels import Level
from pytest_scer.baseline.noise import Sample
from pytest_scer.baseline.threshold import Threshold

X = NODEID.format("test_x")


def test_grids_are_no_regression() -> None:
    now = past(2, g_per_kwh=720, test_x=1)
    found = compare(baseline(past(1, g_per_kwh=360, test_x=1)), now, Threshold())
    entry = found.tests[X]
    assert entry.verdict == "ok"
    assert entry.co2e_g == entry.baseline_co2e_g == pytest.approx(1e-4)


def test_another_meter_gives_no_verdict_but_cpu_seconds() -> None:
    found = compare(baseline(past(1, fingerprint(RAPL), test_x=1)), past(test_x=99), Threshold())
    entry = found.tests[X]
    assert (entry.verdict, entry.comparable, entry.change) == ("unmeasured", False, None)
    assert "joules cannot be compared: cpu meter" in entry.text
    assert "CPU time 1.00 s in the baseline, 1.00 s now" in entry.text
    assert found.session.verdict == "unmeasured"
    assert not found.regressed


def test_runs_that_were_measured_again_are_taken_from_the_report() -> None:
    now = past(9, test_x=3)
    now = replace(now, again={X: [Sample(cost, 0.5) for cost in (3, 1, 1, 1.05)]})
    entry = compare(baseline(past(1, test_x=1)), now, Threshold()).tests[X]
    assert (entry.confirmed, entry.verdict) == (3, "ok")


@pytest.mark.parametrize("bare", ["both", "base", "head"])
def test_costs_without_workload_are_compared_and_say_that_they_are_not_corrected(
    bare: str,
) -> None:
    base, now = past(1, test_x=1, test_y=1), past(2, test_x=1, test_y=1)
    if bare != "head":
        base = without(base, reference_j=None)
    if bare != "base":
        now = without(now, reference_j=None)
    found = compare(baseline(base), now, Threshold())
    for entry in (found.tests[X], found.session):
        assert (entry.verdict, entry.change) == ("ok", 0)
        assert "(cpu, not corrected for speed): +0%" in entry.text


def test_corrected_joules_are_in_the_line() -> None:
    now = without(past(2, test_x=1.5), reference_j=0.75)
    entry = compare(baseline(past(1, test_x=1)), now, Threshold()).tests[X]
    assert entry.actual == 1.5
    assert entry.text.startswith("1.00 J against 1.00 J (cpu, corrected for speed x 0.67): +0%")


def test_those_of_counters_need_no_correction() -> None:
    mark = fingerprint(RAPL)
    entry = compare(baseline(past(1, mark, test_x=1)), past(2, mark, test_x=1), Threshold())
    assert "(cpu): +0%" in entry.tests[X].text


def test_new_vanished_and_renamed_tests_are_named() -> None:
    before = past(1, test_stays=1, test_leaves=1, test_old_name=1)
    now = past(2, test_stays=1, test_comes=1, test_new_name=1)
    found = compare(baseline(before), now, Threshold())
    assert found.renamed == {NODEID.format("test_new_name"): NODEID.format("test_old_name")}
    assert found.new == (NODEID.format("test_comes"),)
    assert found.vanished == (NODEID.format("test_leaves"),)


def test_an_empty_session_has_no_verdict() -> None:
    found = compare(baseline(past(1, test_x=1)), past(2), Threshold())
    assert (found.tests, found.session.verdict) == ({}, "unmeasured")
    assert not found.regressed


def test_after_accepting_a_level_the_anchor_from_before_it_is_not_held_against_the_test() -> None:
    days = [past(1, test_x=1, test_y=1), past(2, regressed=["test_x"], test_x=2, test_y=1)]
    now = past(3, test_x=2, test_y=1)
    for levels, verdict in (
        ({}, "inconclusive"),
        ({X: Level(days[1].started_at, days[1].started_at)}, "ok"),
    ):
        kept = baseline(*days, anchor=[days[0]], levels=levels)
        found = compare(kept, now, Threshold())
        assert found.tests[X].verdict == verdict
        assert found.tests[NODEID.format("test_y")].verdict == "ok"
