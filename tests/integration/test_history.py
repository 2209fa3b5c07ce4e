"""Histories: ``--scer-history`` keeps every complete session, ``accept`` takes a new level."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from suite import Json, Ran, Suite

from pytest_scer.cli import main

TESTS = """
def test_a(): spend(cpu=10)
def test_b(): spend(cpu={joules})
{more}
"""


@pytest.fixture
def history(suite: Suite) -> Path:
    path = suite.path / "history"
    path.mkdir()
    return path


def night(suite: Suite, *args: str, joules: float = 10, more: str = "") -> Ran:
    """A session of the history, a day after the one before."""
    ran = suite.measure(TESTS.format(joules=joules, more=more), "--scer-history=history", *args)
    for path in sessions(suite):
        if not path.name.startswith("night"):
            data = json.loads(path.read_text())
            number = sum(each.name.startswith("night") for each in sessions(suite))
            data["started_at"] = f"2026-01-{1 + number:02}T00:00:00+00:00"
            path.with_name(f"night-{number}.json").write_text(json.dumps(data))
            path.unlink()
    return ran


def sessions(suite: Suite) -> list[Path]:
    return sorted(
        path for path in (suite.path / "history").glob("*.json") if path.name != "levels.json"
    )


def of_b(ran: Ran) -> Json:
    entry: Json = ran.test("test_b")["baseline"]
    return entry


class TestKeeping:
    def test_it_begins_and_grows(self, suite: Suite, history: Path) -> None:
        first = night(suite)
        assert first.exit_status == 0
        assert first.test("test_b")["baseline"] is None
        assert "history has no session yet: nothing to compare" in first.text
        for number in (2, 3):
            ran = night(suite)
            assert (ran.exit_status, of_b(ran)["verdict"]) == (0, "ok")
            assert len(sessions(suite)) == number
        assert len(of_b(ran)["baseline_samples"]) == 2

    def test_a_session_with_a_failed_test_is_added(self, suite: Suite, history: Path) -> None:
        night(suite)
        ran = night(suite, more="def test_c(): spend(cpu=1); assert False")
        assert ran.exit_status == 1
        assert len(sessions(suite)) == 2
        saved = json.loads(sessions(suite)[-1].read_text())
        assert saved["failed"] == ["test_it.py::test_c"]
        assert set(saved["tests"]) == {"test_it.py::test_a", "test_it.py::test_b"}
        assert len(of_b(night(suite))["baseline_samples"]) == 2

    def test_one_with_a_regression_is_added_and_the_test_keeps_its_baseline(
        self, suite: Suite, history: Path
    ) -> None:
        night(suite)
        for number in (2, 3):
            ran = night(suite, joules=20)
            ran.passed(passed=1, failed=1)
            assert (of_b(ran)["verdict"], of_b(ran)["value"]) == ("regression", 10)
            assert len(sessions(suite)) == number
            saved = json.loads(sessions(suite)[-1].read_text())
            assert saved["regressed"] == ["test_it.py::test_b"]
            assert saved["tests"]["test_it.py::test_b"]["energy_j"]["cpu"] == 20
        assert len(ran.test("test_a")["baseline"]["baseline_samples"]) == 2
        assert len(of_b(ran)["baseline_samples"]) == 1

    @pytest.mark.parametrize("option", ["-x", "--maxfail=1"])
    def test_a_session_that_ended_early_is_not_added(
        self, suite: Suite, history: Path, option: str
    ) -> None:
        night(suite)
        ran = suite.measure(
            "def test_a(): assert False\ndef test_b(): spend(cpu=10)",
            "--scer-history=history",
            option,
        )
        assert ran.exit_status == 1
        assert len(sessions(suite)) == 1
        assert "SCER history history: this session is not added, because it is not complete" in (
            ran.text
        )

    def test_an_interrupted_one_is_not(self, suite: Suite, history: Path) -> None:
        suite.write("def test_a(): spend(cpu=1)\ndef test_b(): raise KeyboardInterrupt")
        assert suite.run_apart("--scer-history=history").exit_status == 2
        assert sessions(suite) == []

    def test_its_configuration_key_lies_beside_the_file(
        self, suite: Suite, history: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        suite.ini("scer_history = history")
        (suite.path / "below").mkdir()
        suite.write(TESTS.format(joules=10, more=""))
        monkeypatch.chdir(suite.path / "below")
        for number in (1, 2):
            assert suite.run_apart("..").exit_status == 0
            assert len(sessions(suite)) == number

    @pytest.mark.parametrize("other", ["--scer-baseline=b.json", "--scer-save-baseline=b.json"])
    def test_options_that_contradict_it_are_refused(
        self, suite: Suite, history: Path, other: str
    ) -> None:
        suite.write(TESTS.format(joules=10, more=""))
        suite.run("--scer-save-baseline=b.json")
        ran = suite.run("--scer-history=history", other)
        assert ran.exit_status == 4
        option = other.partition("=")[0]
        assert f"{option} and --scer-history contradict each other: " in ran.text

    @pytest.mark.parametrize("path", ["nowhere", "b.json"])
    def test_it_must_be_a_directory(self, suite: Suite, path: str) -> None:
        suite.write(TESTS.format(joules=10, more=""))
        suite.run("--scer-save-baseline=b.json")
        ran = suite.run(f"--scer-history={path}")
        assert ran.exit_status == 4
        assert f"--scer-history: {path}: there is no such directory; create it first" in ran.text

    def test_a_damaged_session_ends_the_run_before_the_first_test(
        self, suite: Suite, history: Path
    ) -> None:
        (history / "x.json").write_text("{}")
        suite.write("def test_x(): open('ran', 'w')")
        ran = suite.run("--scer-history=history")
        assert ran.exit_status == 4
        assert "--scer-history: " in ran.text
        assert not (suite.path / "ran").exists()

    def test_so_do_damaged_levels(self, suite: Suite, history: Path) -> None:
        night(suite)
        (history / "levels.json").write_text("{}")
        ran = suite.run("--scer-history=history")
        assert ran.exit_status == 4
        assert "levels.json: damaged" in ran.text

    def test_under_xdist_a_session_is_added_once(self, suite: Suite, history: Path) -> None:
        pytest.importorskip("xdist")
        suite.write(TESTS.format(joules=10, more=""))
        for number in (1, 2):
            ran = suite.run_apart("-pxdist", "-n2", "--scer-history=history")
            assert ran.exit_status == 0, ran.text
            assert len(sessions(suite)) == number


class TestAccept:
    def grown(self, suite: Suite) -> None:
        night(suite)
        for _ in range(2):
            night(suite, joules=20).passed(passed=1, failed=1)

    def test_the_new_level_becomes_the_baseline(
        self, suite: Suite, history: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.grown(suite)
        capsys.readouterr()
        assert main(["accept", str(history)]) == 0
        said = capsys.readouterr().out
        assert "test_it.py::test_b: accepted since the session of 2026-01-02T" in said
        ran = night(suite, joules=20)
        ran.passed(passed=2)
        assert (of_b(ran)["verdict"], of_b(ran)["value"]) == ("ok", 20)
        assert len(of_b(ran)["baseline_samples"]) == 2
        assert len(ran.test("test_a")["baseline"]["baseline_samples"]) == 3
        again = night(suite, joules=30)
        again.passed(passed=1, failed=1)
        assert of_b(again)["value"] == 20

    def test_tests_can_be_named(self, suite: Suite, history: Path) -> None:
        night(suite)
        night(suite, joules=4).passed(passed=2)
        assert main(["accept", str(history), "test_it.py::test_b"]) == 0
        ran = night(suite, joules=5)
        assert (of_b(ran)["verdict"], of_b(ran)["value"]) == ("regression", 4)

    def test_levels_of_other_tests_stay(self, suite: Suite, history: Path) -> None:
        self.grown(suite)
        main(["accept", str(history)])
        main(["accept", str(history), "test_it.py::test_a"])
        levels = json.loads((history / "levels.json").read_text())["tests"]
        assert set(levels) == {"test_it.py::test_a", "test_it.py::test_b"}

    def test_an_anchor_from_before_it_is_left_out(self, suite: Suite, history: Path) -> None:
        self.grown(suite)
        (history / "anchor").mkdir()
        (history / "anchor" / "first.json").write_bytes(sessions(suite)[0].read_bytes())
        assert of_b(night(suite, joules=20))["verdict"] == "regression"
        main(["accept", str(history)])
        ran = night(suite, joules=20)
        ran.passed(passed=2)
        assert of_b(ran)["against"] == "history"

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["nowhere"], "nowhere: not a directory; expected a history"),
            (["history"], "no test is a regression in its newest session, night-0.json"),
            (["history", "test_it.py::test_z"], "night-0.json, has no figure of it"),
            (["empty"], "no *.json file in this directory; expected a history"),
        ],
    )
    def test_what_cannot_be_accepted_is_refused(
        self, suite: Suite, history: Path, arguments: list[str], says: str,
        pytester: pytest.Pytester,
    ) -> None:  # fmt: skip
        night(suite)
        (suite.path / "empty").mkdir()
        ran = pytester.run(sys.executable, "-mpytest_scer.cli", "accept", *arguments)
        assert ran.ret == 4
        assert says in str(ran.stderr)
        assert not (history / "levels.json").exists()
