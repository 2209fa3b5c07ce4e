from __future__ import annotations

import dataclasses
import math
import random
from pathlib import Path

import pytest
from pasts import NODEID, RAPL, baseline, fingerprint, past, past_with, without

from pytest_scer.baseline import store
from pytest_scer.baseline.gate import Gate
from pytest_scer.baseline.history import Baseline, Opponent
from pytest_scer.baseline.levels import Level, write_levels
from pytest_scer.baseline.noise import COUNTED, MODELLED, SIMULATED, UNCORRECTED, Known
from pytest_scer.baseline.past import Past

X = NODEID.format("test_x")


def costs(*sessions: Past, levels: dict[str, Level] | None = None) -> list[float]:
    """What the samples of test_x cost."""
    opponent = baseline(*sessions, levels=levels or {}).against(fingerprint())
    return [each.cost_j for each in opponent.samples(X)]


class TestSamples:
    def test_only_comparable_sessions_count(self) -> None:
        chosen = baseline(past(1, test_x=1), past(2, fingerprint(RAPL), test_x=9)).against(
            fingerprint()
        )
        assert [each.session for each in chosen.sessions] == ["id1"]
        assert not chosen.differences.blocking

    def test_the_last_ten_count(self) -> None:
        assert costs(*(past(day, test_x=day) for day in range(1, 15))) == list(range(5, 15))

    def test_a_session_in_which_the_test_was_a_regression_does_not(self) -> None:
        days = [past(1, test_x=1), past(2, regressed=["test_x"], test_x=9), past(3, test_x=1.1)]
        assert costs(*days) == [1, 1.1]

    def test_the_same_session_counts_for_other_tests(self) -> None:
        days = [past(1, test_x=1), past(2, regressed=["test_y"], test_x=2, test_y=9)]
        assert costs(*days) == [1, 2]

    def test_ten_that_count_are_looked_for_behind_regressions(self) -> None:
        good = [past(day, test_x=day) for day in range(1, 12)]
        bad = [past(day, regressed=["test_x"], test_x=99) for day in range(12, 25)]
        assert costs(*good, *bad) == list(range(2, 12))

    def test_figures_of_other_stages_are_left_out(self) -> None:
        assert costs(without(past(1, test_x=1), reads="runs"), past(2, test_x=2)) == [2]

    def test_runs_without_the_workload_are_left_out_where_others_have_it(self) -> None:
        assert costs(past(1, test_x=1), past(2, reference_j=None, test_x=2)) == [1]
        bare = [past(day, reference_j=None, test_x=day) for day in (1, 2)]
        assert costs(*bare) == [1, 2]

    def test_those_of_counters_are_all_taken(self) -> None:
        mark = fingerprint(RAPL)
        days = [past(1, mark, test_x=1), past(2, mark, reference_j=None, test_x=2)]
        opponent = baseline(*days).against(mark)
        assert [each.cost_j for each in opponent.samples(X)] == [1, 2]
        assert not opponent.is_corrected


class TestLevels:
    DAYS = (
        past(1, test_x=1),
        past(2, regressed=["test_x"], test_x=2),
        past(3, regressed=["test_x"], test_x=2.1),
        past(4, test_x=2.2),
        past(5, regressed=["test_x"], test_x=4),
    )

    def test_sessions_before_an_accepted_level_do_not_count_and_those_within_do(self) -> None:
        level = Level(self.DAYS[1].started_at, self.DAYS[2].started_at)
        assert costs(*self.DAYS, levels={X: level}) == [2, 2.1, 2.2]

    def test_a_regression_after_it_is_none_that_was_accepted(self) -> None:
        level = Level(self.DAYS[4].started_at, self.DAYS[4].started_at)
        assert costs(*self.DAYS, levels={X: level}) == [4]
        later = past(6, regressed=["test_x"], test_x=9)
        assert costs(*self.DAYS, later, levels={X: level}) == [4]

    def test_a_level_of_a_test_that_is_gone_harms_nothing(self) -> None:
        level = Level(self.DAYS[1].started_at, self.DAYS[2].started_at)
        assert costs(*self.DAYS, levels={"gone.py::test_gone": level}) == [1, 2.2]

    def test_they_are_read_with_the_history(self, tmp_path: Path) -> None:
        store.save(past(test_x=1), tmp_path)
        levels = {X: Level("2026-01-01", "2026-01-02")}
        write_levels(tmp_path, levels)
        loaded = Baseline.load(tmp_path)
        assert loaded.levels == levels
        assert len(loaded.sessions) == 1

    def test_an_anchor_from_before_them_does_not_know_the_test(self) -> None:
        level = Level(self.DAYS[1].started_at, self.DAYS[2].started_at)
        kept = baseline(*self.DAYS, anchor=[past(1, test_x=1, test_y=1)], levels={X: level})
        anchored = kept.anchored(fingerprint())
        assert anchored is not None
        assert anchored.nodeids == {NODEID.format("test_y")}


class TestNoise:
    NAMES = tuple(f"test_{index}" for index in range(40))

    def history(self, sd: float, days: int = 5) -> Opponent:
        dice = random.Random(3)
        sessions = [
            past_with(day, {name: math.exp(dice.gauss(0, sd)) for name in self.NAMES})
            for day in range(1, days + 1)
        ]
        return baseline(*sessions).against(fingerprint())

    def test_a_history_shows_its_own(self) -> None:
        assert self.history(0.2).suite.sd == pytest.approx(0.2, rel=0.1)

    @pytest.mark.parametrize(
        ("meter", "reference_j", "known"),
        [(fingerprint().meters["cpu"], 0.5, MODELLED),
         (fingerprint().meters["cpu"], None, UNCORRECTED),
         (RAPL, 0.5, COUNTED), ("simulated, machine: x", 0.5, SIMULATED)],
    )  # fmt: skip
    def test_a_single_session_leaves_what_is_known_of_the_meter(
        self, meter: str, reference_j: float | None, known: Known
    ) -> None:
        mark = fingerprint(meter)
        alone = baseline(past(1, mark, reference_j=reference_j, test_x=1)).against(mark)
        assert alone.suite == known.noise()

    def test_a_test_without_workload_leaves_the_others_corrected(self) -> None:
        bare = past(6, reference_j=None, test_new=1.0)
        whole = self.history(0.1)
        mixed = baseline(*whole.sessions, bare).against(fingerprint())
        assert mixed.is_corrected
        assert mixed.suite == whole.suite
        gate = Gate(0.1, 0, 40, mixed.suite, mixed.is_corrected, 0, mixed.uncorrected)
        new = mixed.samples(NODEID.format("test_new"))
        found = gate.compare(new, [dataclasses.replace(new[0], reference_j=0.7)])
        assert found.corrected_by is None
        assert found.change == pytest.approx(0)
