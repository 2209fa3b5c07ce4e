"""Baselines: saved, compared, judged, and measured again."""

from __future__ import annotations

import json
import math
import random
import re
import sys
from itertools import accumulate, chain, count, repeat
from pathlib import Path
from statistics import median

import pytest
from suite import MODELLED, Ran, Suite

from pytest_scer.baseline import reference
from pytest_scer.baseline.variance import variance
from pytest_scer.recording import regressions as comparing

TESTS = """
def test_a(): spend(cpu=10)
def test_b(carbon):
    with carbon.measure("prefill"): spend(cpu=5)
    with carbon.measure("decode"): spend(cpu={joules})
"""


def saved(suite: Suite, *args: str, joules: float = 5) -> Ran:
    suite.write(TESTS.format(joules=joules))
    ran = suite.run("--scer-save-baseline=b.json", *args)
    assert (suite.path / "b.json").exists()
    return ran


def compared(suite: Suite, *args: str, joules: float = 5) -> Ran:
    return suite.measure(TESTS.format(joules=joules), "--scer-baseline=b.json", *args)


class TestRegression:
    def test_an_unchanged_suite_passes(self, suite: Suite) -> None:
        saved(suite)
        ran = compared(suite)
        ran.passed(passed=2)
        assert ran.exit_status == 0
        entry = ran.test("test_b")["baseline"]
        assert (entry["verdict"], entry["value"], entry["actual"]) == ("ok", 10, 10)

    def test_a_dearer_test_fails_and_says_why(self, suite: Suite) -> None:
        saved(suite)
        ran = compared(suite, joules=9)
        ran.passed(passed=1, failed=1)
        ran.result.stdout.fnmatch_lines(
            [
                "Regression: 14.0 J, +40% ± * (baseline 10.0 J)",
                "  limit: +10% over the baseline *b.json",
                "  read: cpu + ram; 1 run against 1 baseline run; run-to-run noise *",
                "  CO2e: 1.40 mgCO2e against 1.00 mgCO2e, both at 360 g per kWh",
                "  grew most: section decode, 5.00 J to 9.00 J",
                "  remedy: reduce the work, or accept the new level *",
                "FAILED test_it.py::test_b - Regression: 14.0 J, +40% ± *",
            ]
        )

    def test_fail_on_none_only_warns(self, suite: Suite) -> None:
        saved(suite)
        ran = compared(suite, "--scer-fail-on=none", joules=9)
        ran.passed(passed=2, warnings=1)
        assert ran.exit_status == 0
        assert ran.test("test_b")["baseline"]["verdict"] == "regression"

    def test_the_threshold_is_the_users(self, suite: Suite) -> None:
        saved(suite)
        assert compared(suite, "--scer-max-regression=50%", joules=9).exit_status == 0
        assert compared(suite, "--scer-max-regression=10% and 5 J", joules=9).exit_status == 0
        assert compared(suite, "--scer-max-regression=10% and 3 J", joules=9).exit_status == 1

    def test_many_small_growths_fail_the_session(self, suite: Suite) -> None:
        saved(suite)
        ran = compared(suite, "--scer-max-regression=5%", "--deselect=test_it.py::test_a", joules=9)
        assert ran.json["baseline"]["verdict"] == "regression"
        assert ran.json["baseline"]["value"] == 10

    def test_a_json_report_is_a_baseline_too(self, suite: Suite) -> None:
        suite.measure(TESTS.format(joules=5))
        (suite.path / "report.json").rename(suite.path / "b.json")
        assert compared(suite).exit_status == 0
        assert compared(suite, joules=9).exit_status == 1

    def test_figures_can_be_recomputed_from_the_two_files(self, suite: Suite) -> None:
        saved(suite)
        ran = compared(suite, joules=9)
        base = json.loads((suite.path / "b.json").read_text())
        row, entry = ran.test("test_b"), ran.test("test_b")["baseline"]
        before = base["tests"]["test_it.py::test_b"]["energy_j"]
        value = sum(before[name] for name in entry["components"])
        actual = sum(row["measurement"]["energy_j"][name] for name in entry["components"])
        assert (entry["value"], entry["actual"]) == (value, actual)
        assert entry["change"] == pytest.approx(actual / value - 1)
        assert entry["co2e_g"] == pytest.approx(actual / 3.6e6 * base["g_per_kwh"] * base["pue"])

    def test_a_wider_fixture_that_grew_is_named_for_the_session(self, suite: Suite) -> None:
        source = """
        @pytest.fixture(scope="module")
        def model(): spend(cpu={joules})
        def test_x(model): spend(cpu=10)
        """
        suite.write(source.format(joules=20))
        suite.run("--scer-save-baseline=b.json").passed(passed=1)
        for joules, said in ((50, "fixture model grew most: 20.0 J to 50.0 J"), (21, None)):
            ran = suite.measure(source.format(joules=joules), "--scer-baseline=b.json")
            assert ran.exit_status == 0
            notes = ran.json["baseline"]["notes"]
            assert notes == ([f"in addition to the tests, {said}"] if said else [])
            assert said is None or said in ran.text

    def test_a_directory_in_the_configuration_lies_beside_it(
        self, suite: Suite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (suite.path / "history").mkdir()
        (suite.path / "below").mkdir()
        suite.write(TESTS.format(joules=5))
        suite.run("--scer-save-baseline=history").passed(passed=2)
        suite.ini("scer_baseline = history")
        suite.write(TESTS.format(joules=9))
        monkeypatch.chdir(suite.path / "below")
        ran = suite.run_apart("..")
        assert ran.exit_status == 1
        assert "Regression: 14.0 J, +40%" in ran.text


class TestMeasuringAgain:
    def test_a_suspect_is_measured_again_with_fresh_fixtures(self, suite: Suite) -> None:
        source = """
        import itertools
        costs = itertools.chain([{first}], itertools.repeat(10))
        built = []

        @pytest.fixture(scope="module")
        def wide(): built.append("wide"); yield; built.append("wide ends")

        @pytest.fixture
        def narrow(tmp_path): built.append("narrow"); yield tmp_path; built.append("narrow ends")

        class TestIt:
            def test_x(self, wide, narrow, capsys):
                assert not hasattr(self, "seen")
                self.seen = True
                print("hello")
                assert capsys.readouterr().out == "hello\\n"
                assert list(narrow.iterdir()) == []
                (narrow / "file").touch()
                spend(cpu=next(costs))

        def test_what_was_built():
            once = ["narrow", "narrow ends"]
            assert built == ["wide", *once * {runs}]
        """
        suite.write(source.format(first=10, runs=1))
        suite.run("--scer-save-baseline=b.json").passed(passed=2)
        ran = suite.measure(
            source.format(first=14, runs=4), "--scer-baseline=b.json", "--scer-confirm=5"
        )
        ran.passed(passed=2)
        entry = ran.test("test_x")["baseline"]
        assert (entry["verdict"], entry["confirmed"]) == ("ok", 3)
        assert [cost for cost, _ in entry["samples"]] == [14, 10, 10, 10]

    def test_what_stays_dear_fails(self, suite: Suite) -> None:
        saved(suite)
        ran = compared(suite, "--scer-confirm=4", joules=9)
        ran.passed(passed=1, failed=1)
        assert ran.test("test_b")["baseline"]["confirmed"] == 3
        assert "first run and median of the other 3 against 1 baseline run" in ran.text

    def test_repeats_do_not_clear_what_a_test_does_only_once(self, suite: Suite) -> None:
        source = """
        import functools

        @functools.lru_cache
        def model(): spend(cpu={joules})

        def test_x(): model(); spend(cpu=1)
        """
        suite.write(source.format(joules=10))
        suite.run("--scer-save-baseline=b.json").passed(passed=1)
        ran = suite.measure(source.format(joules=14), "--scer-baseline=b.json", "--scer-confirm=9")
        ran.passed(failed=1)
        entry = ran.test("test_x")["baseline"]
        assert (entry["verdict"], entry["confirmed"], entry["actual"]) == ("regression", 3, 15)
        assert [cost for cost, _ in entry["samples"]] == [15, 1, 1, 1]
        assert any("the first run: it alone is judged" in note for note in entry["notes"])
        whole = ran.json["baseline"]
        assert (whole["verdict"], whole["actual"]) == ("regression", 15)

    def test_what_was_measured_again_is_no_overhead(self, suite: Suite) -> None:
        saved(suite)
        ran = compared(suite, "--scer-confirm=4", "--scer-report", joules=9)
        totals = ran.json["totals"]
        assert totals["tests_energy_j"] == 24
        assert totals["confirming_energy_j"] == 3 * 14
        assert totals["overhead_energy_j"] == 0
        assert totals["energy_j"]["total"] == 24 + 3 * 14
        assert "66.0 J, 6.60 mg CO2e (simulated grid) in 0 s: tests 36%, gate 64%" in ran.text

    def test_unchanged_tests_run_once(self, suite: Suite) -> None:
        saved(suite)
        ran = compared(suite, "--scer-confirm=4")
        assert [test["baseline"]["confirmed"] for test in ran.json["tests"]] == [0, 0]

    def test_a_test_that_fails_this_time_is_judged_by_what_there_is(self, suite: Suite) -> None:
        source = """
        runs = []
        def test_x():
            runs.append(1)
            spend(cpu={joules})
            assert len(runs) < 2, "only once"
        """
        suite.write(source.format(joules=10))
        suite.run("--scer-save-baseline=b.json").passed(passed=1)
        ran = suite.measure(source.format(joules=14), "--scer-baseline=b.json", "--scer-confirm=5")
        ran.passed(failed=1)
        entry = ran.test("test_x")["baseline"]
        assert (entry["verdict"], entry["confirmed"]) == ("regression", 0)
        assert "AssertionError: only once" in entry["reason"]

    def test_unittest_and_parametrized_tests_run_again(self, suite: Suite) -> None:
        source = """
        import unittest
        class TestCase(unittest.TestCase):
            def setUp(self): self.done = False
            def test_u(self):
                assert not self.done
                self.done = True
                spend(cpu={joules})

        @pytest.mark.parametrize("joules", [{joules}])
        def test_p(joules, request):
            spend(cpu=request.getfixturevalue("joules"))
        """
        suite.write(source.format(joules=10).replace("[10]", '[pytest.param(10, id="p")]'))
        suite.run("--scer-save-baseline=b.json").passed(passed=2)
        ran = suite.measure(
            source.format(joules=14).replace("[14]", '[pytest.param(14, id="p")]'),
            "--scer-baseline=b.json", "--scer-confirm=5",
        )  # fmt: skip
        ran.passed(failed=2)
        assert [test["baseline"]["confirmed"] for test in ran.json["tests"]] == [3, 3]


class TestARestlessMachine:
    """Tests whose cost varies with the machine's speed, more than the reference workload's does."""

    SUITE = """
    import simulation

    @pytest.mark.parametrize("index", range(6))
    def test_x(index):
        spend(cpu=10 * simulation.moment ** 1.3 * ({factor} if index == 2 else 1))
    """

    @pytest.fixture
    def suite(self, suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Suite:
        steps = random.Random(1)
        moments = accumulate((steps.gauss(0, 0.1) for _ in count()), lambda now, by: 0.9 * now + by)
        lasting = chain.from_iterable(repeat(moment, 1 + reference.MEASURED) for moment in moments)

        def run(_: reference.Workload) -> None:
            simulation = sys.modules["simulation"]
            simulation.moment = math.exp(next(lasting))  # type: ignore[attr-defined]
            simulation.spend(cpu=2 * simulation.moment)

        suite.conftest(MODELLED)
        monkeypatch.setattr(reference.Workload, "run_slice", run)
        monkeypatch.setattr(reference, "EVERY_S", 0.0)
        monkeypatch.setattr(reference, "IN_COST", 1 + reference.MEASURED)  # one moment
        monkeypatch.setattr(comparing, "APART_S", 0.0)
        suite.write(self.SUITE.format(factor=1))
        (suite.path / "history").mkdir()
        for _ in range(5):
            suite.run("--scer-save-baseline=history").passed(passed=6)
        return suite

    def test_what_is_dearer_is_found_and_nothing_else(self, suite: Suite) -> None:
        ran = suite.measure(
            self.SUITE.format(factor=1.6), "--scer-baseline=history", "--scer-confirm=20"
        )
        ran.passed(passed=5, failed=1)
        # Unlike the workload, the test follows the machine by 1.3.
        assert ran.test("test_x[2]")["baseline"]["change"] == pytest.approx(0.6, abs=0.25)

    def test_change_can_be_recomputed_by_hand(self, suite: Suite) -> None:
        """As ``docs/explanation/gate.md`` says, from what the report holds."""
        ran = suite.measure(
            self.SUITE.format(factor=1.6), "--scer-baseline=history", "--scer-confirm=12"
        )
        entry = ran.test("test_x[2]")["baseline"]
        base, head = (
            [math.log(cost / reference) for cost, reference in entry[side]]
            for side in ("baseline_samples", "samples")
        )
        assert (len(base), len(head)) == (5, 1 + entry["confirmed"])
        assert len(head) >= 4
        again = head[1:]
        single = re.search(r"run-to-run noise ([\d.]+)%", entry["method"])
        assert single is not None
        scatter = 0.9 * math.log1p(float(single[1]) / 100) ** 2
        if len(again) >= 3:
            scatter = max(scatter, variance(again).value)
        of_median = {1: 1.0, 2: 1.0, 3: 1.35, 4: 1.19}.get(len(again), math.pi / 2)
        repeated = scatter * of_median / len(again) + 0.06**2
        weight = repeated / (scatter + repeated)
        most, distance = 2 * math.sqrt(scatter + repeated), abs(head[0] - median(again))
        weight *= min(most / distance, 1) ** 2

        def mean(values: list[float]) -> float:
            return weight * values[0] + (1 - weight) * median(values[1:])

        growth = mean(head) - median(base)
        assert entry["change"] == pytest.approx(math.expm1(growth), rel=0.02)
        assert entry["value"] == median(cost for cost, _ in entry["baseline_samples"])
        costs = [math.log(cost) for cost, _ in entry["samples"]]
        assert entry["actual"] == pytest.approx(math.exp(mean(costs)), rel=0.02)
        corrected_j = entry["value"] * (1 + entry["change"])
        assert entry["actual"] * entry["corrected_by"] == pytest.approx(corrected_j)
        assert f"corrected for machine speed x {entry['corrected_by']:.2f}" in ran.text

    def test_the_next_session_is_not_compared_with_a_regression(self, suite: Suite) -> None:
        for _ in range(3):
            suite.write(self.SUITE.format(factor=1.6))
            ran = suite.measure(
                self.SUITE.format(factor=1.6), "--scer-history=history", "--scer-confirm=20"
            )
            ran.passed(passed=5, failed=1)
        assert len(list((suite.path / "history").glob("*.json"))) == 8
        assert len(ran.test("test_x[2]")["baseline"]["baseline_samples"]) == 5
        assert len(ran.test("test_x[1]")["baseline"]["baseline_samples"]) == 7


class TestSaving:
    def test_a_failed_run_saves_nothing(self, suite: Suite) -> None:
        saved(suite)
        before = (suite.path / "b.json").read_bytes()
        suite.write(TESTS.format(joules=5) + "\ndef test_c(): assert False")
        ran = suite.run("--scer-save-baseline=b.json")
        assert (suite.path / "b.json").read_bytes() == before
        ran.result.stdout.fnmatch_lines(["*not saved: the session failed; * --scer-save-failed*"])
        suite.run("--scer-save-baseline=b.json", "--scer-save-failed")
        assert (suite.path / "b.json").read_bytes() != before

    def test_an_interrupted_run_saves_nothing(self, suite: Suite) -> None:
        suite.write("def test_a(): spend(cpu=1)\ndef test_b(): raise KeyboardInterrupt")
        ran = suite.run_apart("--scer-save-baseline=b.json")
        assert ran.exit_status == 2
        assert not (suite.path / "b.json").exists()

    def test_a_run_of_some_tests_updates_these(self, suite: Suite) -> None:
        saved(suite)
        suite.write(TESTS.format(joules=7))
        ran = suite.run("--scer-save-baseline=b.json", "-k", "test_b")
        tests = json.loads((suite.path / "b.json").read_text())["tests"]
        assert tests["test_it.py::test_a"]["energy_j"]["cpu"] == 10
        assert tests["test_it.py::test_b"]["energy_j"]["cpu"] == 12
        ran.result.stdout.fnmatch_lines(["*1 test saved, 1 unchanged"])

    def test_so_does_one_under_xdist(self, suite: Suite) -> None:
        pytest.importorskip("xdist")
        saved(suite)
        suite.run_apart("-pxdist", "-n1", "--scer-save-baseline=b.json", "-k", "test_b")
        assert set(json.loads((suite.path / "b.json").read_text())["tests"]) == {
            "test_it.py::test_a",
            "test_it.py::test_b",
        }

    def test_a_file_that_the_configuration_names_can_be_begun(self, suite: Suite) -> None:
        suite.ini("scer_baseline = b.json")
        suite.write(TESTS.format(joules=5))
        assert suite.run().exit_status == 4
        assert suite.run("--scer-save-baseline=b.json").exit_status == 0
        assert suite.measure(TESTS.format(joules=5)).test("test_a")["baseline"]["verdict"] == "ok"

    def test_a_directory_that_is_not_there_is_not_made_a_file(self, suite: Suite) -> None:
        suite.write(TESTS.format(joules=5))
        ran = suite.run("--scer-save-baseline=history/")
        assert ran.exit_status == 4
        assert "--scer-save-baseline: history/: no such directory; create it" in ran.text

    def test_a_test_that_is_gone_goes(self, suite: Suite) -> None:
        saved(suite)
        suite.write("def test_a(): spend(cpu=10)")
        suite.run("--scer-save-baseline=b.json")
        tests = json.loads((suite.path / "b.json").read_text())["tests"]
        assert list(tests) == ["test_it.py::test_a"]

    def test_a_history_begins_and_grows(self, suite: Suite) -> None:
        (suite.path / "history").mkdir()
        for _ in range(3):
            suite.write(TESTS.format(joules=5))
            ran = suite.run("--scer-baseline=history", "--scer-save-baseline=history")
            assert ran.exit_status == 0, ran.text
        assert len(list((suite.path / "history").iterdir())) == 3

    def test_slow_drift_is_found_against_the_anchor(self, suite: Suite) -> None:
        history = suite.path / "history"
        (history / "anchor").mkdir(parents=True)
        for place, joules in ((history / "anchor", 5), (history, 8.6)):
            suite.write(TESTS.format(joules=joules))
            suite.run(f"--scer-save-baseline={place}").passed(passed=2)
        ran = suite.measure(TESTS.format(joules=9), "--scer-baseline=history")
        ran.passed(passed=1, failed=1)
        assert ran.test("test_b")["baseline"]["against"] == "history/anchor"
        assert ran.json["baseline"]["against"] == "history/anchor"

    def test_an_anchor_that_cannot_be_compared_is_named(self, suite: Suite) -> None:
        anchor = suite.path / "history" / "anchor"
        anchor.mkdir(parents=True)
        suite.write(TESTS.format(joules=5))
        for place in (anchor, anchor.parent):
            suite.run(f"--scer-save-baseline={place}").passed(passed=2)
        (file,) = anchor.iterdir()
        file.write_text(file.read_text().replace("machine: simulated", "machine: RAPL"))
        ran = suite.measure(TESTS.format(joules=5), "--scer-baseline=history")
        assert ran.test("test_b")["baseline"]["verdict"] == "ok"
        assert "not comparable: the anchor is ignored: cpu meter: simulated, machine: RAPL in" in (
            ran.text
        )


class TestBadBaselines:
    @pytest.mark.parametrize("option", ["--scer-baseline", "--scer-save-baseline"])
    @pytest.mark.parametrize(
        "content", ["", "{}", "[1]", '{"schema_version": 99}', '{"baseline_version": 2}'],
        ids=["empty", "foreign", "list", "newer report", "newer baseline"],
    )  # fmt: skip
    def test_it_ends_the_run_before_the_first_test(
        self, suite: Suite, option: str, content: str
    ) -> None:
        path = suite.path / "b.json"
        path.write_text(content)
        suite.write("def test_x(): open('ran', 'w')")
        ran = suite.run(f"{option}=b.json")
        assert ran.exit_status == 4
        assert f"{option}: b.json: " in ran.text
        assert path.read_text() == content
        assert not Path(suite.path / "ran").exists()

    def test_a_missing_file_and_an_empty_directory_are_refused(self, suite: Suite) -> None:
        (suite.path / "empty").mkdir()
        suite.write("def test_x(): pass")
        assert suite.run("--scer-baseline=nothing.json").exit_status == 4
        assert suite.run("--scer-baseline=empty").exit_status == 4


class TestNotComparable:
    def other_meter(self, suite: Suite) -> None:
        path = suite.path / "b.json"
        path.write_text(path.read_text().replace("machine: simulated", "machine: RAPL"))

    def test_no_verdict_and_a_clear_sentence(self, suite: Suite) -> None:
        saved(suite)
        self.other_meter(suite)
        ran = compared(suite, joules=90)
        assert ran.exit_status == 0
        assert {test["baseline"]["verdict"] for test in ran.json["tests"]} == {"unmeasured"}
        assert "not comparable: cpu meter: simulated, machine: RAPL in the baseline" in ran.text

    def test_the_user_may_have_it_fail(self, suite: Suite) -> None:
        saved(suite)
        self.other_meter(suite)
        ran = compared(suite, "--scer-fail-on=unmeasured")
        assert ran.exit_status == 1

    def test_another_number_of_workers_is_named(self, suite: Suite) -> None:
        pytest.importorskip("xdist")
        saved(suite)
        ran = compared(suite, "-pxdist", "-n1")
        assert ran.exit_status == 0
        ran = suite.run_apart("-pxdist", "-n2", "--scer-baseline=b.json")
        assert "not comparable: workers: 1 in the baseline, 2 now" in ran.text

    def test_new_vanished_and_renamed_tests_are_findings(self, suite: Suite) -> None:
        saved(suite)
        ran = suite.measure(
            "def test_a(): spend(cpu=10)\ndef test_c(): spend(cpu=10)", "--scer-baseline=b.json"
        )
        named = {(each["kind"], *each["nodeids"]) for each in ran.json["findings"]}
        assert ("new test", "test_it.py::test_c") in named
        assert ("vanished test", "test_it.py::test_b") in named
        assert ran.test("test_c")["baseline"] is None

    def test_what_a_plugin_adds_to_the_environment_is_the_same_on_both_sides(
        self, suite: Suite
    ) -> None:
        suite.conftest(
            """
            def pytest_scer_environment(environment):
                environment.versions["server"] = "1.0"
            """
        )
        saved(suite)
        ran = compared(suite, joules=9)
        assert not any("server" in note for note in ran.test("test_b")["baseline"]["notes"])

    def test_a_test_that_was_measured_again_for_its_budget_is_still_compared(
        self, suite: Suite
    ) -> None:
        source = """
        runs = [{first}, 10, 10]
        @pytest.mark.scer("12 J")
        def test_a():
            meter.noise_j = 4
            spend(cpu=runs.pop(0))
        """
        suite.measure(source.format(first=11), "--scer-confirm=2", "--scer-save-baseline=b.json")
        saved_test = json.loads((suite.path / "b.json").read_text())["tests"]["test_it.py::test_a"]
        assert (saved_test["reads"], saved_test["repeats"]) == ("call", 3)
        ran = suite.measure(source.format(first=1), "--scer-baseline=b.json")
        assert ran.test("test_a")["baseline"]["verdict"] == "ok"


def test_real_joules_are_corrected_for_machine_speed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the meter of this machine; the verdict depends on what else runs there."""
    monkeypatch.setenv("HOME", str(pytester.path))
    pytester.makepyfile("def test_it(): assert sum(number**2 for number in range(1_000_000))")
    options = ("--scer-output=report.json", "--scer-components=cpu")
    pytester.runpytest_subprocess("--scer-save-baseline=b.json", *options)
    pytester.runpytest_subprocess("--scer-baseline=b.json", "--scer-confirm=5", *options)
    report = json.loads((pytester.path / "report.json").read_text())
    (test,) = report["tests"]
    for entry in (test["baseline"], report["baseline"]):
        assert entry["comparable"]
        assert entry["verdict"] in {"ok", "improved", "inconclusive", "regression"}
        if report["meters"]["cpu"]["provenance"] != "modelled":
            continue
        assert entry["corrected_by"] > 0
        for cost_j, reference_j in entry["baseline_samples"] + entry["samples"]:
            assert min(cost_j, reference_j) > 0
