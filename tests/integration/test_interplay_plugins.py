"""With other plugins: every test is recorded once, even if they repeat, shuffle or stop tests.

Each plugin is loaded by name only into the inner sessions that test it.
"""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import pytest
from suite import Suite

from pytest_scer.cli import main

XDIST = ("-p", "xdist", "-n2")
ONE_AND_TWO_PROCESSES = pytest.mark.parametrize("workers", [(), XDIST], ids=["n0", "n2"])

BUDGETED = """
@pytest.fixture(scope="session")
def model(): spend(cpu=10)

@pytest.mark.scer("9 J")
def test_within(model): spend(cpu=5)

@pytest.mark.scer("1 J")
def test_over(): spend(cpu=5)

def test_free(): spend(cpu=2)
"""


def _tests(path: Path) -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = json.loads(path.read_text())["tests"]
    return tests


def _assert_adds_up(totals: dict[str, Any]) -> None:
    parts = [totals[f"{name}_energy_j"] for name in ("tests", "fixtures", "overhead")]
    assert totals["energy_j"]["total"] == pytest.approx(sum(parts))
    assert min(parts) >= 0


# --- pytest-timeout


# Its time is up when it has spent what it is to spend, however long that took.
SLOW = """
import signal, threading

def time_is_up():
    timers = [each for each in threading.enumerate() if isinstance(each, threading.Timer)]
    if timers:  # --timeout-method=thread
        timers[0].function(*timers[0].args, **timers[0].kwargs)
    else:
        signal.raise_signal(signal.SIGALRM)

def test_before(): spend(cpu=1)

@pytest.mark.timeout(300)
@pytest.mark.scer("1 J")
def test_slow():
    spend(cpu=5)
    time_is_up()
    assert False, "it went on"

def test_after(): spend(cpu=2)
"""


def test_a_test_that_a_signal_stops_is_a_failed_row(suite: Suite) -> None:
    pytest.importorskip("pytest_timeout")
    suite.write(SLOW)
    options = ("-p", "timeout", "--timeout-method=signal", "--scer-output=report.json")
    ran = suite.run_apart(*options)
    ran.passed(failed=1, passed=2)
    ran.result.stdout.fnmatch_lines(["*Timeout (>300.0s) from pytest-timeout*"])
    assert [test["outcome"] for test in ran.json["tests"]] == ["passed", "failed", "passed"]
    assert ran.joules("test_slow") == 5
    assert ran.verdicts("test_slow") == ["exceeded"]
    assert ran.json["totals"]["energy_j"]["total"] == 8


def test_a_thread_that_ends_the_process_leaves_the_journal(suite: Suite) -> None:
    pytest.importorskip("pytest_timeout")
    suite.write(SLOW)
    options = ("-p", "timeout", "--timeout-method=thread", "--scer-output=report.json")
    ran = suite.run_apart(*options)
    assert ran.exit_status == 1
    assert not ran.path.exists()
    journal = suite.path / "report.json.journal"
    assert main(["recover", str(journal), "-o", str(ran.path)]) == 0
    assert [test["nodeid"] for test in ran.json["tests"]] == ["test_it.py::test_before"]
    assert ran.json["not_run"] == ["test_it.py::test_slow", "test_it.py::test_after"]


def test_a_thread_that_ends_a_worker_costs_its_test_only(suite: Suite) -> None:
    pytest.importorskip("pytest_timeout")
    pytest.importorskip("xdist")
    suite.write(SLOW)
    options = ("-p", "timeout", "--timeout-method=thread", "--scer-output=report.json")
    ran = suite.run_apart(*options, *XDIST)
    ran.passed(failed=1, passed=2)
    assert sorted(test["nodeid"].rpartition("::")[2] for test in ran.json["tests"]) == [
        "test_after",
        "test_before",
        "test_slow",
    ]
    lost = ran.test("test_slow")
    assert (lost["outcome"], lost["measurement"]) == ("failed", None)
    assert "died" in lost["unmeasured"]


# --- pytest-cov


