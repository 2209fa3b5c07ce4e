"""Output for CI systems, and stopping when the budget is exhausted."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from suite import Ran, Suite

from pytest_scer.formats.github import LEAST_BYTES, MOST_BYTES

DEAR = """
def test_a(): spend(cpu=1)
def test_b(): spend(cpu=3)
def test_c(): spend(cpu=4)
def test_d(): spend(cpu=5)
"""

RERUN = """
amounts = iter([5, 1])
def test_it(): spend(cpu=next(amounts))
"""


class TestStop:
    def test_no_test_starts_once_the_budget_is_spent(self, suite: Suite) -> None:
        ran = suite.measure(DEAR, "--scer-budget=3 J", "--scer-stop")
        ran.passed(passed=2)
        assert ran.exit_status == 1
        assert ran.json["not_run"] == ["test_it.py::test_c", "test_it.py::test_d"]
        assert "stopped" in {finding["kind"] for finding in ran.json["findings"]}
        not_run = "not run: test_it.py::test_c, test_it.py::test_d"
        ran.result.stdout.fnmatch_lines(
            [f"SCER stopped: Over budget: 4.00 J > 3 J (1.3x), set by --scer-budget; {not_run}"]
        )

    def test_a_budget_that_holds_stops_nothing(self, suite: Suite) -> None:
        ran = suite.measure(DEAR, "--scer-budget=13 J", "--scer-stop")
        ran.passed(passed=4)
        assert ran.json["not_run"] == []

    @pytest.mark.parametrize(
        "budget", [(), ("--scer-budget=5 W",), ("--scer-budget=5 J per token",)]
    )
    def test_it_needs_a_budget_that_is_spent(self, suite: Suite, budget: tuple[str, ...]) -> None:
        suite.write(DEAR)
        ran = suite.run("--scer-stop", *budget)
        assert ran.exit_status == 4
        assert "--scer-stop: requires a session budget" in ran.text


def annotated(ran: Ran) -> list[str]:
    return [line for line in ran.result.outlines if line.startswith("::")]


def of_another_machine(path: Path) -> None:
    """Make a baseline incomparable."""
    path.write_text(path.read_text().replace("machine: simulated", "machine: RAPL"))


class TestGitHub:
    @pytest.fixture
    def summary(self, suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = suite.path / "summary.md"
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
        monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
        return path

    def test_a_broken_budget_is_an_annotation_at_its_line(
        self, suite: Suite, summary: Path
    ) -> None:
        ran = suite.measure(DEAR, "--scer-test-budget=3.5 J")
        ran.result.stdout.fnmatch_lines(
            ["::error file=test_it.py,line=6,title=budget%3A test_it.py%3A%3Atest_c::4.00 J, *"]
        )
        assert "| `test_it.py::test_c` | 4.00 " in summary.read_text()

    @pytest.mark.parametrize("workers", [(), ("-pxdist", "-n1")], ids=["n0", "n1"])
    def test_so_it_is_where_only_marked_tests_are_measured(
        self, suite: Suite, summary: Path, workers: tuple[str, ...]
    ) -> None:
        suite.write(
            """
            def test_other(): spend(cpu=9)
            @pytest.mark.scer("3 J")
            def test_marked(): spend(cpu=4)
            """
        )
        ran = suite.run_apart(*workers)
        (line,) = annotated(ran)
        assert line.startswith("::error file=test_it.py,line=5,title=budget%3A test_it.py%3A%3A")
        assert line.endswith("test_marked::4.00 J, limit 3 J (test_it.py:5)")
        assert "| `test_it.py::test_marked` | 4.00 " in summary.read_text()
        summary.unlink()
        suite.write("def test_it(carbon): spend(cpu=5)")
        assert annotated(suite.run_apart(*workers)) == []
        assert summary.read_text().splitlines() == [
            "### Energy and CO2e of the tests: 1 test measured",
            "",
            "| where it went | energy | share |  |",
            "| --- | ---: | ---: | --- |",
            "| `test_it` | 5.00 J | 100% | " + 10 * "\u2588" + " |",
        ]
        summary.unlink()
        suite.write("def test_other(): pass")
        suite.run_apart(*workers)
        assert not summary.exists()

    def test_a_regression_is_one_too(self, suite: Suite, summary: Path) -> None:
        suite.write(DEAR)
        suite.run("--scer-save-baseline=b.json")
        ran = suite.measure(DEAR.replace("=5", "=7"), "--scer-baseline=b.json")
        of_session, of_test = annotated(ran)
        assert of_session.startswith("::error title=regression%3A session::15.0 J against 13.0 J")
        assert of_test.startswith("::error file=test_it.py,line=7,title=regression%3A ")
        assert "+40%25" in of_test
        text = summary.read_text()
        assert "| `test_it.py::test_d` | 5.00 J | 7.00 J | +40% | **regression** |" in text
        assert "All tests together: regression: 15.0 J against 13.0 J (cpu + ram)" in text

    def test_a_summary_that_is_full_is_named(self, suite: Suite, summary: Path) -> None:
        summary.write_text("x" * MOST_BYTES)
        ran = suite.measure(DEAR)
        assert any("step summary could not be written" in each for each in ran.json["warnings"])
        assert summary.stat().st_size == MOST_BYTES
        summary.write_text("x" * (MOST_BYTES - LEAST_BYTES))
        suite.measure(DEAR)
        assert MOST_BYTES - LEAST_BYTES < summary.stat().st_size <= MOST_BYTES

    def test_budgets_of_the_whole_have_no_line(self, suite: Suite, summary: Path) -> None:
        suite.ini("scer_budgets = sum(*) = 11 J")
        ran = suite.measure(DEAR, "--scer-budget=12 J", "--scer-budget=14 J")
        assert annotated(ran) == [
            "::error title=budget%3A session::13.0 J, limit 12 J (--scer-budget)",
            "::error title=budget%3A sum(*)::13.0 J, limit 11 J (tox.ini:2)",
        ]
        lines = [line for line in summary.read_text().splitlines() if "**exceeded**" in line]
        assert [line.split(" | ")[0] for line in lines] == ["| `sum(*)`", "| `session`"]

    def test_the_summary_is_there_also_if_nothing_failed(self, suite: Suite, summary: Path) -> None:
        suite.measure(DEAR + "def test_fails(): assert spend(cpu=9)", "--scer-test-budget=9 J")
        assert summary.read_text().splitlines()[:3] == [
            "### Energy and CO2e of the tests: 4 of 5 budgets met, 1 not checked",
            "",
            "**22.0 J, 2.20 mg CO2e (simulated grid) in 0 s**: tests 100%",
        ]
        assert "**unmeasured**" in summary.read_text()
        summary.unlink()
        suite.measure(DEAR)
        text = summary.read_text()
        assert text.startswith("### Energy and CO2e of the tests: 4 tests measured\n")
        assert "| `test_d` | 5.00 J | 500 ug | 38% | " in text
        assert "budget of" not in text
        assert "What to do" not in text
        summary.unlink()
        suite.measure("def test_it(): assert spend(cpu=9)")
        text = summary.read_text()
        assert "* `test_it`: 1 test that failed used 9.0 J" in text
        assert "`pytest --failed-first --exitfirst`" in text

    def test_what_cannot_be_compared_is_said_once(self, suite: Suite, summary: Path) -> None:
        suite.write(DEAR)
        suite.run("--scer-save-baseline=b.json")
        of_another_machine(suite.path / "b.json")
        (said,) = annotated(suite.measure(DEAR, "--scer-baseline=b.json"))
        assert said.startswith("::warning title=unmeasured%3A session::not compared with b.json: ")
        assert summary.read_text().count("joules cannot be compared") == 1

    def test_and_of_each_test_that_fails_for_it(self, suite: Suite, summary: Path) -> None:
        suite.write(DEAR)
        suite.run("--scer-save-baseline=b.json")
        of_another_machine(suite.path / "b.json")
        ran = suite.measure(DEAR, "--scer-baseline=b.json", "--scer-fail-on=unmeasured")
        of_session, *of_tests = annotated(ran)
        assert of_session.startswith("::error title=unmeasured%3A session::")
        assert [each.partition(",title")[0] for each in of_tests] == [
            f"::error file=test_it.py,line={line}" for line in (4, 5, 6, 7)
        ]
        ran.result.stdout.fnmatch_lines(
            ["Not compared: joules cannot be compared: *", "  limit: +10% over the baseline b.json"]
        )

    def test_what_does_not_fail_is_a_warning(self, suite: Suite, summary: Path) -> None:
        ran = suite.measure(DEAR, "--scer-test-budget=3.5 J", "--scer-fail-on=none")
        assert {line.partition(" ")[0] for line in annotated(ran)} == {"::warning"}

    @pytest.mark.parametrize("mark", ["scer(on_exceed='warn')", "xfail"])
    def test_so_is_what_does_not_fail_its_test(
        self, suite: Suite, summary: Path, mark: str
    ) -> None:
        source = f"@pytest.mark.{mark}\ndef test_it(): spend(cpu=$)"
        suite.write(source.replace("$", "3"))
        suite.run("--scer-save-baseline=b.json")
        ran = suite.measure(
            source.replace("$", "5"), "--scer-baseline=b.json", "--scer-test-budget=4 J"
        )
        of_session, *of_test = annotated(ran)
        assert of_session.startswith("::error title=regression%3A session::")
        assert [each.partition("%3A ")[0] for each in of_test] == [
            f"::warning file=test_it.py,line=3,title={verdict}"
            for verdict in ("budget", "regression")
        ]

    def test_an_attempt_that_was_run_again_is_none(self, suite: Suite, summary: Path) -> None:
        pytest.importorskip("pytest_rerunfailures")
        ran = suite.measure(RERUN, "--scer-test-budget=2 J", "-prerunfailures", "--reruns=1")
        ran.passed(passed=1)
        assert annotated(ran) == []

    def test_files_are_named_as_in_the_repository(
        self, suite: Suite, summary: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GITHUB_WORKSPACE", str(suite.path.parent))
        (said,) = annotated(suite.measure("def test_it(): spend(cpu=3)", "--scer-test-budget=2 J"))
        assert said.startswith(f"::error file={suite.path.name}/test_it.py,line=3,")
        monkeypatch.setenv("GITHUB_WORKSPACE", str(suite.path / "elsewhere"))
        (said,) = annotated(suite.run("--scer-test-budget=2 J"))
        assert said.startswith("::error file=test_it.py,line=3,")

    def test_elsewhere_nothing_is_printed(
        self, suite: Suite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
        assert "::error" not in suite.measure(DEAR, "--scer-test-budget=3.5 J").text


def test_a_regression_warns_where_its_marker_says_so(suite: Suite) -> None:
    source = "@pytest.mark.scer(on_exceed='warn')\ndef test_it(): spend(cpu=$)"
    suite.write(source.replace("$", "3"))
    suite.run("--scer-save-baseline=b.json")
    ran = suite.measure(source.replace("$", "5"), "--scer-baseline=b.json")
    ran.passed(passed=1, warnings=1)
    ran.result.stdout.fnmatch_lines(
        ["*CarbonBudgetWarning: Regression: 5.00 J, +67% ± * (baseline 3.00 J)"]
    )


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


def test_a_test_that_was_run_again_has_one_line(suite: Suite) -> None:
    pytest.importorskip("pytest_rerunfailures")
    suite.write(RERUN)
    suite.run("--scer-output=m.prom", "--scer-test-budget=2 J", "-prerunfailures", "--reruns=1")
    lines = (suite.path / "m.prom").read_text().splitlines()
    found = [line for line in lines if line.startswith("scer_test_energy_joules{")]
    assert found == ['scer_test_energy_joules{test="test_it.py::test_it"} 1']


class TestCompareCommand:
    def test_a_regression_exits_with_1_in_every_form(
        self, suite: Suite, pytester: pytest.Pytester
    ) -> None:
        suite.measure(DEAR)
        (suite.path / "report.json").rename(suite.path / "base.json")
        suite.measure(DEAR.replace("=5", "=7"))
        for form, says in (
            ("text", "5.00 J  7.00 J    +40%"),
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

    def markdown(self, suite: Suite, pytester: pytest.Pytester, *sources: str) -> str:
        """The comparison of two sessions as Markdown."""
        for name, source in zip(("base", "head"), sources, strict=True):
            suite.write(source)
            suite.run(f"--scer-save-baseline={name}.json", "--scer-save-failed")
        arguments = "-mpytest_scer.cli", "compare", "base.json", "head.json", "--format", "md"
        return str(pytester.run(sys.executable, *arguments).stdout)

    def test_markdown_names_what_grew_most(self, suite: Suite, pytester: pytest.Pytester) -> None:
        source = """
        @pytest.fixture(scope="module")
        def model(): spend(cpu={model})
        def test_grown(carbon, model):
            with carbon.measure("decode"): spend(cpu={decode})
        def test_shrunk(carbon):
            with carbon.measure("prefill"): spend(cpu={prefill})
        """
        text = self.markdown(
            suite,
            pytester,
            source.format(model=20, decode=5, prefill=5),
            source.format(model=50, decode=9, prefill=4),
        )
        assert "In addition to the tests, fixture model grew most: 20.0 J to 50.0 J." in text
        assert "* `test_it.py::test_grown`: grew most: section decode, 5.00 J to 9.00 J" in text
        assert "prefill" not in text

    def test_markdown_says_that_nothing_could_be_compared(
        self, suite: Suite, pytester: pytest.Pytester
    ) -> None:
        text = self.markdown(suite, pytester, "def test_a(): spend(cpu=1)", "def test_b(): pass")
        assert "### Energy and CO2e of the tests: nothing could be compared" in text
        assert "**All tests together: not compared: no test has a figure of the same" in text

    def test_bad_input_exits_with_4(self, pytester: pytest.Pytester) -> None:
        pytester.path.joinpath("b.json").write_text("{}")
        ran = pytester.run(sys.executable, "-mpytest_scer.cli", "compare", "b.json", "b.json")
        assert ran.ret == 4
        ran.stderr.fnmatch_lines(["*b.json: not a pytest-scer report*"])

    def test_a_history_is_printed(self, suite: Suite, pytester: pytest.Pytester) -> None:
        (suite.path / "history").mkdir()
        suite.write(DEAR)
        for _ in range(2):
            suite.run("--scer-save-baseline=history")
        ran = pytester.run(sys.executable, "-mpytest_scer.cli", "history", "history")
        assert ran.ret == 0
        ran.stdout.fnmatch_lines(["  test_b * 3.0 J * +0% * 3.0 J * 0% * 2"])
