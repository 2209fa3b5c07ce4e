"""What the gate measures again, for how long, and what it says of it."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

import pytest
from suite import MODELLED, Ran, Suite

from pytest_scer.baseline.gate import RULE
from pytest_scer.cli import main
from pytest_scer.recording import regressions, repeat_time
from pytest_scer.report.reading import read_report
from pytest_scer.report.schema import json_schema
from pytest_scer.system import System


@pytest.fixture
def suite(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Suite:
    monkeypatch.setattr(regressions, "APART_S", 0.0)
    return suite


def compared(suite: Suite, before: str, now: str, *args: str) -> Ran:
    """A session against a baseline of one."""
    suite.write(before)
    suite.run("--scer-save-baseline=b.json", "--scer-save-failed")
    return suite.measure(now, "--scer-baseline=b.json", *args)


SUBTESTS = """
import unittest
attempts = []
costs = {costs}

class TestIt(unittest.TestCase):
    def test_x(self):
        attempts.append(1)
        spend(cpu=costs.pop(0))
        for i in range(3):
            with self.subTest(i=i):
                assert len(attempts) != {fails_at} or i != 1
"""
SUBTESTS_OF_PYTEST = """
attempts = []
costs = {costs}

def test_x(subtests):
    attempts.append(1)
    spend(cpu=costs.pop(0))
    for i in range(3):
        with subtests.test(i=i):
            assert len(attempts) != {fails_at} or i != 1
"""
needs_pytest_9 = pytest.mark.skipif(
    pytest.version_tuple < (9,), reason="subtests came with pytest 9"
)


@needs_pytest_9
@pytest.mark.parametrize("source", [SUBTESTS, SUBTESTS_OF_PYTEST], ids=["unittest", "pytest"])
class TestSubtests:
    def test_repeats_do_not_report_them_again(self, suite: Suite, source: str) -> None:
        before = source.format(costs=[10], fails_at=0)
        now = source.format(costs=[20] * 4, fails_at=0)
        ran = compared(suite, before, now, "--scer-confirm=3", "-vv")
        assert ran.test("test_x")["baseline"]["confirmed"] == 3
        assert ran.text.count("SUBPASSED") == 3

    def test_one_that_fails_in_a_repeat_ends_the_repeats(self, suite: Suite, source: str) -> None:
        before = source.format(costs=[10], fails_at=0)
        now = source.format(costs=[20] * 4, fails_at=3)
        ran = compared(suite, before, now, "--scer-confirm=3", "--scer-fail-on=none")
        ran.passed(passed=1)
        assert ran.test("test_x")["baseline"]["confirmed"] == 1
        assert "a subtest failed" in str(ran.test("test_x")["baseline"])


def test_repeats_add_neither_properties_nor_warnings(suite: Suite) -> None:
    source = """
    import warnings
    costs = {costs}
    def test_x(record_property):
        record_property("left", len(costs))
        warnings.warn("once")
        spend(cpu=costs.pop(0))
    """
    options = ("-Wdefault", "--junitxml=junit.xml", "-ojunit_family=xunit1")
    before, now = (dedent(source.format(costs=costs)) for costs in ([10], [20] * 4))
    suite.write(before)
    suite.run("--scer-save-baseline=b.json", *options)
    ran = suite.measure(now, "--scer-baseline=b.json", "--scer-confirm=3", *options)
    assert ran.test("test_x")["baseline"]["confirmed"] == 3
    case = ET.parse(suite.path / "junit.xml").find(".//testcase")
    assert case is not None
    assert [each.get("value") for each in case.iter("property") if each.get("name") == "left"] == [
        "4"
    ]
    assert "1 failed, 1 warning" in ran.text


FIXTURES_THAT_WARN = """
import warnings
import pytest

costs = {costs}

@pytest.fixture
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
        warnings.warn("ignored")

@pytest.fixture
def loud():
    yield
    warnings.warn("at the end")

