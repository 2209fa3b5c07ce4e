"""Each finding has a suite that raises it, and one, as near as possible, that must not."""

from __future__ import annotations

import pytest
from suite import MODELLED, Json, Ran, Suite

OF_THE_MACHINE = {"boundary", "location", "unknown chip", "constant share"}
"""What is also found where no test does anything."""


def found(ran: Ran, kind: str) -> list[Json]:
    """The findings of this kind, all of which have a figure and a remedy."""
    findings = [each for each in ran.json["findings"] if each["kind"] == kind]
    for each in findings:
        assert each["remedy"], each
        assert each["value"] is not None, each
        assert each["unit"], each
        assert each["severity"] in ("hint", "warning"), each
    return findings


def names(finding: Json) -> list[str]:
    """The names of the tests that it is about."""
    return [nodeid.rpartition("::")[2] for nodeid in finding["nodeids"]]


def test_tests_that_do_nothing_have_none(suite: Suite) -> None:
    suite.write(
        """
        @pytest.mark.parametrize("n", range(50))
        def test_it(n): pass
        """
    )
    ran = suite.run("--scer-output=report.json")
    assert {each["kind"] for each in ran.json["findings"]} == {"boundary"}
    (suite.path / "conftest.py").unlink()
    ran = suite.run("--scer-output=report.json")
    assert {each["kind"] for each in ran.json["findings"]} <= OF_THE_MACHINE
    assert {"location"} <= {each["kind"] for each in ran.json["findings"]}


WAITS = """
meter.draw(ram=20)

def test_sleeps(): wait(3)
def test_works():
    spend(cpu={cpu})
    wait(1)
"""


class TestWaiting:
    def test_a_test_that_sleeps(self, suite: Suite) -> None:
        ran = suite.measure(WAITS.format(cpu=30))
        (finding,) = found(ran, "waiting")
        assert names(finding) == ["test_sleeps"]
        assert finding["value"] == pytest.approx(60)
        assert finding["text"].startswith("1 test waiting instead of computing: 60 J in 3.0 s")

    def test_one_that_works_little_waits_too(self, suite: Suite) -> None:
        ran = suite.measure(WAITS.format(cpu=15))
        (finding,) = found(ran, "waiting")
        assert names(finding) == ["test_sleeps", "test_works"]

    def test_a_short_wait_is_none(self, suite: Suite) -> None:
        assert not found(suite.measure("meter.draw(ram=20)\ndef test_it(): wait(0.1)"), "waiting")


FIXTURE = """
@pytest.fixture(scope="{scope}")
def model():
    spend(cpu=10)

class TestFirst:
    def test_a(self, model): spend(cpu=20)
    def test_b(self, model): spend(cpu=20)

class TestSecond:
    def test_c(self, model): spend(cpu=20)
"""


class TestRebuiltFixture:
    def test_a_fixture_of_each_class(self, suite: Suite) -> None:
        (finding,) = found(suite.measure(FIXTURE.format(scope="class")), "rebuilt fixture")
        assert finding["value"] == 10
        assert finding["text"] == (
            "fixture model (scope class) was built 2 times: 20 J, 10 J of it again"
        )
        assert finding["remedy"] == '@pytest.fixture(scope="session")'
        assert names(finding) == ["test_a", "test_c"]

    def test_one_of_the_module_is_none(self, suite: Suite) -> None:
        assert not found(suite.measure(FIXTURE.format(scope="module")), "rebuilt fixture")

    def test_nor_are_two_of_the_same_name(self, suite: Suite) -> None:
        source = """
        @pytest.fixture(scope="module")
        def model(): spend(cpu=10)
        def test_it(model): spend(cpu=20)
        """
        suite.write(source, "test_other")
        assert not found(suite.measure(source), "rebuilt fixture")

    def test_nor_those_of_two_parameters(self, suite: Suite) -> None:
        ran = suite.measure(
            """
            @pytest.fixture(scope="module", params=[1, 2])
            def model(request): spend(cpu=10)
            def test_it(model): spend(cpu=20)
            """
        )
        assert not found(ran, "rebuilt fixture")

    @pytest.mark.parametrize(
        ("scope", "remedy"), [("session", "with FileLock("), ("module", "--dist=loadfile")]
    )
    def test_each_worker_builds_its_own(self, suite: Suite, scope: str, remedy: str) -> None:
        pytest.importorskip("xdist")
        suite.conftest(
            f"""
            import pytest
            @pytest.fixture(scope="{scope}")
            def model(): simulation.spend(cpu=10)
            """
        )
        suite.write(
            """
            @pytest.mark.parametrize("n", range(4))
            def test_it(model, n): spend(cpu=20)
            """
        )
        ran = suite.run_apart("--scer-output=report.json", "-pxdist", "-n2", "--dist=each")
        (finding,) = found(ran, "rebuilt fixture")
        assert "was built 2 times in 2 workers" in finding["text"]
        assert finding["remedy"].startswith(remedy)


