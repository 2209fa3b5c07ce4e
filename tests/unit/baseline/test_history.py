from __future__ import annotations

import dataclasses
import json
import math
import os
import random
from pathlib import Path
from typing import Any

import pytest
import reports

from pytest_scer.baseline import store
from pytest_scer.baseline.compare import compare
from pytest_scer.baseline.fingerprint import Fingerprint, differences
from pytest_scer.baseline.gate import COUNTED, MODELLED, Threshold
from pytest_scer.baseline.history import Baseline, renamed
from pytest_scer.baseline.past import Past, PastTest
from pytest_scer.baseline.store import BadBaseline, read_past
from pytest_scer.report.model import Finding

RAPL = "measured, machine: RAPL"
MODEL = "modelled, process: CPU time x 2 W per hardware thread"


def fingerprint(cpu_meter: str = MODEL, **changes: object) -> Fingerprint:
    meters = {"cpu": cpu_meter, "gpu": "absent", "ram": "constant, machine: 20 W constant"}
    mark = Fingerprint("A chip", 8, (), meters, 1, {"python": "3.12.1"})
    return dataclasses.replace(mark, **changes)  # type: ignore[arg-type]


def past(day: int = 1, mark: Any = None, g_per_kwh: float = 360, **joules: float) -> Past:
    tests = {
        f"test_a.py::{name}": PastTest({"cpu": cost, "gpu": None, "ram": 9.0}, 1.0, 0.0, 0.5)
        for name, cost in joules.items()
    }
    return Past("b.json", f"id{day}", f"2026-01-{day:02}T00:00:00+00:00", mark or fingerprint(),
                g_per_kwh, 1.0, "here", tests)  # fmt: skip


def baseline(*sessions: Past) -> Baseline:
    return Baseline(sessions, (), Path("b.json"))


class TestFingerprint:
    def test_constant_draws_are_left_out(self) -> None:
        assert fingerprint().compared == ("cpu",)
        alone = fingerprint("absent")
        assert alone.compared == ("ram",)

    def test_another_meter_blocks(self) -> None:
        found = differences(fingerprint(RAPL), fingerprint())
        assert found.blocking == [f"cpu meter: {RAPL} in the baseline, {MODEL} now"]

    @pytest.mark.parametrize(
        ("change", "named"),
        [({"cpu": "B chip"}, "CPU"), ({"logical_cores": 4}, "hardware threads"),
         ({"gpus": ("G",)}, "GPUs"), ({"workers": 4}, "workers")],
    )  # fmt: skip
    def test_machine_and_workers_block(self, change: dict[str, Any], named: str) -> None:
        found = differences(fingerprint(), fingerprint(**change))
        assert [text.partition(":")[0] for text in found.blocking] == [named]

    def test_versions_are_named_and_do_not_block(self) -> None:
        found = differences(fingerprint(), fingerprint(versions={"python": "3.13.0", "torch": "2"}))
        assert found.blocking == []
        assert found.noted == [
            "python 3.12.1 in the baseline, 3.13.0 now",
            "torch not loaded in the baseline, 2 now",
        ]

    def test_a_constant_of_another_size_does_not_block(self) -> None:
        other = dict(fingerprint().meters, ram="constant, machine: 5 W constant")
        assert differences(fingerprint(), fingerprint(meters=other)).blocking == []

    def test_merged_reports_are_of_all_their_machines_in_their_order(self) -> None:
        def merged(*cpus: str) -> Fingerprint:
            made = reports.report()
            made.session.hosts = [
                {"environment": dataclasses.asdict(reports.environment(cpu))} for cpu in cpus
            ]
            return Fingerprint.of_report(made)

        assert differences(merged("A", "B"), merged("A", "B")).blocking == []
        assert differences(merged("A", "A"), merged("A")).blocking == []
        for other in (("A", "C"), ("B", "A")):
            (text,) = differences(merged("A", "B"), merged(*other)).blocking
            assert text == f"CPU: A + B in the baseline, {' + '.join(other)} now"


