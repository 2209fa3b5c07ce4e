"""What people see where CI runs, and stopping when the budget is spent."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from suite import Suite

DEAR = """
def test_a(): spend(cpu=1)
def test_b(): spend(cpu=3)
def test_c(): spend(cpu=4)
def test_d(): spend(cpu=5)
"""


class TestStop:
    def test_no_test_starts_once_the_budget_is_spent(self, suite: Suite) -> None:
        ran = suite.measure(DEAR, "--scer-budget=3 J", "--scer-stop")
        ran.passed(passed=2)
        assert ran.exit_status == 1
        assert ran.json["not_run"] == ["test_it.py::test_c", "test_it.py::test_d"]
        assert "stopped" in {finding["kind"] for finding in ran.json["findings"]}
        ran.result.stdout.fnmatch_lines(["SCER stopped: 4.00*J is over the limit of 3 J*"])

    def test_a_budget_that_holds_stops_nothing(self, suite: Suite) -> None:
        ran = suite.measure(DEAR, "--scer-budget=13 J", "--scer-stop")
        ran.passed(passed=4)
        assert ran.json["not_run"] == []

    def test_it_needs_a_budget(self, suite: Suite) -> None:
        suite.write(DEAR)
        ran = suite.run("--scer-stop")
        assert ran.exit_status == 4
        assert "--scer-stop: it needs a session budget" in ran.text


class TestGitHub:
    @pytest.fixture
    def summary(self, suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = suite.path / "summary.md"
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
        return path

    def test_a_broken_budget_is_an_annotation_at_its_line(
        self, suite: Suite, summary: Path
    ) -> None:
        ran = suite.measure(DEAR, "--scer-test-budget=3.5 J")
        ran.result.stdout.fnmatch_lines(
            ["::error file=test_it.py,line=6,title=budget%3A test_it.py%3A%3Atest_c::4.00 J, *"]
        )
        assert "| `test_it.py::test_c` | budget | 4.00 J, limit 3.5 J" in summary.read_text()

    def test_a_regression_is_one_too(self, suite: Suite, summary: Path) -> None:
        suite.write(DEAR)
        suite.run("--scer-save-baseline=b.json")
        ran = suite.measure(DEAR.replace("=5", "=7"), "--scer-baseline=b.json")
        found = [line for line in ran.result.outlines if line.startswith("::")]
        assert len(found) == 1
        assert found[0].startswith("::error file=test_it.py,line=7,title=regression%3A ")
        assert "+40%25" in found[0]

    def test_what_does_not_fail_is_a_warning(self, suite: Suite, summary: Path) -> None:
        ran = suite.measure(DEAR, "--scer-test-budget=3.5 J", "--scer-fail-on=none")
        levels = {line.partition(" ")[0] for line in ran.result.outlines if line.startswith("::")}
        assert levels == {"::warning"}

    def test_elsewhere_nothing_is_printed(
        self, suite: Suite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
        assert "::error" not in suite.measure(DEAR, "--scer-test-budget=3.5 J").text


def test_junit_cases_carry_the_figures(suite: Suite) -> None:
    suite.measure(DEAR, "--scer-junit", "--junitxml=junit.xml", "--scer-test-budget=3.5 J")
    cases = ET.parse(suite.path / "junit.xml").getroot().iter("testcase")
    found = {
        case.get("name"): {each.get("name"): each.get("value") for each in case.iter("property")}
        for case in cases
    }
    assert found["test_a"]["scer_energy_j"] == "1.0"
    assert float(found["test_a"]["scer_co2e_g"] or 0) == pytest.approx(1e-4)
    assert found["test_c"]["scer_budget"] == "3.5 J: exceeded"


def test_metrics_are_openmetrics_text(suite: Suite) -> None:
    suite.write(DEAR)
    suite.run("--scer-output=metrics.prom").passed(passed=4)
    lines = (suite.path / "metrics.prom").read_text().splitlines()
    assert 'scer_test_energy_joules{test="test_it.py::test_b"} 3' in lines
    assert "scer_session_energy_joules 13" in lines
    assert lines[-1] == "# EOF"


class TestCompareCommand:
    def test_a_regression_exits_with_1_in_every_form(
        self, suite: Suite, pytester: pytest.Pytester
    ) -> None:
        suite.measure(DEAR)
        (suite.path / "report.json").rename(suite.path / "base.json")
        suite.measure(DEAR.replace("=5", "=7"))
        for form, says in (
            ("text", "regression: test_it.py::test_d: 7.00 J against 5.00 J"),
            ("md", "| `test_it.py::test_d` | 5.00 J | 7.00 J | +40% |"),
            ("json", '"regressed": true'),
        ):
            ran = pytester.run(
                sys.executable,
                "-mpytest_scer.cli",
                "compare",
                "base.json",
                "report.json",
                "--format",
                form,
            )
            assert ran.ret == 1
            assert says in str(ran.stdout)
        same = pytester.run(
            sys.executable, "-mpytest_scer.cli", "compare", "base.json", "base.json"
        )
        assert same.ret == 0

    def test_bad_input_exits_with_4(self, pytester: pytest.Pytester) -> None:
        pytester.path.joinpath("b.json").write_text("{}")
        ran = pytester.run(sys.executable, "-mpytest_scer.cli", "compare", "b.json", "b.json")
        assert ran.ret == 4
        ran.stderr.fnmatch_lines(["*b.json: not a report of pytest-scer*"])

    def test_a_history_is_printed(self, suite: Suite, pytester: pytest.Pytester) -> None:
        (suite.path / "history").mkdir()
        suite.write(DEAR)
        for _ in range(2):
            suite.run("--scer-save-baseline=history")
        ran = pytester.run(sys.executable, "-mpytest_scer.cli", "history", "history")
        assert ran.ret == 0
        ran.stdout.fnmatch_lines(["test_it.py::test_b*2*3.00 J*0%*3.00 J*-"])