SETUP = """
@pytest.fixture{scope}
def model(): spend(cpu=10)

@pytest.mark.parametrize("n", range(3))
def test_it(model, n): spend(cpu=20)
"""


class TestRepeatedSetup:
    def test_a_fixture_of_each_test(self, suite: Suite) -> None:
        (finding,) = found(suite.measure(SETUP.format(scope="")), "repeated setup")
        assert finding["value"] == 20
        assert len(finding["nodeids"]) == 3
        assert finding["remedy"] == '@pytest.fixture(scope="module")'

    def test_one_of_the_module_is_none(self, suite: Suite) -> None:
        ran = suite.measure(SETUP.format(scope="(scope='module')"))
        assert not found(ran, "repeated setup")

    def test_nor_is_that_of_one_test(self, suite: Suite) -> None:
        ran = suite.measure(SETUP.format(scope=""), "-k", "1")
        assert not found(ran, "repeated setup")


USED = """
@pytest.fixture(scope="session")
def data(): spend(cpu=30)
def test_uses(data): spend(cpu={used})
def test_does_not(): spend(cpu=100)
"""


class TestCostlyFixture:
    def test_one_that_costs_more_than_its_tests(self, suite: Suite) -> None:
        (finding,) = found(suite.measure(USED.format(used=20)), "costly fixture")
        assert finding["value"] == 30
        assert finding["text"] == ("fixture data (session) used 30 J, more than its 1 test (20 J)")
        assert finding["remedy"].startswith('request.config.cache.mkdir("data")')

    def test_one_that_costs_less_is_none(self, suite: Suite) -> None:
        assert not found(suite.measure(USED.format(used=40)), "costly fixture")

    def test_nor_is_one_that_no_test_names(self, suite: Suite) -> None:
        ran = suite.measure(
            """
            @pytest.fixture(scope="session")
            def data(): spend(cpu=30)
            def test_it(request): request.getfixturevalue("data")
            """
        )
        assert not found(ran, "costly fixture")


PARAMETERS = """
@pytest.mark.parametrize("joules", {values})
def test_it(joules): spend(cpu=joules)
"""


class TestCostlyParameters:
    def test_one_that_costs_a_multiple(self, suite: Suite) -> None:
        ran = suite.measure(PARAMETERS.format(values=[4, 4, 20, 5]))
        (finding,) = found(ran, "costly parameters")
        assert names(finding) == ["test_it[20]"]
        assert finding["value"] == 16
        assert "the median of its 3 siblings is 4.0 J, 5 times as much" in finding["text"]

    @pytest.mark.parametrize("values", [[4, 4, 11, 5], [4, 20], [0.1, 0.1, 0.9]])
    def test_little_more_or_two_are_none(self, suite: Suite, values: list[float]) -> None:
        ran = suite.measure(PARAMETERS.format(values=values))
        assert not found(ran, "costly parameters")


