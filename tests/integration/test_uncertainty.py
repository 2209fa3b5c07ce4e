"""Verdicts allow for the noise between sessions, and for busy neighbours."""

from __future__ import annotations

import pytest
from suite import MODELLED, Ran, Suite

from pytest_scer.core.scatter import CPU_TIME

CONTENDED = (
    MODELLED
    + """
from pytest_scer.core.contention import Contention

class Contended(Modelled):
    "A neighbour is busy on the same core all along."

    def read(self, *, force=False):
        reading = super().read(force=force)
        contention = Contention(shared_s=reading.time_s)
        return reading._replace(cpu_time_s=reading.time_s, contention=contention)

simulation.meter.__class__ = Contended
"""
)

TESTS = """
@pytest.fixture(scope="module")
def wide(): spend(cpu=10)

@pytest.mark.scer("5 J")
def test_near(wide): spend(cpu=6); wait(1)

@pytest.mark.scer("5 J")
def test_over(): spend(cpu=7); wait(1)

@pytest.mark.scer("5 J")
def test_under(): spend(cpu=4); wait(1)

@pytest.mark.scer("5 J", repeats=20, warmup=0)
def test_repeated(carbon): carbon(lambda: (spend(cpu=6), wait(0.125)))

@pytest.mark.scer("5 J", repeats="auto", warmup=0, max_time=60)
def test_auto(carbon): carbon(lambda: (spend(cpu=6), wait(0.125)))
"""


def relative(measurement: dict[str, object]) -> float:
    uncertainty, energy = measurement["uncertainty_j"], measurement["energy_j"]
    assert isinstance(uncertainty, float)
    assert isinstance(energy, dict)
    return uncertainty / float(energy["total"])


class TestModelled:
    def ran(self, suite: Suite, *args: str) -> Ran:
        suite.conftest(MODELLED)
        return suite.measure(TESTS, *args)

    def test_only_what_is_outside_the_noise_is_decided(self, suite: Suite) -> None:
        ran = self.ran(suite)
        ran.passed(passed=4, failed=1, warnings=3)
        verdicts = {name: ran.verdicts(f"test_{name}") for name in ("near", "over", "under")}
        assert verdicts == {"near": ["inconclusive"], "over": ["exceeded"], "under": ["ok"]}
        assert "  interval: 5.35 J to 8.65 J (±24%, noise between sessions)" in ran.text

    def test_repeats_do_not_remove_it(self, suite: Suite) -> None:
        ran = self.ran(suite)
        for name, runs in (("test_repeated", 20), ("test_auto", 4)):
            (budget,) = ran.test(name)["budgets"]
            assert budget["verdict"] == "inconclusive"
            assert budget["uncertainty"] / budget["actual"] >= 0.2
            assert budget["runs"] == runs  # with "auto" no more than the minimum time needs
            assert ran.test(name)["measurement"]["within_session_j"] == pytest.approx(0, abs=1e-9)

    def test_fixtures_and_sections_and_stages_have_it(self, suite: Suite) -> None:
        ran = self.ran(suite)
        (fixture,) = ran.json["fixtures"]
        assert relative(fixture["measurement"]) == pytest.approx(CPU_TIME.single)
        call = ran.test("test_over")["stages"]["call"]
        assert relative(call) == pytest.approx(CPU_TIME.single)
        assert call["within_session_j"] == 0

    def test_sums_and_sessions_keep_it(self, suite: Suite) -> None:
        suite.ini("scer_budgets = sum(*) = 29 J")
        ran = self.ran(suite, "--scer-budget=300 J")
        whole, of_tests = ran.json["budgets"]
        for budget in (whole, of_tests):
            assert budget["uncertainty"] / budget["actual"] == pytest.approx(CPU_TIME.single)
        assert (of_tests["actual"], of_tests["verdict"]) == (29, "inconclusive")
        assert of_tests["place"] == "tox.ini:2"
        assert whole["place"] is None

    def test_confirming_leaves_what_it_cannot_decide(self, suite: Suite) -> None:
        ran = self.ran(suite, "--scer-confirm=30")
        (budget,) = ran.test("test_near")["budgets"]
        assert (budget["verdict"], budget["runs"]) == ("inconclusive", 3)

    def test_confirming_narrows_the_rest(self, suite: Suite) -> None:
        suite.conftest(MODELLED)
        source = """
        costs = [6.4, 6.9, 6.5, 7.3, 6.7, 6.0, 7.1, 6.6, 6.8, 7.0]
        @pytest.mark.scer("5 J")
        def test_it():
            meter.noise_j = 0.1
            spend(cpu=costs.pop(0))
        """
        assert suite.measure(source).verdicts("test_it") == ["inconclusive"]
        assert suite.measure(source, "--scer-confirm=9").verdicts("test_it") == ["exceeded"]