class TestFiles:
    def test_a_baseline_comes_back_as_it_was_to_six_digits(self, tmp_path: Path) -> None:
        saved = past(test_x=1.23456789)
        path = store.save(saved, tmp_path / "b.json")
        back = read_past(path)
        assert back.tests["test_a.py::test_x"].energy_j["cpu"] == 1.23457
        assert back.fingerprint == saved.fingerprint
        assert [path.name for path in tmp_path.iterdir()] == ["b.json"]

    def test_a_test_is_a_line_and_lines_are_sorted(self, tmp_path: Path) -> None:
        text = store.save(past(test_b=1, test_a=2), tmp_path / "b.json").read_text()
        lines = [line.split(":")[0] for line in text.splitlines() if '"test_a.py::' in line]
        assert len(lines) == 2
        assert lines == sorted(lines)

    def test_a_directory_gets_one_file_a_session(self, tmp_path: Path) -> None:
        for day in (2, 1):
            store.save(past(day, test_x=1), tmp_path)
        loaded = Baseline.load(tmp_path)
        assert [each.session for each in loaded.sessions] == ["id1", "id2"]

    @pytest.mark.parametrize(
        ("content", "says"),
        [("", "not JSON"), ("[]", "not a pytest-scer report"), ('{"a": 1}', "no schema_version"),
         ('{"schema_version": 99}', "schema version 99"),
         ('{"baseline_version": 99}', "baseline version 99"),
         ('{"baseline_version": 1}', "damaged")],
    )  # fmt: skip
    def test_what_is_no_baseline_is_refused(self, tmp_path: Path, content: str, says: str) -> None:
        path = tmp_path / "b.json"
        path.write_text(content)
        with pytest.raises(BadBaseline, match=says) as error:
            read_past(path)
        assert str(path) in str(error.value)

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("cpu_time_s", -1, "-1 is not a figure"),
            *(("repeats", value, "is no number of runs") for value in (0, -1, 1.5, True, "3")),
            *(("units", value, "damaged") for value in ({"token": "x"}, {"token": -1}, ["token"])),
        ],
    )
    def test_a_field_that_cannot_be_is_refused(
        self, tmp_path: Path, field: str, value: Any, says: str
    ) -> None:
        path = store.save(past(test_x=1), tmp_path / "b.json")
        data = json.loads(path.read_text())
        data["tests"]["test_a.py::test_x"][field] = value
        path.write_text(json.dumps(data))
        with pytest.raises(BadBaseline, match=says):
            read_past(path)

    def test_a_report_with_fields_of_a_later_version_is_read(self, tmp_path: Path) -> None:
        made = reports.report(reports.entry("m", reports.measured(10.0)))
        made.findings.append(Finding("boundary", "x"))
        form = reports.as_json(made)
        for part in (form["session"], form["carbon_intensity"], form["findings"][0]):
            part["of_a_later_version"] = 1
        path = tmp_path / "report.json"
        path.write_text(json.dumps(form))
        assert list(read_past(path).tests) == ["test_it.py::test_m_inference"]

    def test_a_write_that_fails_leaves_the_old_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = store.save(past(test_x=1), tmp_path / "b.json")
        before = path.read_bytes()

        def fail(*_: object) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            store.save(past(test_x=2), path)
        assert path.read_bytes() == before
        assert [each.name for each in tmp_path.iterdir()] == ["b.json"]


class TestHistory:
    def test_only_comparable_sessions_count(self) -> None:
        history = baseline(past(1, test_x=1), past(2, fingerprint(RAPL), test_x=9))
        chosen = history.against(fingerprint())
        assert [each.session for each in chosen.sessions] == ["id1"]
        assert not chosen.differences.blocking

    def test_the_last_ten_count(self) -> None:
        history = baseline(*(past(day, test_x=day) for day in range(1, 15)))
        costs = [
            each.cost_j for each in history.against(fingerprint()).samples("test_a.py::test_x")
        ]
        assert costs == list(range(5, 15))

    def test_a_history_tells_its_own_spread(self) -> None:
        names = [f"test_{index}" for index in range(6)]
        days = [past(day, None, 360, **dict.fromkeys(names, 10 + day)) for day in range(1, 6)]
        spread = baseline(*days).against(fingerprint()).spread(fingerprint())
        assert 0.1 < spread.single < 0.2
        assert spread.source == "5 sessions"

    @pytest.mark.parametrize(("alike", "least", "most"), [(True, 15, 40), (False, 4, 6)])
    def test_tests_that_are_alike_in_noise_tell_more_of_each_other(
        self, alike: bool, least: int, most: int
    ) -> None:
        random_ = random.Random(1)
        noise = {f"test_{index}": 0.1 if alike else 0.02 * 2 ** (index % 5) for index in range(100)}
        days = [
            past(day, **{name: math.exp(random_.gauss(0, sd)) for name, sd in noise.items()})
            for day in range(1, 11)
        ]
        spread = baseline(*days).against(fingerprint()).spread(fingerprint())
        assert least <= spread.runs <= most
        assert spread.single == pytest.approx(0.1 if alike else 0.08, rel=0.15)

    def test_a_calm_history_tells_of_no_less_than_is_known(self) -> None:
        random_ = random.Random(3)
        days = [
            past(day, **{f"test_{index}": math.exp(random_.gauss(0, 1e-3)) for index in range(40)})
            for day in range(1, 6)
        ]
        spread = baseline(*days).against(fingerprint()).spread(fingerprint())
        assert spread.single == MODELLED.least
        assert spread.session == pytest.approx(MODELLED.least * MODELLED.session / MODELLED.single)

    def test_two_wild_tests_change_little(self) -> None:
        random_ = random.Random(2)
        quiet, wild = (
            [
                past(
                    day,
                    **{
                        f"test_{index}": math.exp(random_.gauss(0, 2.0 if index < loud else 0.1))
                        for index in range(40)
                    },
                )
                for day in range(1, 6)
            ]
            for loud in (0, 2)
        )
        for days in (quiet, wild):
            spread = baseline(*days).against(fingerprint()).spread(fingerprint())
            assert spread.single == pytest.approx(0.1, rel=0.2)  # well over the least
            assert spread.runs >= 6

    def test_a_single_session_leaves_what_is_known_of_the_meter(self) -> None:
        alone = baseline(past(1, test_x=1)).against(fingerprint())
        assert alone.spread(fingerprint()) == MODELLED
        assert alone.spread(fingerprint(RAPL)) == COUNTED


