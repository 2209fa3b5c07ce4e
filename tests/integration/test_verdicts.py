"""Budgets of a test: their sources, the four verdicts, and the failure message."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from suite import Suite

USES_5_J = "def test_it(): spend(cpu=5)"


def test_a_budget_that_is_kept_passes(suite: Suite) -> None:
    ran = suite.measure("@pytest.mark.scer('5 J', '0.5 mgCO2e')\n" + USES_5_J)
    ran.passed(passed=1)
    assert ran.exit_status == 0
    assert ran.verdicts("test_it") == ["ok", "ok"]


def test_a_budget_that_is_exceeded_fails_and_says_why(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer("0.4 mgCO2e", "2 J")
        def test_it():
            meter.noise_j = 0.25
            spend(cpu=5, ram=1)
            wait(2)
        """
    )
    ran.passed(failed=1)
    assert ran.exit_status == 1
    assert ran.test("test_it")["outcome"] == "failed"
    assert ran.verdicts("test_it") == ["exceeded", "exceeded"]
    ran.result.stdout.fnmatch_lines(
        [
            "Over budget: 6.00 J > 2 J (3.0x)",  # the worst of both
            "  limit: 2 J, set at test_it.py:4 (@pytest.mark.scer on the function)",
            "  read: call stage, 1 run in 2.00 s: cpu 5.00 J (simulated) + ram 1.00 J (simulated)",
            "  interval: 5.75 J to 6.25 J (±4%)",
            "  remedy: reduce the work, or set a limit of 7.5 J (upper end of the interval + 20%)",
            "  also: Over budget: 600 ugCO2e > 0.4 mgCO2e (1.5x), set at test_it.py:4",
            "FAILED test_it.py::test_it - Over budget: 6.00 J > 2 J (3.0x)",
        ]
    )
    assert "Traceback" not in ran.text
    assert "pytest_scer/" not in ran.text  # no frame of the plugin


def test_junit_xml_begins_with_the_cost_too(suite: Suite) -> None:
    suite.write("@pytest.mark.scer('2 J')\n" + USES_5_J)
    suite.run("--junitxml=junit.xml").passed(failed=1)
    (failure,) = ET.parse(suite.path / "junit.xml").getroot().iter("failure")
    assert (failure.get("message") or "").startswith("Over budget: 5.00 J > 2 J (2.5x)")


def test_a_budget_inside_the_uncertainty_is_inconclusive_and_warns(suite: Suite) -> None:
    source = """
    @pytest.mark.scer("5 J")
    def test_it():
        meter.noise_j = 1.0
        spend(cpu=5)
    """
    ran = suite.measure(source)
    ran.passed(passed=1, warnings=1)
    assert ran.verdicts("test_it") == ["inconclusive"]
    ran.result.stdout.fnmatch_lines(
        ["*CarbonBudgetWarning: Inconclusive: 5.00 ± 1.0 J, limit 5 J (1.00x), set at *"]
    )
    ran = suite.run("--scer-fail-on=inconclusive")
    ran.passed(failed=1)
    ran.result.stdout.fnmatch_lines(
        [
            "Inconclusive: 5.00 ± 1.0 J, limit 5 J (1.00x)",
            "  interval: 4.00 J to 6.00 J (±20%)",
            "  remedy: set a limit of 7.2 J (*",
        ]
    )


UNMEASURED = {
    "fault": ("@pytest.mark.scer('5 J')\ndef test_it(): meter.fail('the cable is out')", None),
    "remote": (
        "@pytest.mark.scer('5 J')\ndef test_it(carbon): carbon.unmeasured('a hosted API')",
        "a hosted API",
    ),
    "nothing counted": (
        "@pytest.mark.scer('5 J per token')\ndef test_it(): spend(cpu=1)",
        "the test never called carbon.count(tokens=...)",
    ),
    "no time": ("@pytest.mark.scer('5 W')\ndef test_it(): spend(cpu=1)", "no time passed"),
}


@pytest.mark.parametrize("why", UNMEASURED)
def test_without_a_figure_a_budget_is_unmeasured_and_never_ok(suite: Suite, why: str) -> None:
    source, reason = UNMEASURED[why]
    ran = suite.measure(source)
    ran.passed(passed=1, warnings=1)
    (budget,) = ran.test("test_it")["budgets"]
    assert (budget["verdict"], budget["actual"], budget["uncertainty"]) == (
        "unmeasured",
        None,
        None,
    )
    assert budget["reason"]
    assert reason is None or reason in budget["reason"]
    assert budget["reason"] in " ".join(ran.text.split())
    failed = suite.run("--scer-fail-on=unmeasured")
    failed.passed(failed=1)
    assert f"Not checked: {budget['reason']}" in failed.text
    assert ("remedy: " in failed.text) is (why != "remote")  # there the test itself says so
    assert "nan" not in failed.text