class TestFailures:
    @pytest.mark.parametrize(
        ("kind", "statement"), [("failed tests", "assert 0"), ("late skips", "pytest.skip('no')")]
    )
    def test_what_was_for_nothing(self, suite: Suite, kind: str, statement: str) -> None:
        source = f"""
        def test_it():
            {{before}}
            {statement}
            {{after}}
        def test_other(): spend(cpu=10)
        """
        ran = suite.measure(source.format(before="spend(cpu=10)", after=""))
        (finding,) = found(ran, kind)
        assert names(finding) == ["test_it"]
        assert finding["value"] == 10
        ran = suite.measure(source.format(before="", after="spend(cpu=10)"))
        assert not found(ran, kind)

    def test_a_test_over_budget_is_not_a_failed_one(self, suite: Suite) -> None:
        ran = suite.measure("def test_it(): spend(cpu=10)", "--scer-test-budget=5 J")
        ran.passed(failed=1)
        assert not found(ran, "failed tests")
        (finding,) = found(ran, "over budget")
        assert finding["text"] == "over budget: 10 J, limit 5 J"
        assert finding["remedy"].startswith('--scer-test-budget "12 J"')

    def test_several_tests_over_budget_are_one_finding(self, suite: Suite) -> None:
        costs = PARAMETERS.format(values=[10, 20, 30, 40, 1])
        (finding,) = found(suite.measure(costs, "--scer-test-budget=5 J"), "over budget")
        assert names(finding) == ["test_it[40]", "test_it[30]", "test_it[20]", "test_it[10]"]
        assert finding["text"] == (
            "4 tests over budget: 100 J; limits that would be met, with 20% headroom: "
            "48 J, 36 J, 24 J and 1 more"
        )
        assert finding["remedy"].startswith("pytest-scer suggest report.json")

    @pytest.mark.parametrize("cost", [10, 0.5])
    def test_attempts_that_were_rerun(self, suite: Suite, cost: float) -> None:
        pytest.importorskip("pytest_rerunfailures")
        source = f"""
        outcomes = iter([False, True])
        def test_it():
            spend(cpu={cost})
            assert next(outcomes)
        """
        findings = found(suite.measure(source, "-prerunfailures", "--reruns=1"), "reruns")
        assert [each["value"] for each in findings] == ([10] if cost == 10 else [])


def test_a_gpu_that_is_idle(suite: Suite) -> None:
    suite.conftest(
        """
        simulation.meter = simulation.SimulatedMeter(
            {"cpu": 5.0, "gpu": 30.0}, clock=simulation.clock
        )
        def pytest_collection_finish(): simulation.wait(2)
        """
    )
    source = """
    import simulation
    def test_it():
        wait(2)
        simulation.meter.spend(gpu={joules})
    """
    (finding,) = found(suite.measure(source.format(joules=1)), "idle GPU")
    assert finding["value"] == pytest.approx(2 * 2 * 30 + 1)
    assert finding["text"].startswith("the GPU drew 30 W during the tests, as between them")
    assert not found(suite.measure(source.format(joules=20)), "idle GPU")


BUDGET = """
@pytest.mark.parametrize("joules", [2, {most}])
@pytest.mark.scer("{limit}")
def test_it(joules): spend(cpu=joules)
"""


class TestBudgets:
    def test_one_that_is_far_above_the_need(self, suite: Suite) -> None:
        (finding,) = found(suite.measure(BUDGET.format(most=10, limit="100 J")), "loose budget")
        assert names(finding) == ["test_it[10]"]
        assert finding["remedy"] == '@pytest.mark.scer("12 J")'
        assert finding["text"].startswith("the limit of 100 J is 10 times what the most expensive")

    def test_one_that_its_most_expensive_test_needs_is_none(self, suite: Suite) -> None:
        ran = suite.measure(BUDGET.format(most=11, limit="100 J"))
        assert not found(ran, "loose budget")

    def test_the_default_of_all_tests_is_judged_by_the_most_expensive(self, suite: Suite) -> None:
        ran = suite.measure(PARAMETERS.format(values=[1, 11]), "--scer-test-budget=100 J")
        assert not found(ran, "loose budget")
        suite.ini("scer_budgets = *[[]* = 1 kJ\n  test_it.py* = 1 kJ")
        (finding,) = found(suite.run("--scer-output=report.json"), "loose budget")
        assert finding["remedy"] == "test_it.py* = 14 J"

    NOISY = "simulation.meter.noise_j = 1.0"
    NEAR = """
    @pytest.mark.scer("10 J", covers="{covers}")
    def test_it(): spend(cpu={cost})
    """

    def test_a_verdict_that_repeats_would_decide(self, suite: Suite) -> None:
        suite.conftest(MODELLED)
        ran = suite.measure(self.NEAR.format(cost=8.15, covers="call"))
        (finding,) = found(ran, "unconfirmed")
        assert finding["remedy"] == "--scer-confirm 20"
        assert not found(ran, "tight budget")

    def test_one_that_they_would_not(self, suite: Suite) -> None:
        suite.conftest(MODELLED)
        for ran in (
            suite.measure(self.NEAR.format(cost=8.15, covers="call"), "--scer-confirm=3"),
            suite.measure(self.NEAR.format(cost=8.15, covers="all")),
        ):
            (finding,) = found(ran, "tight budget")
            assert finding["remedy"].startswith('@pytest.mark.scer("1')
            assert not found(ran, "unconfirmed")

    def test_the_steps_of_the_meter_stay(self, suite: Suite) -> None:
        suite.conftest(self.NOISY)
        ran = suite.measure(self.NEAR.format(cost=9.5, covers="call"))
        assert found(ran, "tight budget")
        assert not found(ran, "unconfirmed")

    def test_one_that_is_clear_is_neither(self, suite: Suite) -> None:
        suite.conftest(self.NOISY)
        ran = suite.measure(self.NEAR.format(cost=5, covers="call"))
        assert not found(ran, "unconfirmed")
        assert not found(ran, "tight budget")