class TestCompare:
    def test_grids_are_no_regression(self) -> None:
        now = past(2, g_per_kwh=720, test_x=1)
        found = compare(baseline(past(1, g_per_kwh=360, test_x=1)), now, Threshold())
        entry = found.tests["test_a.py::test_x"]
        assert entry.verdict == "ok"
        assert entry.co2e_g == entry.baseline_co2e_g == pytest.approx(1e-4)

    def test_another_meter_gives_no_verdict_but_cpu_seconds(self) -> None:
        found = compare(
            baseline(past(1, fingerprint(RAPL), test_x=1)), past(test_x=99), Threshold()
        )
        entry = found.tests["test_a.py::test_x"]
        assert (entry.verdict, entry.comparable, entry.change) == ("unmeasured", False, None)
        assert "joules cannot be compared: cpu meter" in entry.text
        assert "CPU time 1.00 s in the baseline, 1.00 s now" in entry.text
        assert found.session.verdict == "unmeasured"
        assert not found.regressed

    def test_the_newest_session_of_some_tests_does_not_make_the_comparison_lax(self) -> None:
        names = [f"test_{index}" for index in range(20)]
        days = [past(day, **dict.fromkeys(names, 1.0)) for day in range(1, 6)]
        partial = baseline(*days, past(6, test_0=1.0))
        now = past(7, **dict.fromkeys(names, 1.2))
        entries = [
            compare(each, now, Threshold()).tests["test_a.py::test_1"]
            for each in (baseline(*days), partial)
        ]
        assert entries[0].noise == entries[1].noise
        assert "5 sessions" in entries[0].method
        assert "sum of the 20 tests" in compare(partial, now, Threshold()).session.method

    def test_an_anchor_without_a_test_in_common_says_nothing_of_the_session(self) -> None:
        kept = Baseline([past(1, test_x=1)], [past(1, test_gone=1)], Path("history"))
        assert compare(kept, past(2, test_x=1), Threshold()).session.verdict == "ok"

    def test_new_vanished_and_renamed_tests_are_named(self) -> None:
        before = past(1, test_stays=1, test_leaves=1, test_old_name=1)
        now = past(2, test_stays=1, test_comes=1, test_new_name=1)
        found = compare(baseline(before), now, Threshold())
        assert found.renamed == {"test_a.py::test_new_name": "test_a.py::test_old_name"}
        assert found.new == ("test_a.py::test_comes",)
        assert found.vanished == ("test_a.py::test_leaves",)

    def test_figures_of_other_stages_are_not_compared(self) -> None:
        before = past(1, test_x=1)
        test = dataclasses.replace(before.tests["test_a.py::test_x"], reads="runs")
        before = dataclasses.replace(before, tests={"test_a.py::test_x": test})
        entry = compare(baseline(before), past(2, test_x=9), Threshold()).tests["test_a.py::test_x"]
        assert entry.reason == "the figure is of other stages: runs in the baseline, call now"


def test_a_test_that_moved_keeps_its_function() -> None:
    assert renamed(["a.py::test_x"], ["b.py::test_x"]) == {"b.py::test_x": "a.py::test_x"}
    assert renamed(["a.py::test_x"], ["a.py::test_something_else"]) == {}