@ONE_AND_TWO_PROCESSES
def test_coverage_is_complete_and_so_are_the_figures(
    suite: Suite, workers: tuple[str, ...]
) -> None:
    pytest.importorskip("pytest_cov")
    (suite.path / "subject.py").write_text(
        "def one():\n    return 1\n\n\ndef two():\n    return 2\n"
    )
    suite.write(
        """
        import subject

        @pytest.mark.scer("1 J")
        def test_one(): spend(cpu=5 * subject.one())
        def test_two(carbon):
            with carbon.measure("two"):
                spend(cpu=subject.two())
        """
    )
    options = ("-p", "pytest_cov", "--cov=subject", "--cov-report=json")
    ran = suite.run_apart(*options, "--scer-output=report.json", *workers)
    ran.passed(passed=1, failed=1)
    coverage = json.loads((suite.path / "coverage.json").read_text())
    assert coverage["files"]["subject.py"]["missing_lines"] == []
    assert ran.verdicts("test_one") == ["exceeded"]
    assert ran.joules("test_one") == 5
    assert ran.test("test_two")["sections"][0]["measurement"]["energy_j"]["total"] == 2


# --- pytest-randomly, pytest-repeat


@ONE_AND_TWO_PROCESSES
def test_shuffled_tests_are_all_there(suite: Suite, workers: tuple[str, ...]) -> None:
    pytest.importorskip("pytest_randomly")
    suite.write(
        """
        @pytest.fixture(scope="module")
        def model(): spend(cpu=10)

        @pytest.mark.parametrize("joules", range(20))
        @pytest.mark.scer("9 J")
        def test_it(model, joules): spend(cpu=joules)
        """
    )
    options = ("-p", "randomly", "--randomly-seed=7", "--scer-output=report.json")
    ran = suite.run_apart(*options, *workers)
    ran.passed(passed=10, failed=10)
    if not workers:
        order = [test["nodeid"] for test in ran.json["tests"]]
        assert order != [f"test_it.py::test_it[{joules}]" for joules in range(20)]
    assert len(ran.json["tests"]) == 20
    for joules in range(20):
        assert ran.joules(f"test_it[{joules}]") == joules
        assert ran.verdicts(f"test_it[{joules}]") == ["ok" if joules <= 9 else "exceeded"]


@ONE_AND_TWO_PROCESSES
def test_a_repeated_test_is_a_row_each_time(suite: Suite, workers: tuple[str, ...]) -> None:
    pytest.importorskip("pytest_repeat")
    suite.write(BUDGETED)
    ran = suite.run_apart("-p", "repeat", "--count=3", "--scer-output=report.json", *workers)
    ran.passed(passed=6, failed=3)
    assert len(ran.json["tests"]) == 9
    for number in (1, 2, 3):
        assert ran.verdicts(f"test_within[{number}-3]") == ["ok"]
        assert ran.verdicts(f"test_over[{number}-3]") == ["exceeded"]
        assert ran.joules(f"test_free[{number}-3]") == 2


# --- pytest-forked


FORKED = """
import os, time, pytest

def burn(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass

@pytest.fixture(scope="session")
def model():
    burn(0.1)

@pytest.mark.scer("1 uJ")
def test_over(model):
    burn(0.1)

def test_twice(model):
    burn(0.2)

def test_dies():
    burn(0.1)
    os._exit(9)

@pytest.mark.xfail
def test_dies_as_expected():
    os._exit(9)

def test_last():
    pass
"""


@pytest.fixture
def forked(suite: Suite) -> Suite:
    """A suite with a real meter, because a simulated one cannot see what a child process uses."""
    pytest.importorskip("pytest_forked")
    (suite.path / "conftest.py").unlink()
    (suite.path / "test_it.py").write_text(FORKED)
    return suite


@ONE_AND_TWO_PROCESSES
def test_what_a_forked_test_used_comes_back(forked: Suite, workers: tuple[str, ...]) -> None:
    alone = forked.run_apart("-p", "pytest_forked", "--forked", "-p", "no:scer", "-k", "test_last")
    if alone.exit_status != 0:
        pytest.skip(f"pytest-forked does not run on pytest {pytest.__version__}")
    options = ("-p", "pytest_forked", "--forked", "--scer-output=report.json")
    ran = forked.run_apart(*options, "--scer-components=cpu", *workers)
    ran.passed(passed=2, failed=2, xfailed=1)
    assert len(ran.json["tests"]) == 5
    assert ran.verdicts("test_over") == ["exceeded"]
    for name, seconds in (("test_over", 0.1), ("test_twice", 0.2)):
        call = ran.test(name)["stages"]["call"]
        assert call["cpu_time_s"] == pytest.approx(seconds, rel=0.2)
    assert len(ran.json["fixtures"]) == 2, "each child sets the fixture up for itself"
    _assert_adds_up(ran.json["totals"])


