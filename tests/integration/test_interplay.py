"""Budgets combined with what else decides a test: xfail, skip, its own failure, its kind."""

from __future__ import annotations

import pytest
from suite import Suite

# xfail, skip, own failures


@pytest.mark.parametrize("strict", [True, False])
def test_an_expected_failure_may_be_a_budget(suite: Suite, strict: bool) -> None:
    ran = suite.measure(
        f"""
        @pytest.mark.xfail(strict={strict})
        @pytest.mark.scer("1 J")
        def test_it(): spend(cpu=5)
        """
    )
    ran.passed(xfailed=1)
    assert ran.exit_status == 0
    assert ran.test("test_it")["outcome"] == "xfailed"
    assert ran.verdicts("test_it") == ["exceeded"]


def test_an_expected_budget_failure_can_be_named(suite: Suite) -> None:
    suite.write(
        """
        from pytest_scer.errors import CarbonBudgetExceeded

        @pytest.mark.xfail(raises=CarbonBudgetExceeded)
        @pytest.mark.scer("1 J")
        def test_budget(): spend(cpu=5)

        @pytest.mark.xfail(raises=ZeroDivisionError)
        @pytest.mark.scer("1 J")
        def test_other(): spend(cpu=5)
        """
    )
    suite.run().passed(xfailed=1, failed=1)


def test_an_expected_failure_that_keeps_its_budget_passes_unexpectedly(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.xfail(strict=True)
        @pytest.mark.scer("5 J")
        def test_strict(): spend(cpu=1)

        @pytest.mark.xfail
        @pytest.mark.scer("5 J")
        def test_lenient(): spend(cpu=1)

        @pytest.mark.xfail(run=False)
        @pytest.mark.scer("5 J")
        def test_not_run(): spend(cpu=1)
        """
    )
    ran.passed(failed=1, xpassed=1, xfailed=1)
    assert ran.test("test_strict")["outcome"] == "failed"
    assert ran.test("test_lenient")["outcome"] == "xpassed"
    assert ran.test("test_not_run")["outcome"] == "xfailed"
    assert ran.test("test_not_run")["measurement"] is None


def test_a_skipped_test_is_held_against_nothing(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.skip
        @pytest.mark.scer("1 J")
        def test_marked(): pass

        @pytest.mark.scer("1 J")
        def test_skips():
            spend(cpu=5)
            pytest.skip("no weights here")
        """,
        "--scer-fail-on=budget,inconclusive,unmeasured",
    )
    ran.passed(skipped=2)
    assert ran.exit_status == 0
    assert ran.test("test_marked")["outcome"] == "skipped"
    assert ran.verdicts("test_marked") == []
    assert ran.test("test_skips")["outcome"] == "skipped"


def test_a_test_that_fails_for_its_own_reason_keeps_that_reason(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer("1 J")
        def test_it():
            spend(cpu=5)
            assert 1 + 1 == 3, "my own reason"
        """
    )
    ran.passed(failed=1)
    ran.result.stdout.fnmatch_lines(["*AssertionError: my own reason"])
    ran.result.stdout.no_fnmatch_line("*Over budget:*")
    assert ran.verdicts("test_it") == ["exceeded"]  # still in the report


def test_errors_of_setup_and_teardown_stay_what_they_are(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.fixture
        def no_setup(): raise LookupError("in setup")

        @pytest.fixture
        def no_teardown():
            yield
            raise LookupError("in teardown")

        @pytest.mark.scer("1 J", covers="all")
        def test_setup(no_setup): pass

        @pytest.mark.scer("1 J", covers="all")
        def test_teardown(no_teardown): spend(cpu=5)
        """
    )
    ran.passed(errors=2, passed=1)
    assert ran.test("test_setup")["outcome"] == "error"
    assert ran.test("test_teardown")["outcome"] == "error"
    assert ran.verdicts("test_teardown") == ["exceeded"]
    ran.result.stdout.fnmatch_lines(["*LookupError: in setup", "*LookupError: in teardown"])
    ran.result.stdout.no_fnmatch_line("*Over budget:*")


def test_maxfail_and_pdb_see_the_failure(suite: Suite) -> None:
    suite.write(
        """
        @pytest.mark.scer("1 J")
        def test_a(): spend(cpu=5)
        def test_b(): pass
        """
    )
    suite.run("-x").passed(failed=1)


# Kinds of tests


def test_unittest_classes(suite: Suite) -> None:
    ran = suite.measure(
        """
        import unittest

        class TestModel(unittest.TestCase):
            @classmethod
            def setUpClass(cls): spend(cpu=100)
            @classmethod
            def tearDownClass(cls): spend(cpu=10)
            def setUp(self): spend(cpu=1)

            @pytest.mark.scer("1 J")
            def test_over(self): spend(cpu=5)

            @pytest.mark.scer("9 J")
            def test_within(self): spend(cpu=5)

            @unittest.expectedFailure
            @pytest.mark.scer("9 J")
            def test_expected(self): self.fail()

            @unittest.skip("not today")
            @pytest.mark.scer("9 J")
            def test_skipped(self): pass
        """
    )
    ran.passed(failed=1, passed=1, xfailed=1, skipped=1)
    assert ran.verdicts("test_over") == ["exceeded"]
    assert ran.verdicts("test_within") == ["ok"]
    assert ran.joules("test_within") in (5, 6)  # unittest runs setUp itself, within the call
    (row,) = (each for each in ran.json["fixtures"] if each["name"] == "setUpClass")
    assert row["measurement"]["energy_j"]["total"] == 110