class TestHistory:
    SOURCE = """
    @pytest.mark.scer("11.5 J")
    def test_it(): spend(cpu={cost}); wait(1)
    """

    def test_it_shows_what_a_test_scatters(self, suite: Suite) -> None:
        suite.conftest(MODELLED)
        (suite.path / "history").mkdir()
        for cost in (9.9, 10.1, 10, 10.05, 9.95, 10, 10.1, 9.9):
            suite.write(self.SOURCE.format(cost=cost))
            suite.run("--scer-history=history")
        alone = suite.measure(self.SOURCE.format(cost=10))
        assert alone.verdicts("test_it") == ["inconclusive"]
        compared = suite.measure(self.SOURCE.format(cost=10), "--scer-history=history")
        assert compared.verdicts("test_it") == ["ok"]
        assert 0.05 < relative(compared.test("test_it")["measurement"]) < 0.15

    def test_a_failing_test_names_it(self, suite: Suite) -> None:
        suite.conftest(MODELLED)
        (suite.path / "history").mkdir()
        for _ in range(4):
            suite.write(self.SOURCE.format(cost=10))
            suite.run("--scer-history=history")
        suite.write(self.SOURCE.format(cost=15))
        text = suite.run("--scer-history=history").text
        assert "noise in the test's history" in text


class TestNeighbours:
    SOURCE = """
    @pytest.mark.scer("{limit} J")
    def test_it(): spend(cpu=8); wait(1)
    """

    def ran(self, suite: Suite, limit: float, *args: str) -> Ran:
        suite.conftest(CONTENDED)
        return suite.measure(self.SOURCE.format(limit=limit), *args)

    def test_a_budget_set_alone_does_not_fail_beside_them(self, suite: Suite) -> None:
        ran = self.ran(suite, 5)
        ran.passed(passed=1, warnings=1)
        (budget,) = ran.test("test_it")["budgets"]
        assert budget["verdict"] == "inconclusive"
        assert budget["uncertainty"] / budget["actual"] == pytest.approx(CPU_TIME.single)
        assert budget["reason"].startswith("other processes kept the cores busy")
        assert ran.test("test_it")["measurement"]["contention_j"] == pytest.approx(3)
        assert ran.test("test_it")["measurement"]["energy_j"]["total"] == 8
        failed = suite.run("--scer-fail-on=inconclusive")
        failed.passed(failed=1)
        failed.result.stdout.fnmatch_lines(
            [
                "Inconclusive: 8.00 ± 1.9 J, limit 5 J (1.6x)",
                "  interval: 6.12 J to 9.88 J (±24%, noise between sessions)",
                "  reason: other processes kept *: alone, it may cost as little as 3.82 J",
                "  remedy: run the test with nothing beside it *",
            ]
        )

    def test_more_than_they_explain_fails_all_the_same(self, suite: Suite) -> None:
        assert self.ran(suite, 3.5).verdicts("test_it") == ["exceeded"]

    def test_sums_and_sessions_allow_for_them_too(self, suite: Suite) -> None:
        suite.ini("scer_budgets = sum(*) = 5 J")
        ran = self.ran(suite, 5, "--scer-budget=5 J")
        assert ran.exit_status == 0
        assert [budget["verdict"] for budget in ran.json["budgets"]] == ["inconclusive"] * 2
        assert all(budget["reason"] for budget in ran.json["budgets"])

    def test_they_excuse_no_power(self, suite: Suite) -> None:
        suite.conftest(CONTENDED)
        ran = suite.measure("@pytest.mark.scer('5 W')\ndef test_it(): spend(cpu=8); wait(1)")
        assert ran.verdicts("test_it") == ["exceeded"]