def test_x({fixture}): spend(cpu=costs.pop(0))
"""


@pytest.mark.parametrize(
    ("fixture", "filters", "shown"),
    [("quiet", "error", "1 failed in"), ("loud", "default", "1 failed, 1 warning in")],
)
def test_repeats_end_fixtures_as_usual(
    suite: Suite, fixture: str, filters: str, shown: str
) -> None:
    suite.write(FIXTURES_THAT_WARN.format(fixture=fixture, costs=[10]))
    suite.run("--scer-save-baseline=b.json", f"-W{filters}")
    now = FIXTURES_THAT_WARN.format(fixture=fixture, costs=[20] * 4)
    ran = suite.measure(now, "--scer-baseline=b.json", "--scer-confirm=3", f"-W{filters}")
    assert ran.test("test_x")["baseline"]["confirmed"] == 3
    assert shown in ran.text


COSTS = """
costs = {costs}
def test_x(): wait({seconds}); spend(cpu=costs.pop(0))
{more}
"""


def costing(*costs: float, seconds: float = 0, more: str = "") -> str:
    return COSTS.format(costs=list(costs), seconds=seconds, more=more)


class TestNeverCondemned:
    def test_a_test_whose_first_run_is_not_over(self, suite: Suite) -> None:
        ran = compared(suite, costing(10), costing(10.5, *[20] * 9), "--scer-confirm=9")
        ran.passed(passed=1)
        entry = ran.test("test_x")["baseline"]
        assert (entry["verdict"], entry["confirmed"]) == ("ok", 0)

    def test_one_whose_repeats_cost_more_than_it_did_is_judged_by_its_first_run(
        self, suite: Suite
    ) -> None:
        suite.conftest(MODELLED)
        ran = compared(suite, costing(10), costing(11.5, *[30] * 9), "--scer-confirm=9")
        ran.passed(passed=1, warnings=1)
        entry = ran.test("test_x")["baseline"]
        assert (entry["verdict"], entry["actual"]) == ("inconclusive", 11.5)
        assert any("the first run: it alone is judged" in note for note in entry["notes"])

    @pytest.mark.parametrize(
        ("seconds", "verdict"), [(0.1, "regression"), (0.012, "ok"), (0.0, "regression")]
    )
    def test_a_growth_of_less_than_5_ms_of_its_own_work(
        self, suite: Suite, seconds: float, verdict: str
    ) -> None:
        now = costing(*[13] * 4, seconds=seconds)
        ran = compared(suite, costing(10, seconds=seconds), now, "--scer-confirm=3")
        entry = ran.test("test_x")["baseline"]
        assert entry["verdict"] == verdict
        assert entry["confirmed"] == (3 if verdict == "regression" else 0)

    def test_one_under_the_users_floor_which_is_not_repeated_either(self, suite: Suite) -> None:
        ran = compared(
            suite, costing(10), costing(13), "--scer-max-regression=10% and 4 J",
            "--scer-confirm=3",
        )  # fmt: skip
        ran.passed(passed=1)
        assert ran.test("test_x")["baseline"]["confirmed"] == 0


class TestControls:
    """Tests that nobody suspects are measured again, too, once there is a suspect."""

    SUITE = """
    @pytest.mark.parametrize("index", range(6))
    def test_x(index):
        wait(0.05)
        meter.ran = getattr(meter, "ran", {{}})
        meter.ran[index] = meter.ran.get(index, 0) + 1
        again = meter.ran[index] > 1
        spend(cpu=10 * ({grown} if index in (0, 5) else 1) * ({again} if again else 1))

    def test_ran(): print("RAN", meter.ran); meter.ran = {{}}
    """

    def ran(self, suite: Suite, grown: float, again: float) -> Ran:
        before = self.SUITE.format(grown=1, again=1)
        now = self.SUITE.format(grown=grown, again=again)
        return compared(suite, before, now, "--scer-confirm=3", "-s")

    def test_where_nobody_is_suspected_there_are_none(self, suite: Suite) -> None:
        ran = self.ran(suite, 1, 1)
        ran.passed(passed=7)
        assert "RAN {0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1}" in ran.text

    def test_three_are_measured_again_and_judged_by_their_first_runs(self, suite: Suite) -> None:
        ran = self.ran(suite, 1.5, 1)
        ran.passed(passed=5, failed=2)
        assert "RAN {0: 4, 1: 4, 2: 4, 3: 4, 4: 1, 5: 4}" in ran.text
        entries = [ran.test(f"test_x[{index}]")["baseline"] for index in range(6)]
        assert [entry["confirmed"] for entry in entries] == [3, 0, 0, 0, 0, 3]

    def test_what_repeats_cost_more_there_is_noise_of_later_suspects(self, suite: Suite) -> None:
        plain = self.ran(suite, 1.3, 1).test("test_x[5]")["baseline"]
        entry = self.ran(suite, 1.3, 1.02).test("test_x[5]")["baseline"]
        assert plain["actual"] == pytest.approx(13)
        assert 13 < entry["actual"] < 1.02 * 13
        assert entry["noise"] > plain["noise"] + 0.003


class TestTime:
    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each repeat takes a second of it."""
        now = [0.0]

        def perf_counter() -> float:
            now[0] += 0.5
            return now[0]

        class Clock(System):
            pass

        monkeypatch.setattr(Clock, "perf_counter", perf_counter)
        monkeypatch.setattr(repeat_time, "System", Clock)

    SOURCE = """
    def test_a(): spend(cpu={joules})
    def test_b(): spend(cpu={joules})
    """

    @pytest.mark.parametrize(("seconds", "again"), [("1.5", [3, 0]), ("2", [3, 1]), ("0", [0, 0])])
    def test_all_tests_share_it(
        self, suite: Suite, clock: None, seconds: str, again: list[int]
    ) -> None:
        ran = compared(
            suite, self.SOURCE.format(joules=10), self.SOURCE.format(joules=14),
            "--scer-confirm=5", f"--scer-confirm-time={seconds}",
        )  # fmt: skip
        entries = [ran.test(name)["baseline"] for name in ("test_a", "test_b")]
        assert [entry["confirmed"] for entry in entries] == again
        done = "measured again once" if again[1] else "not measured again"
        assert entries[1]["reason"] == (
            f"{done}: the time for repeats is spent (--scer-confirm-time {seconds})"
        )
        assert [entry["verdict"] for entry in entries] == ["regression"] * 2

    def test_so_do_budgets(self, suite: Suite, clock: None) -> None:
        source = """
        @pytest.mark.scer("5 J")
        def test_x():
            meter.noise_j = 1.0
            spend(cpu=5)
        """
        ran = suite.measure(source, "--scer-confirm=6", "--scer-confirm-time=0.5")
        (budget,) = ran.test("test_x")["budgets"]
        assert "(--scer-confirm-time 0.5)" in budget["reason"]

    def test_it_is_announced_before_the_first_test(self, suite: Suite) -> None:
        ran = compared(suite, costing(10), costing(10), "--scer-confirm=5")
        ran.result.stdout.fnmatch_lines(
            [
                "collected 1 item",
                "pytest-scer: * measured again, each up to 5 times, for at most 120 s in all *",
                "test_it.py .*",
            ]
        )
        assert "measured again" not in suite.run("--scer-baseline=b.json").text

    def test_under_xdist_each_worker_has_it(self, suite: Suite) -> None:
        pytest.importorskip("xdist")
        suite.write(costing(10))
        text = suite.run_apart(
            "-pxdist", "-n2", "--scer-report", "--scer-confirm=5", "--scer-confirm-time=9"
        ).text
        assert "for at most 9 s in each of 2 workers (--scer-confirm" in text

    def test_bad_values_are_refused(self, suite: Suite) -> None:
        suite.write(costing(10))
        for value in ("-1", "soon", "inf"):
            assert suite.run(f"--scer-confirm-time={value}").exit_status == 4