def test_a_marker_on_a_unittest_class(suite: Suite) -> None:
    ran = suite.measure(
        """
        import unittest

        @pytest.mark.scer("1 J", model="gpt2")
        class TestModel(unittest.TestCase):
            def test_it(self): spend(cpu=5)
        """
    )
    ran.passed(failed=1)
    assert ran.test("test_it")["model"] == "gpt2"


def test_subtests_of_unittest_and_pytest(suite: Suite) -> None:
    if pytest.version_tuple < (9,):
        pytest.skip("subtests came with pytest 9")
    ran = suite.measure(
        """
        import unittest

        class TestIt(unittest.TestCase):
            @pytest.mark.scer("9 J")
            def test_unittest(self):
                for i in range(3):
                    with self.subTest(i=i):
                        spend(cpu=1)
                        assert i != 1

        @pytest.mark.scer("2 J")
        def test_over(subtests):
            for i in range(3):
                with subtests.test(i=i):
                    spend(cpu=1)

        def test_one_fails(subtests):
            with subtests.test("a"):
                assert 0
            with subtests.test("b"):
                spend(cpu=1)
        """
    )
    assert ran.exit_status == 1
    # One entry per test, however many reports it made.
    assert len(ran.json["tests"]) == 3
    assert ran.joules("test_unittest") == 3
    assert ran.verdicts("test_over") == ["exceeded"]
    assert ran.test("test_over")["outcome"] == "failed"
    assert ran.test("test_unittest")["outcome"] == "failed"
    assert ran.test("test_one_fails")["outcome"] == "failed"


def test_parametrized_tests_have_budgets_of_their_own(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer("3 J", model="gpt2")
        @pytest.mark.parametrize("joules", [
            1,
            5,
            pytest.param(5, marks=pytest.mark.scer("6 J", model="gpt2-large"), id="large"),
        ])
        def test_it(joules): spend(cpu=joules)
        """
    )
    ran.passed(passed=2, failed=1)
    assert ran.verdicts("test_it[1]") == ["ok"]
    assert ran.verdicts("test_it[5]") == ["exceeded"]
    assert ran.verdicts("test_it[large]") == ["ok"]
    assert ran.test("test_it[large]")["model"] == "gpt2-large"


def test_markers_merge_over_the_levels(suite: Suite) -> None:
    ran = suite.measure(
        """
        pytestmark = pytest.mark.scer(category="text-generation", phase="training")

        @pytest.mark.scer("9 J", model="gpt2")
        class TestIt:
            def test_class(self): spend(cpu=5)

            @pytest.mark.scer("1 J", "2 J", phase="inference")
            def test_function(self): spend(cpu=5)
        """
    )
    of_class, of_function = ran.test("test_class"), ran.test("test_function")
    assert (of_class["category"], of_class["phase"], of_class["model"]) == (
        "text-generation", "training", "gpt2",
    )  # fmt: skip
    assert of_function["phase"] == "inference"
    assert [b["limit"] for b in of_class["budgets"]] == ["9 J"]
    assert [b["limit"] for b in of_function["budgets"]] == ["1 J", "2 J"]


def test_doctests(suite: Suite) -> None:
    (suite.path / "model.py").write_text(
        '"""\n>>> import simulation; simulation.spend(cpu=5)\n"""\n'
    )
    ran = suite.run("--doctest-modules", "--scer-output=report.json", "--scer-test-budget=1 J")
    assert ran.joules("model") == 5
    assert ran.verdicts("model") == ["exceeded"]
    assert ran.test("model")["outcome"] == "failed"


def test_async_tests(suite: Suite) -> None:
    pytest.importorskip("pytest_asyncio")
    suite.ini("asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function")
    ran = suite.measure(
        """
        import asyncio

        @pytest.fixture
        async def client():
            spend(cpu=1)
            yield
            spend(cpu=1)

        @pytest.mark.scer("2 J")
        async def test_over(client):
            await asyncio.sleep(0)
            spend(cpu=5)

        async def test_sections(carbon):
            with carbon.measure("await") as section:
                await asyncio.sleep(0)
                spend(cpu=3)
            assert section.energy.total == 3
            carbon.count(tokens=1)
        """,
        "-p",
        "asyncio",
    )
    ran.passed(passed=1, failed=1)
    assert ran.joules("test_over") == 5
    assert ran.test("test_over")["stages"]["setup"]["energy_j"]["total"] == 1
    assert ran.joules("test_sections") == 3


def test_attempts_of_rerunfailures_are_rows_of_their_own(suite: Suite) -> None:
    pytest.importorskip("pytest_rerunfailures")
    ran = suite.measure(
        """
        amounts = iter([5, 4, 1])

        @pytest.fixture(scope="module")
        def model(): spend(cpu=10)

        @pytest.mark.scer("2 J")
        def test_it(model): spend(cpu=next(amounts))
        """,
        "-p",
        "rerunfailures",
        "--reruns=3",
    )
    assert ran.exit_status == 0
    assert [
        ran.test("test_it", attempt)["measurement"]["energy_j"]["total"] for attempt in (1, 2, 3)
    ] == [
        5,
        4,
        1,
    ]
    assert [test["outcome"] for test in ran.json["tests"]] == ["failed", "failed", "passed"]
    totals = ran.json["totals"]
    assert (totals["tests_energy_j"], totals["fixtures_energy_j"]) == (10, 10)
    assert totals["overhead_energy_j"] == 0
