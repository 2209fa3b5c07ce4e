from __future__ import annotations

from dataclasses import replace

import pytest
from pasts import NODEID, RAPL, baseline, fingerprint, past, past_with, without

from pytest_scer.baseline.judging import GRAVITY, Round, Run, worst_of
from pytest_scer.baseline.noise import Sample
from pytest_scer.baseline.past import Past
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.report.baseline_entry import BaselineEntry

X = NODEID.format("test_x")


def judged(now: Past, *days: Past, samples: list[Sample] | None = None) -> BaselineEntry:
    opponent = baseline(*days).against(fingerprint())
    run = Run.of(X, [now.tests.get(X)], opponent.compared)
    if samples is not None:
        run = Run(X, now.tests[X], samples)
    return Round(Threshold(), opponent, [X], "b.json", repeats=20).judge(run)


def test_the_worst_verdict_counts_and_of_equal_ones_the_first() -> None:
    entry = judged(past(2, test_x=1), past(1, test_x=1))
    entries = [replace(entry, verdict=verdict, against=verdict) for verdict in GRAVITY]
    assert worst_of(entries).verdict == "regression"
    assert worst_of([replace(entry, against="a"), replace(entry, against="b")]).against == "a"


def test_a_test_without_a_figure_has_no_verdict() -> None:
    entry = judged(past(2), past(1, test_x=1))
    assert (entry.verdict, entry.reason) == (
        "unmeasured",
        "the test has no figure in this session",
    )


def test_figures_of_other_stages_are_not_compared() -> None:
    entry = judged(past(2, test_x=9), without(past(1, test_x=1), reads="runs"))
    assert entry.reason == "the figure is of other stages: runs in the baseline, call now"


def test_another_machine_is_not_compared() -> None:
    opponent = baseline(past(1, fingerprint(RAPL), test_x=1)).against(fingerprint())
    one = Round(Threshold(), opponent, [X], "b.json")
    run = Run.of(X, [past(2, test_x=9).tests[X]], opponent.compared)
    assert not one.is_suspect(run)
    assert one.judge(run).verdict == "unmeasured"


def test_the_family_is_the_tests_that_both_have() -> None:
    days = [past_with(1, {f"test_{index}": 1 for index in range(40)})]
    opponent = baseline(*days).against(fingerprint())
    names = [NODEID.format(f"test_{index}") for index in range(20)]
    run = Run.of(names[0], [past(2, test_0=1).tests[names[0]]], opponent.compared)
    few, many = (Round(Threshold(), opponent, of, "b.json").judge(run) for of in (names[:1], names))
    assert "tests share" not in few.method
    assert "; 20 tests share the chance of a false alarm" in many.method


class TestMethod:
    def test_it_names_runs_and_noise(self) -> None:
        days = [past(day, test_x=1) for day in range(1, 4)]
        again = [Sample(1.5, 0.5)] * 10
        entry = judged(past(9, test_x=1.5), *days, samples=again)
        assert entry.verdict == "regression"
        assert entry.method == (
            "first run and median of the other 9 against 3 baseline runs; run-to-run noise 7.3% "
            "(CPU time on shared machines)"
        )

    def test_what_is_detectable_and_what_corrects_are_in_the_report(self) -> None:
        now = without(past(9, test_x=1.5), reference_j=0.75)
        entry = judged(now, *(past(day, test_x=1) for day in range(1, 4)))
        assert entry.corrected_by == pytest.approx(2 / 3)
        assert entry.corrected_j == pytest.approx(1)
        assert entry.depends_on_speed
        assert entry.detectable is not None
        assert entry.detectable > 0.2


class TestNotes:
    def test_a_new_state_is_named_where_it_matters(self) -> None:
        slow = [Sample(3.6, 1.5)] * 10
        entry = judged(past(2, test_x=3.6), past(1, test_x=1), samples=slow)
        assert "the machine is faster or slower than in any session of the baseline" in entry.notes
        fine = judged(past(2, test_x=3), past(1, test_x=1), samples=[Sample(3, 1.5)])
        assert fine.verdict == "ok"
        assert not any("faster or slower" in note for note in fine.notes)

    def test_first_runs_that_are_judged_alone_are_named(self) -> None:
        samples = [Sample(cost, 0.5) for cost in (3, 0.1, 0.1, 0.1)]
        entry = judged(past(2, test_x=3), past(1, test_x=1), samples=samples)
        assert entry.actual == 3
        assert entry.notes[0].endswith("than the first run: it alone is judged")

    def test_units_that_changed_and_the_section_that_grew_are_named(self) -> None:
        base = without(past(1, test_x=1), units={"token": 5}, sections={"a": 0.5, "b": 0.1})
        now = without(past(2, test_x=1), units={"token": 7}, sections={"a": 0.6, "b": 0.9})
        assert judged(now, base).notes == [
            "tokens: 5 in the baseline, 7 now",
            "grew most: section b, 100 mJ to 900 mJ",
        ]