def test_a_fault_is_told_with_the_test_it_hit(suite: Suite) -> None:
    ran = suite.measure("def test_it():\n    meter.fail('the cable is out')\n    spend(cpu=1)")
    ran.passed(passed=1)
    assert ran.test("test_it")["unmeasured"]
    assert ran.joules("test_it") is None
    assert any(
        "the cable is out" in warning and "test_it" in warning for warning in ran.json["warnings"]
    )


def test_a_test_without_any_component_is_unmeasured(suite: Suite) -> None:
    (suite.path / "simulation.py").write_text(
        (suite.path / "simulation.py").read_text().replace('{"cpu": 0.0, "ram": 0.0}', "{}")
    )
    ran = suite.measure("@pytest.mark.scer('5 J')\ndef test_it(): pass")
    assert ran.verdicts("test_it") == ["unmeasured"]
    assert ran.joules("test_it") is None
    assert ran.json["totals"]["energy_j"]["total"] is None


def test_power_is_budgeted_over_the_time_of_the_call(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer("60 W")
        def test_kept(): spend(cpu=100); wait(2)
        @pytest.mark.scer("40 W")
        def test_exceeded(): spend(cpu=100); wait(2)
        """
    )
    assert ran.verdicts("test_kept") == ["ok"]
    assert ran.verdicts("test_exceeded") == ["exceeded"]
    assert ran.test("test_kept")["budgets"][0]["actual"] == pytest.approx(50)


def test_a_budget_per_unit_divides_by_what_the_test_counted(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer("1 J per 1000 tokens")
        def test_it(carbon):
            spend(cpu=6)
            carbon.count(tokens=2000)
            carbon.count(token=2000)
        """
    )
    (budget,) = ran.test("test_it")["budgets"]
    assert budget["actual"] == pytest.approx(1.5)
    assert budget["unit"] == "J per 1000 tokens"
    assert budget["limit_value"] == 1.0
    assert budget["verdict"] == "exceeded"
    assert ran.test("test_it")["units"] == {"token": 4000}


# Where a budget comes from


def test_the_default_for_tests(suite: Suite) -> None:
    ran = suite.measure(
        """
        def test_over(): spend(cpu=5)
        def test_within(): spend(cpu=1)
        @pytest.mark.scer("9 J")
        def test_with_its_own(): spend(cpu=5)
        """,
        "--scer-test-budget=2 J",
    )
    ran.passed(passed=2, failed=1)
    assert ran.test("test_over")["budgets"][0]["source"] == "--scer-test-budget"
    assert ran.verdicts("test_within") == ["ok"]
    assert [b["limit"] for b in ran.test("test_with_its_own")["budgets"]] == ["9 J"]


def test_patterns_of_the_configuration_the_last_match_wins(suite: Suite) -> None:
    suite.ini(
        """
        markers = slow
        scer_test_budget = 99 J
        scer_budgets =
            *::test_*[[]small] = 1 J
            *test_it* = 3 J
            *test_it.py::test_b* = 4 J
            mark:slow = 6 J
            model:gpt* = 7 J
        """
    )
    ran = suite.measure(
        """
        def test_a(): spend(cpu=5)
        @pytest.mark.parametrize("size", ["small"])
        def test_b(size): spend(cpu=5)
        @pytest.mark.slow
        def test_c(): spend(cpu=5)
        @pytest.mark.slow
        @pytest.mark.scer(model="gpt2")
        def test_d(): spend(cpu=5)
        @pytest.mark.scer("8 J")
        def test_e(): spend(cpu=5)
        """
    )
    ran.passed(passed=3, failed=2)
    limits = {test["nodeid"]: test["budgets"][0]["limit"] for test in ran.json["tests"]}
    assert list(limits.values()) == ["3 J", "4 J", "6 J", "7 J", "8 J"]
    assert "tox.ini:7 (scer_budgets: *test_it* = 3 J)" in " ".join(ran.text.split())


# What an exceeded budget does


def test_on_exceed_warn_warns(suite: Suite) -> None:
    ran = suite.measure("@pytest.mark.scer('1 J', on_exceed='warn')\n" + USES_5_J)
    ran.passed(passed=1, warnings=1)
    assert ran.exit_status == 0
    assert ran.verdicts("test_it") == ["exceeded"]
    ran.result.stdout.fnmatch_lines(
        ["*CarbonBudgetWarning: Over budget: 5.00 J > 1 J (5.0x), set at test_it.py:*"]
    )


def test_fail_on_none_fails_nothing(suite: Suite) -> None:
    ran = suite.measure(
        "@pytest.mark.scer('1 J')\n" + USES_5_J, "--scer-fail-on=none", "--scer-budget=1 J"
    )
    assert ran.exit_status == 0
    assert ran.verdicts("test_it") == ["exceeded"]
    assert ran.json["budgets"][0]["verdict"] == "exceeded"


def test_warnings_made_errors_do_not_turn_a_warning_into_a_failure(suite: Suite) -> None:
    ran = suite.measure("@pytest.mark.scer('1 J', on_exceed='warn')\n" + USES_5_J, "-Werror")
    ran.passed(passed=1, warnings=1)


