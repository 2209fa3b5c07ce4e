"""Wider-scoped fixtures are reported separately from the tests that use them."""

from __future__ import annotations

import pytest
from suite import Json, Ran, Suite


def fixtures(ran: Ran) -> dict[str, Json]:
    return {fixture["name"]: fixture for fixture in ran.json["fixtures"]}


def total(row: Json) -> float:
    return float(row["measurement"]["energy_j"]["total"])


def balanced(ran: Ran) -> bool:
    totals = ran.json["totals"]
    parts = ("tests_energy_j", "fixtures_energy_j", "overhead_energy_j")
    return bool(totals["energy_j"]["total"] == pytest.approx(sum(totals[part] for part in parts)))


@pytest.mark.parametrize("scope", ["session", "package", "module", "class"])
def test_set_up_and_tear_down_are_one_row(suite: Suite, scope: str) -> None:
    ran = suite.measure(
        f"""
        @pytest.fixture(scope="{scope}")
        def model():
            spend(cpu=10)
            wait(1)
            yield
            spend(cpu=5)
            wait(2)

        class TestIt:
            def test_first(self, model): spend(cpu=1)
            def test_second(self, model): spend(cpu=1)
        """
    )
    row = fixtures(ran)["model"]
    assert total(row) == 15
    assert row["measurement"]["duration_s"] == 3
    assert (row["scope"], row["nodeid"]) == (scope, "test_it.py::TestIt::test_first")
    for test in ran.json["tests"]:
        assert sum(stage["energy_j"]["total"] for stage in test["stages"].values()) == 1
    assert ran.json["totals"]["fixtures_energy_j"] == 15
    assert balanced(ran)


def test_fixtures_that_use_each_other_are_counted_once(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.fixture(scope="session")
        def weights():
            spend(cpu=100)
            yield
            spend(cpu=10)

        @pytest.fixture(scope="module")
        def model(weights):
            spend(cpu=20)
            yield
            spend(cpu=2)

        @pytest.fixture
        def prompt(model):
            spend(cpu=1)
            yield
            spend(cpu=1)

        def test_it(prompt): spend(cpu=3)
        """
    )
    rows = fixtures(ran)
    assert (total(rows["weights"]), total(rows["model"])) == (110, 22)
    stages = ran.test("test_it")["stages"]
    assert [stages[name]["energy_j"]["total"] for name in ("setup", "call", "teardown")] == [
        1,
        3,
        1,
    ]
    assert balanced(ran)


def test_a_parametrized_fixture_is_a_row_a_parameter(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.fixture(scope="module", params=[10, 20])
        def model(request): spend(cpu=request.param)

        def test_it(model): pass
        """
    )
    assert [total(row) for row in ran.json["fixtures"]] == [10, 20]
    assert len(fixtures(ran)) == 2


def test_a_fixture_asked_for_during_the_call_is_taken_out_of_it(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.fixture(scope="module")
        def model(): spend(cpu=10)

        @pytest.mark.scer("2 J")
        def test_it(request):
            spend(cpu=1)
            request.getfixturevalue("model")
            spend(cpu=1)
        """
    )
    ran.passed(passed=1)
    assert ran.joules("test_it") == 2
    assert total(fixtures(ran)["model"]) == 10


def test_one_that_fails_is_charged_what_it_used(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.fixture(scope="module")
        def model():
            spend(cpu=10)
            raise LookupError

        @pytest.fixture(scope="module")
        def other():
            yield
            spend(cpu=3)
            raise LookupError

        @pytest.mark.scer("1 J")
        def test_it(model): pass
        def test_other(other): spend(cpu=1)
        """
    )
    ran.passed(errors=2, passed=1)
    assert total(fixtures(ran)["model"]) == 10
    assert total(fixtures(ran)["other"]) == 3
    assert ran.test("test_it")["outcome"] == "error"
    assert ran.verdicts("test_it") == []
    assert ran.test("test_other")["outcome"] == "error"
    assert balanced(ran)


def test_the_first_user_need_not_be_measured_itself(suite: Suite) -> None:
    suite.write(
        """
        @pytest.fixture(scope="module")
        def model():
            spend(cpu=10)
            yield
            spend(cpu=10)

        def test_plain(model): spend(cpu=1)

        @pytest.mark.scer("1 J", covers="all")
        def test_marked(model): spend(cpu=1)  # its teardown tears the model down
        """
    )
    suite.run().passed(passed=2)


def test_class_and_module_setup_of_xunit_style(suite: Suite) -> None:
    ran = suite.measure(
        """
        def setup_module(): spend(cpu=10)
        def teardown_module(): spend(cpu=1)

        class TestIt:
            @classmethod
            def setup_class(cls): spend(cpu=20)
            @classmethod
            def teardown_class(cls): spend(cpu=2)
            def setup_method(self): spend(cpu=0.5)
            def test_it(self): spend(cpu=1)
        """
    )
    rows = fixtures(ran)
    assert total(rows["setup_module"]) == 11
    assert total(rows["setup_class"]) == 22
    stages = ran.test("test_it")["stages"]
    assert (stages["setup"]["energy_j"]["total"], ran.joules("test_it")) == (0.5, 1)