class TestEnergy:
    """What the gate costs is the cost of no test, and no overhead."""

    BEFORE = """
    @pytest.fixture(scope="module")
    def wide(): spend(cpu=7); yield; spend(cpu=2)
    def test_a(wide): spend(cpu=10)
    def test_b(wide): spend(cpu=5)
    """
    NOW = BEFORE.replace("cpu=10", "cpu=14, ram=1")
    TESTS_J, FIXTURES_J, GATE_J = 20, 9, 3 * 15

    def check(self, ran: Ran) -> None:
        totals = ran.json["totals"]
        assert totals["tests_energy_j"] == self.TESTS_J
        assert totals["fixtures_energy_j"] == self.FIXTURES_J
        assert totals["confirming_energy_j"] == self.GATE_J
        parts = ("tests", "fixtures", "confirming", "overhead")
        assert totals["energy_j"]["total"] == sum(totals[f"{name}_energy_j"] for name in parts)

    def test_the_parts_add_up(self, suite: Suite) -> None:
        ran = compared(suite, self.BEFORE, self.NOW, "--scer-confirm=3")
        self.check(ran)
        assert ran.json["totals"]["overhead_energy_j"] == 0

    def test_so_they_do_under_xdist(self, suite: Suite) -> None:
        pytest.importorskip("xdist")
        suite.write(self.BEFORE)
        suite.run_apart("-pxdist", "-n1", "--scer-save-baseline=b.json")
        suite.write(self.NOW)
        ran = suite.run_apart(
            "-pxdist", "-n1", "--scer-baseline=b.json", "--scer-confirm=3",
            "--scer-output=report.json",
        )  # fmt: skip
        assert ran.exit_status == 1
        self.check(ran)

    def test_and_in_merged_reports(self, suite: Suite) -> None:
        ran = compared(suite, self.BEFORE, self.NOW, "--scer-confirm=3")
        data = json.loads(ran.path.read_text())
        data["session"]["id"] = "another"
        other = ran.path.with_name("other.json")
        other.write_text(json.dumps(data))
        out = ran.path.with_name("all.json")
        assert main(["merge", str(ran.path), str(other), "-o", str(out)]) == 0
        whole = read_report(out)
        assert whole.totals.confirming_energy_j == whole.confirming_energy_j == 2 * self.GATE_J
        assert whole.totals.overhead_energy_j == 0
        assert whole.totals.total_j == 2 * (self.TESTS_J + self.FIXTURES_J + self.GATE_J)

    def test_and_in_recovered_ones(self, suite: Suite) -> None:
        dies = "\ndef test_c(): __import__('os')._exit(3)"
        suite.write(self.BEFORE)
        suite.run("--scer-save-baseline=b.json")
        suite.write(self.NOW.rstrip() + dies.replace("\n", "\n    "))
        ran = suite.run_apart(
            "--scer-baseline=b.json", "--scer-confirm=3", "--scer-output=report.json"
        )
        assert ran.exit_status == 3
        journal = ran.path.with_name("report.json.journal")
        assert main(["recover", str(journal), "-o", str(ran.path)]) == 0
        totals = read_report(ran.path).totals
        assert totals.confirming_energy_j == self.GATE_J
        assert totals.tests_energy_j == self.TESTS_J

    def test_the_workload_is_the_gates_too(
        self, suite: Suite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from pytest_scer.baseline import reference

        def run(_: reference.Workload) -> None:
            import sys

            if "simulation" in sys.modules:
                sys.modules["simulation"].spend(cpu=2)

        monkeypatch.setattr(reference.Workload, "run_slice", run)
        monkeypatch.setattr(reference, "EVERY_S", 0.0)
        suite.write(costing(10))
        ran = suite.measure(costing(10), "--scer-save-baseline=b.json")
        totals = ran.json["totals"]
        assert totals["tests_energy_j"] == 10
        assert totals["confirming_energy_j"] >= 2 * 2 * (1 + reference.MEASURED)  # before and after
        assert totals["confirming_energy_j"] % 2 == 0


class TestWhatItSays:
    def test_an_improvement(self, suite: Suite) -> None:
        ran = compared(suite, costing(10), costing(5))
        ran.passed(passed=1)
        assert ran.test("test_x")["baseline"]["verdict"] == "improved"
        ran.result.stdout.fnmatch_lines(
            [
                "against b.json *",
                "  test_x * 10.0 J * 5.0 J * -50% * improved",
                "    1 run against 1 baseline run, cpu + ram",
                "  1 test compared: 1 improved",
            ]
        )

    def test_what_it_can_see(self, suite: Suite) -> None:
        ran = compared(suite, costing(10), costing(10))
        detectable = ran.test("test_x")["baseline"]["detectable"]
        assert 0.1 < detectable < 0.2
        assert f"a growth of {detectable:.0%} or more is found in 9 of 10 cases" in ran.text
        assert "warning" not in ran.text

    def test_that_it_sees_little_with_the_remedy(self, suite: Suite) -> None:
        suite.conftest(MODELLED)
        ran = compared(suite, costing(10), costing(10))
        assert ran.test("test_x")["baseline"]["detectable"] > 0.2
        ran.result.stdout.fnmatch_lines(
            ["  warning: a growth of *", "*to find less, use --scer-confirm 20 and a*"]
        )  # fmt: skip

    def test_that_joules_are_not_corrected(self, suite: Suite) -> None:
        suite.conftest(MODELLED)
        ran = compared(suite, costing(10), costing(14))  # the simulated workload costs nothing
        ran.result.stdout.fnmatch_lines(
            [
                "  test_x * 10.0 J * 14.0 J * +40% *",
                "    1 run against 1 baseline run, cpu + ram, not corrected for speed",
            ]
        )

    def test_the_rule_in_five_sentences(self, suite: Suite) -> None:
        def told(*args: str) -> str:
            ran = suite.run("--scer-report", "--scer-baseline=b.json", *args)
            return " ".join(ran.text.split())

        compared(suite, costing(10), costing(10))
        loud, quiet = told("-v"), told()
        for sentence in RULE:
            assert sentence in loud
            assert sentence not in quiet

    def test_its_json_fits_the_schemas(
        self, suite: Suite, capsys: pytest.CaptureFixture[str]
    ) -> None:
        jsonschema = pytest.importorskip("jsonschema")
        ran = compared(
            suite,
            costing(10, more="def test_y(): spend(cpu=5)"),
            costing(*[14] * 4, more="def test_y(): spend(cpu=1)"),
            "--scer-confirm=3",
        )
        schema = json_schema()
        validator = jsonschema.Draft202012Validator(schema)
        validator.validate(ran.json)
        head = read_report(ran.path)
        assert {test.baseline.verdict for test in head.tests if test.baseline} == {
            "regression",
            "improved",
        }
        capsys.readouterr()
        base = Path(ran.path).with_name("b.json")
        assert main(["compare", str(base), str(ran.path), "--format", "json"]) == 1
        compared_json = json.loads(capsys.readouterr().out)
        name = next(each for each in schema["$defs"] if each.strip("_") == "Baseline")
        of_entry = jsonschema.Draft202012Validator(
            {**schema["$defs"][name], "$defs": schema["$defs"]}
        )
        for entry in (compared_json["session"], *compared_json["tests"].values()):
            of_entry.validate(entry)