class TestUnusedBudgets:
    SOURCE = """
    @pytest.mark.slow
    @pytest.mark.scer(model="gpt2")
    def test_generate(): spend(cpu=1)
    def test_other(): spend(cpu=1)
    """
    CONFTEST = """
    def pytest_configure(config): config.addinivalue_line("markers", "slow: x")
    """

    def measure(self, suite: Suite, rule: str, *options: str) -> list[Json]:
        suite.conftest(self.CONFTEST)
        suite.ini(f"scer_budgets = {rule}")
        return found(suite.measure(self.SOURCE, *options), "unused budget")

    @pytest.mark.parametrize(
        "rule",
        ["test_it.py::test_generated = 5 J", "mark:slw = 5 J", "model:gpt3* = 5 J", "x/* = 5 J"],
    )
    def test_a_line_that_matches_nothing(self, suite: Suite, rule: str) -> None:
        (finding,) = self.measure(suite, rule)
        assert finding["severity"] == "warning"
        assert "none of 2 tests matches" in finding["text"]
        assert finding["value"] == 2

    def test_the_most_similar_test_is_the_remedy(self, suite: Suite) -> None:
        (finding,) = self.measure(suite, "test_it.py::test_genrate = 5 J")
        assert finding["remedy"] == "test_it.py::test_generate = 5 J"

    @pytest.mark.parametrize(
        "rule",
        ["*::test_generate = 5 J", "mark:slow = 5 J", "model:gpt* = 5 J"],
    )
    def test_one_that_matches_is_none(self, suite: Suite, rule: str) -> None:
        assert not self.measure(suite, rule)

    @pytest.mark.parametrize(
        "options", ["-k other", "test_it.py::test_other", "--deselect=test_it.py::test_generate",
                    "--ignore=elsewhere", "--maxfail=1 --scer-test-budget=0.5J"]
    )  # fmt: skip
    def test_a_part_of_the_suite_says_nothing(self, suite: Suite, options: str) -> None:
        assert not self.measure(suite, "mark:slw = 5 J", *options.split())

    @pytest.mark.parametrize(
        ("rule", "is_found"),
        [
            ("test_it.py::test_no = 5 J", True),
            ("test_it.py::*no* = 5 J", True),
            ("test_else.py::test_no = 5 J", False),
            ("mark:slw = 5 J", False),
            ("*::test_no = 5 J", False),
        ],
    )
    def test_a_file_says_something_about_its_tests(
        self, suite: Suite, rule: str, is_found: bool
    ) -> None:
        assert bool(self.measure(suite, rule, "test_it.py")) is is_found

    def test_a_suite_without_tests_says_nothing(self, suite: Suite) -> None:
        suite.ini("scer_budgets = *::test_no = 5 J")
        ran = suite.measure("")
        assert ran.exit_status == 5
        assert not found(ran, "unused budget")

    @pytest.mark.parametrize("options", [(), ("-k", "other")])
    def test_so_it_is_with_workers(self, suite: Suite, options: tuple[str, ...]) -> None:
        pytest.importorskip("xdist")
        suite.conftest(self.CONFTEST)
        suite.ini("scer_budgets = mark:slw = 5 J")
        suite.write(self.SOURCE)
        ran = suite.run_apart("--scer-output=report.json", "-pxdist", "-n2", *options)
        assert bool(found(ran, "unused budget")) is not bool(options)