def test_budgets_that_cover_all_stages_are_judged_after_teardown(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.fixture
        def model():
            spend(cpu=2)
            yield
            spend(cpu=3)

        @pytest.mark.scer("4 J", covers="all")
        def test_over(model): spend(cpu=1)

        @pytest.mark.scer("6 J", covers="all")
        def test_within(model): spend(cpu=1)

        @pytest.mark.scer("4 J")
        def test_call_alone(model): spend(cpu=1)
        """
    )
    ran.passed(passed=3, errors=1)
    assert ran.exit_status == 1
    assert ran.test("test_over")["outcome"] == "error"
    assert ran.joules("test_over") == 6
    assert ran.joules("test_call_alone") == 1
    assert ran.verdicts("test_within") == ["ok"]
    ran.result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_over*",
            "Over budget: 6.00 J > 4 J (1.5x)",
            "  limit: 4 J, set at test_it.py:10 (@pytest.mark.scer on the function)",
            "  read: setup, call and teardown, 1 run in 0 s: *",
            "ERROR test_it.py::test_over - Over budget: 6.00 J > 4 J (1.5x)",
        ]
    )


def test_every_judgement_is_told_to_other_plugins(suite: Suite) -> None:
    suite.conftest(
        """
        def pytest_scer_budget_judged(item, judgement):
            print("judged", item.name, judgement.verdict.value, judgement.actual)
        """
    )
    suite.write("@pytest.mark.scer('1 J', '9 J')\n" + USES_5_J)
    ran = suite.run("-s")
    ran.result.stdout.fnmatch_lines(["*judged test_it exceeded 5.0", "judged test_it ok 5.0"])


class TestConfirm:
    """`--scer-confirm` measures a test again if one run leaves its verdict open."""

    SOURCE = """
    costs = iter({costs})

    @pytest.fixture
    def fresh():
        spend(cpu=100)

    @pytest.mark.scer("5 J", "1 J per token")
    def test_it(fresh, carbon):
        meter.noise_j = 0.2
        wait(1)
        spend(cpu=next(costs))
        carbon.count(tokens=10)
    """

    @pytest.mark.parametrize(
        ("costs", "verdict", "runs"),
        [
            ([5.1, 3, 3.1, 3, 3, 3], "ok", 6),
            ([4.9, 7, 7.1, 7, 7, 7], "exceeded", 6),
            ([3] * 10, "ok", 1),
            ([5.0] * 10, "inconclusive", 3),  # more runs cannot narrow the meter's part
        ],
    )
    def test_until_it_is_decided(
        self, suite: Suite, costs: list[float], verdict: str, runs: int
    ) -> None:
        ran = suite.measure(self.SOURCE.format(costs=costs), "--scer-confirm=6")
        test = ran.test("test_it")
        assert ran.verdicts("test_it") == [verdict, "ok"]
        assert [budget["runs"] for budget in test["budgets"]] == [runs, runs]
        assert test["units"] == {"token": 10}
        measured = test["measurement"]
        assert measured["run_count"] == runs
        assert measured["energy_j"]["total"] == pytest.approx(sorted(costs[:runs])[runs // 2])
        if runs > 1:
            assert [run["energy_j"]["total"] for run in measured["runs"]] == pytest.approx(
                costs[:runs]
            )
        # The record remains that of the first run; repeats are the gate's.
        assert test["stages"]["call"]["energy_j"]["total"] == pytest.approx(costs[0])
        totals = ran.json["totals"]
        again_j = sum(costs[1:runs]) + 100 * (runs - 1)
        assert totals["confirming_energy_j"] == pytest.approx(again_j)
        assert totals["overhead_energy_j"] == pytest.approx(0, abs=1e-9)

    def test_the_failure_says_how_many_runs_it_is_about(self, suite: Suite) -> None:
        source = self.SOURCE.format(costs=[4.9, 7, 7.1, 7, 7, 7])
        suite.measure(source, "--scer-confirm=6").result.stdout.fnmatch_lines(
            [
                "Over budget: 7.00 J > 5 J (1.4x)",
                "  read: call stage, median of 6 runs in 1.00 s: *",
            ]
        )

    def test_a_test_that_fails_the_next_time(self, suite: Suite) -> None:
        ran = suite.measure(self.SOURCE.format(costs=[5.1, 5.1]), "--scer-confirm=6")
        ran.passed(passed=1, warnings=2)
        assert ran.verdicts("test_it") == ["inconclusive", "inconclusive"]
        for budget in ran.test("test_it")["budgets"]:
            assert budget["reason"] == "measured again once, then stopped by StopIteration: "

    def test_repeats_of_carbon_are_enough(self, suite: Suite) -> None:
        source = """
        @pytest.mark.scer("5 J", repeats=3, warmup=0, min_time=0)
        def test_it(carbon):
            meter.noise_j = 1.0
            carbon(lambda: spend(cpu=5))
        """
        ran = suite.measure(source, "--scer-confirm=6")
        assert ran.verdicts("test_it") == ["inconclusive"]
        assert ran.test("test_it")["measurement"]["run_count"] == 3