@ONE_AND_TWO_PROCESSES
def test_a_forked_test_that_dies_is_unmeasured(forked: Suite, workers: tuple[str, ...]) -> None:
    options = ("-p", "pytest_forked", "--forked", "-k", "dies", "--scer-output=report.json")
    ran = forked.run_apart(*options, *workers)
    ran.passed(failed=1, xfailed=1)
    for name, outcome in (("test_dies", "failed"), ("test_dies_as_expected", "xfailed")):
        lost = ran.test(name)
        assert (lost["outcome"], lost["measurement"]) == (outcome, None)
        assert "died" in lost["unmeasured"]
        assert (lost["worker"] == "master") == (not workers)
    assert ran.json["not_run"] == []
    _assert_adds_up(ran.json["totals"])


# --- Reports of other plugins


# Not by the name of its entry point, which is also a module of the standard library.
HTML = ("-p", "metadata", "-p", "pytest_html.plugin", "--html=page.html", "--self-contained-html")


@ONE_AND_TWO_PROCESSES
def test_figures_are_columns_of_the_html_page(suite: Suite, workers: tuple[str, ...]) -> None:
    pytest.importorskip("pytest_html")
    suite.write(BUDGETED)
    ran = suite.run_apart(*HTML, "--scer-output=report.json", *workers)
    ran.passed(passed=2, failed=1)
    page = html.unescape((suite.path / "page.html").read_text())
    assert "<th>Energy</th>" in page
    assert page.count("<td>5.00 J</td>") == 2
    assert page.count("<td>2.00 J</td>") == 1
    if not workers:  # with workers, their meters are not the controller's
        assert "<p>SCER: 22.0 J, 2.20 mgCO2e</p>" in page


def test_the_html_page_is_as_ever_where_only_marks_are_measured(suite: Suite) -> None:
    pytest.importorskip("pytest_html")
    suite.write(BUDGETED)
    ran = suite.run_apart(*HTML)
    ran.passed(passed=2, failed=1)
    assert "<th>Energy</th>" not in (suite.path / "page.html").read_text()


@ONE_AND_TWO_PROCESSES
@pytest.mark.parametrize("report", [(), ("--scer-output=report.json",)], ids=["marks", "report"])
def test_the_record_is_in_the_json_report(
    suite: Suite, workers: tuple[str, ...], report: tuple[str, ...]
) -> None:
    pytest.importorskip("pytest_jsonreport")
    suite.write(BUDGETED)
    options = ("-p", "metadata", "-p", "pytest_jsonreport", "--json-report")
    suite.run_apart(*options, *report, *workers).passed(passed=2, failed=1)
    stages = {
        test["nodeid"].rpartition("::")[2]: test["teardown"]
        for test in _tests(suite.path / ".report.json")
    }
    assert stages["test_over"]["scer"]["budgets"][0]["verdict"] == "exceeded"
    assert stages["test_within"]["scer"]["measurement"]["energy_j"]["total"] == 5
    assert ("scer" in stages["test_free"]) == bool(report)


@ONE_AND_TWO_PROCESSES
def test_the_record_is_in_the_reportlog(suite: Suite, workers: tuple[str, ...]) -> None:
    pytest.importorskip("pytest_reportlog")
    suite.write(BUDGETED)
    options = ("-p", "pytest_reportlog", "--report-log=log.jsonl", "--scer-output=report.json")
    ran = suite.run_apart(*options, *workers)
    ran.passed(passed=2, failed=1)
    lines = map(json.loads, (suite.path / "log.jsonl").read_text().splitlines())
    records = [line["scer"] for line in lines if "scer" in line]
    assert sorted(record["nodeid"] for record in records) == sorted(
        test["nodeid"] for test in ran.json["tests"]
    )


# --- hypothesis


@ONE_AND_TWO_PROCESSES
def test_the_examples_of_a_property_are_one_row(suite: Suite, workers: tuple[str, ...]) -> None:
    suite.write(
        """
        from hypothesis import HealthCheck, given, settings, strategies as st

        however_long = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

        @pytest.mark.scer("9 J")
        @settings(max_examples=10, database=None, **however_long)
        @given(st.integers())
        def test_within(_number): spend(cpu=0.5)

        @pytest.mark.scer("4 J")
        @settings(max_examples=10, database=None, **however_long)
        @given(st.integers())
        def test_over(_number): spend(cpu=0.5)
        """
    )
    options = ("-p", "hypothesispytest", "--scer-output=report.json")
    ran = suite.run_apart(*options, *workers)
    ran.passed(passed=1, failed=1)
    assert len(ran.json["tests"]) == 2
    assert ran.joules("test_within") == 5
    assert ran.verdicts("test_over") == ["exceeded"]