COUNTED = """
@pytest.mark.scer({marker})
def test_it(carbon):
    spend(cpu=10)
    {count}
"""


class TestNothingCounted:
    def test_a_budget_that_is_not_checked(self, suite: Suite) -> None:
        ran = suite.measure(COUNTED.format(marker='"1 J per token"', count=""))
        (finding,) = found(ran, "nothing counted")
        assert finding["remedy"] == "carbon.count(tokens=...)"
        assert finding["severity"] == "warning"
        assert (finding["value"], finding["unit"]) == (1, "budgets")
        assert "(10 J)" in finding["text"]

    def test_a_model_without_a_score(self, suite: Suite) -> None:
        ran = suite.measure(COUNTED.format(marker='model="m"', count=""))
        (finding,) = found(ran, "nothing counted")
        assert finding["remedy"].startswith("carbon.count(predictions=...)")

    @pytest.mark.parametrize("marker", ['"1 J per token"', 'model="m"', ""])
    def test_those_that_count_or_need_not_are_none(self, suite: Suite, marker: str) -> None:
        count = "carbon.count(tokens=10)" if marker else ""
        ran = suite.measure(COUNTED.format(marker=marker, count=count))
        assert not found(ran, "nothing counted")


def test_the_location_is_given_or_found(suite: Suite) -> None:
    suite.conftest(grid=False)
    (finding,) = found(suite.measure("def test_it(): spend(cpu=10)"), "location")
    assert finding["unit"] == "gCO2e per kWh"
    ran = suite.run("--scer-output=report.json", "--scer-country=FRA")
    assert not found(ran, "location")


def test_the_gates_own_cost(suite: Suite) -> None:
    suite.conftest(TestBudgets.NOISY)
    source = """
    @pytest.mark.scer("10 J")
    def test_it(): spend(cpu=9.5)
    def test_other(): spend(cpu={other})
    """
    ran = suite.measure(source.format(other=1), "--scer-confirm=3")
    (finding,) = found(ran, "gate cost")
    assert finding["value"] == ran.json["totals"]["confirming_energy_j"]
    assert not found(suite.measure(source.format(other=200), "--scer-confirm=3"), "gate cost")


class TestOthersRules:
    RULE = """
    from pytest_scer.report.model import Finding

    def idle_night(report):
        yield Finding("night", "only at night", [], "hint", "--at-night", 3.0, "J")

    def broken(report):
        yield Finding("night", "half of it")
        raise RuntimeError("no such key")

    def pytest_scer_finding_rules(config):
        {body}
    """

    def test_they_find_what_they_find(self, suite: Suite) -> None:
        suite.conftest(self.RULE.format(body="return [idle_night]"))
        (finding,) = found(suite.measure("def test_it(): pass"), "night")
        assert finding["text"] == "only at night"

    @pytest.mark.parametrize(
        ("body", "warned"),
        [
            ("return [broken]", "conftest.broken failed: RuntimeError('no such key')"),
            ("return [lambda report: ['text']]", "TypeError(\"'text' is not a Finding\")"),
            ("return 5", "the hook pytest_scer_finding_rules failed: TypeError"),
            ("raise ValueError('x')", "the hook pytest_scer_finding_rules failed: ValueError('x')"),
            (
                "return [lambda report: [Finding('night', 'x', severity='bad')]]",
                "severity 'bad' is unknown",
            ),
        ],
    )
    def test_one_that_fails_is_a_warning(self, suite: Suite, body: str, warned: str) -> None:
        suite.conftest(self.RULE.format(body=body))
        ran = suite.measure("def test_it(): pass")
        ran.passed(passed=1)
        assert ran.exit_status == 0
        assert any(warned in warning for warning in ran.json["warnings"]), ran.json["warnings"]
        assert "night" not in {each["kind"] for each in ran.json["findings"]}
