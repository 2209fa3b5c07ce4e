"""Budgets for the session, and for sums of tests."""

from __future__ import annotations

import pytest
from suite import Suite

TWO_TESTS = """
def test_a(): spend(cpu=2)
def test_b(): spend(cpu=3)
"""


def test_a_session_within_its_budget_passes(suite: Suite) -> None:
    ran = suite.measure(TWO_TESTS, "--scer-budget=5 J", "--scer-budget=0.5 mg")
    assert ran.exit_status == 0
    assert [budget["verdict"] for budget in ran.json["budgets"]] == ["ok", "ok"]
    assert ran.json["budgets"][0]["actual"] == 5
    assert ran.json["session"]["exit_status"] == 0


def test_a_session_over_its_budget_fails_though_every_test_passes(suite: Suite) -> None:
    ran = suite.measure(TWO_TESTS, "--scer-budget=4 J")
    ran.passed(passed=2)
    assert ran.exit_status == 1
    assert ran.json["session"]["exit_status"] == 1
    ran.result.stdout.fnmatch_lines(
        ["*SCER budgets of the session*", "  session  5.00 J * 4 J * EXCEEDED"]
    )


def test_the_session_pays_for_overhead_too(suite: Suite) -> None:
    suite.conftest("def pytest_collection_modifyitems(): simulation.spend(cpu=10)")
    ran = suite.measure(TWO_TESTS, "--scer-budget=6 J")
    assert ran.exit_status == 1
    assert ran.json["totals"]["overhead_energy_j"] == 10
    assert ran.json["budgets"][0]["actual"] == 15


def test_a_session_budget_per_unit_reads_what_all_tests_counted(suite: Suite) -> None:
    ran = suite.measure(
        """
        def test_a(carbon): spend(cpu=2); carbon.count(tokens=3)
        def test_b(carbon): spend(cpu=3); carbon.count(tokens=2)
        """,
        "--scer-budget=0.9 J per token",
    )
    assert ran.exit_status == 1
    assert ran.json["budgets"][0]["actual"] == pytest.approx(1.0)


@pytest.mark.parametrize(("limit", "status"), [("4 J", 1), ("5 J", 0)])
def test_a_sum_of_tests(suite: Suite, limit: str, status: int) -> None:
    suite.ini(f"scer_budgets = sum(*::test_[[]ab]) = 1 J\n    sum(*) = {limit}")
    suite.conftest("def pytest_collection_modifyitems(): simulation.spend(cpu=10)")
    ran = suite.measure(TWO_TESTS)
    assert ran.exit_status == status
    plain, whole = ran.json["budgets"]
    assert plain["verdict"] == "unmeasured"  # brackets match literally: no test has that name
    assert "no test matches" in plain["reason"]
    assert (whole["target"], whole["actual"]) == ("*", 5)  # of the tests, without the overhead
    assert whole["source"] == f"scer_budgets (tox.ini): sum(*) = {limit}"


def test_a_sum_by_marker_and_by_model(suite: Suite) -> None:
    suite.ini(
        """
        markers = slow
        scer_budgets =
            sum(mark:slow) = 2 J
            sum(model:gpt*) = 2 J
        """
    )
    ran = suite.measure(
        """
        @pytest.mark.slow
        def test_a(): spend(cpu=2)
        @pytest.mark.scer(model="gpt2")
        def test_b(): spend(cpu=3)
        """
    )
    assert [(b["verdict"], b["actual"]) for b in ran.json["budgets"]] == [
        ("ok", 2),
        ("exceeded", 3),
    ]


def test_a_sum_with_a_test_that_has_no_figure_is_unmeasured(suite: Suite) -> None:
    suite.ini("scer_budgets = sum(*) = 1 kJ")
    ran = suite.measure(TWO_TESTS + "def test_c(carbon): carbon.unmeasured('a hosted API')")
    assert ran.exit_status == 0
    (budget,) = ran.json["budgets"]
    assert (budget["verdict"], budget["actual"]) == ("unmeasured", None)
    assert "a hosted API" in budget["reason"]
    assert suite.run("--scer-fail-on=unmeasured").exit_status == 1


def test_a_skipped_test_does_not_switch_a_sum_off(suite: Suite) -> None:
    suite.ini("scer_budgets = sum(*) = 4 J")
    ran = suite.measure(TWO_TESTS + "@pytest.mark.skip\ndef test_c(): pass")
    assert ran.exit_status == 1
    assert ran.json["budgets"][0]["actual"] == 5


def test_sums_wake_the_plugin_without_any_option(suite: Suite) -> None:
    suite.ini("scer_budgets = sum(*) = 4 J")
    suite.write(TWO_TESTS)
    assert suite.run().exit_status == 1


def test_an_interrupted_session_is_judged_on_what_it_used(suite: Suite) -> None:
    suite.write("def test_a():\n    spend(cpu=9)\n    raise KeyboardInterrupt")
    ran = suite.run_apart("--scer-output=report.json", "--scer-budget=1 J")
    assert ran.exit_status == 2
    assert ran.json["budgets"][0]["verdict"] == "exceeded"
