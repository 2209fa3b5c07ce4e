"""The ``carbon`` fixture: repeats, sections, units, live figures, and what cannot be measured."""

from __future__ import annotations

import pytest
from suite import Suite

# What each run of the work uses, in order.
RUNS = """
def test_it(carbon):
    amounts = iter([{amounts}])
    def work(factor, *, tokens):
        spend(cpu=factor * next(amounts))
        wait(1)
        carbon.count(tokens=tokens)
        return "result"
    assert carbon(work, 1.0, tokens=4) == "result"
"""


# Repeats


def test_it_warms_up_and_repeats_and_the_budget_reads_the_median_run(suite: Suite) -> None:
    ran = suite.measure(
        "@pytest.mark.scer('30 J', '1 J per token', warmup=2, repeats=3, min_time=0)"
        + RUNS.format(amounts="100, 100, 10, 30, 20")
    )
    test = ran.test("test_it")
    assert ran.joules("test_it") == 20
    assert test["measurement"]["duration_s"] == 1
    assert [run["energy_j"]["total"] for run in test["measurement"]["runs"]] == [10, 30, 20]
    assert test["stages"]["call"]["energy_j"]["total"] == 260  # warm-up and repeats too
    assert test["units"] == {"token": 4}  # of one run
    assert [budget["actual"] for budget in test["budgets"]] == [20, 5]
    assert [budget["runs"] for budget in test["budgets"]] == [3, 3]
    assert test["measurement"]["uncertainty_j"] > 0  # the runs differ


def test_without_settings_it_warms_up_once_and_runs_half_a_second(suite: Suite) -> None:
    ran = suite.measure(
        """
        def test_it(carbon):
            def work(): spend(cpu=1); wait(0.25)
            carbon(work)
        """
    )
    test = ran.test("test_it")
    assert len(test["measurement"]["runs"]) == 2
    assert test["stages"]["call"]["duration_s"] == 0.75


@pytest.mark.parametrize(
    ("options", "marker", "runs", "warmups"),
    [
        ("--scer-repeats=3 --scer-warmup=0 --scer-min-time=0", "", 3, 0),
        ("--scer-repeats=3 --scer-min-time=0", "repeats=5, warmup=2", 5, 2),
        ("--scer-min-time=4", "", 4, 1),
        ("--scer-min-time=4", "min_time=6", 6, 1),
        ("--scer-repeats=99 --scer-max-time=5", "", 4, 1),  # warm-up included
        ("--scer-repeats=99 --scer-max-time=5", "max_time=8", 7, 1),
        ("--scer-max-time=0.5", "warmup=9", 1, 1),  # one run is always measured
    ],
)
def test_how_often_it_runs(
    suite: Suite, options: str, marker: str, runs: int, warmups: int
) -> None:
    ran = suite.measure(
        f"""
        @pytest.mark.scer({marker})
        def test_it(carbon):
            def work(): spend(cpu=1); wait(1)
            carbon(work)
        """,
        *options.split(),
    )
    test = ran.test("test_it")
    assert len(test["measurement"]["runs"]) == runs
    assert test["stages"]["call"]["energy_j"]["total"] == runs + warmups


@pytest.mark.parametrize(("limit", "verdict"), [("15 J", "ok"), ("5 J", "exceeded")])
def test_auto_goes_on_until_the_budget_is_decided(suite: Suite, limit: str, verdict: str) -> None:
    ran = suite.measure(
        f"""
        from itertools import cycle

        @pytest.mark.scer("{limit}", repeats="auto", min_time=0, max_time=1000)
        def test_it(carbon):
            amounts = cycle([10, 10.5, 9.5, 10.25, 9.75])
            def work(): spend(cpu=next(amounts)); wait(1)
            carbon(work)
        """
    )
    assert ran.verdicts("test_it") == [verdict]
    assert 3 <= len(ran.test("test_it")["measurement"]["runs"]) < 50


def test_auto_stops_when_the_time_is_spent(suite: Suite) -> None:
    ran = suite.measure(
        """
        from itertools import cycle

        @pytest.mark.scer("10 J", repeats="auto", max_time=20)
        def test_it(carbon):
            amounts = cycle([5, 15])
            def work(): spend(cpu=next(amounts)); wait(1)
            carbon(work)
        """
    )
    assert ran.verdicts("test_it") == ["inconclusive"]
    assert len(ran.test("test_it")["measurement"]["runs"]) == 19


def test_of_several_calls_the_budget_reads_the_sum(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer("6 J", "1 J per token")
        def test_it(carbon):
            def work(joules):
                spend(cpu=joules)
                wait(1)
                carbon.count(tokens=1)
            carbon(work, 2)
            carbon(work, 5)
            carbon.count(tokens=5)
        """
    )
    test = ran.test("test_it")
    assert ran.joules("test_it") == 7
    assert test["units"] == {"token": 7}
    assert [budget["verdict"] for budget in test["budgets"]] == ["exceeded", "ok"]


def test_an_exception_in_the_function_is_the_tests(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer("1 J")
        def test_it(carbon):
            def work():
                spend(cpu=5)
                wait(1)
                raise LookupError("in the model")
            with pytest.raises(LookupError):
                carbon(work)
            carbon.count(tokens=1)

        def test_unexpected(carbon):
            def work(): raise LookupError("in the model")
            carbon(work)
        """
    )
    ran.passed(failed=2)
    assert ran.joules("test_it") == 5  # no run was completed: the call is read
    assert ran.test("test_it")["units"] == {"token": 1}
    ran.result.stdout.fnmatch_lines(
        ["Over budget: 5.00 J > 1 J (5.0x)", "*LookupError: in the model"]
    )


@pytest.mark.parametrize("call", ["carbon(work)", "carbon()"])
def test_what_cannot_be_run_is_refused(suite: Suite, call: str) -> None:
    ran = suite.measure(
        f"""
        def test_it(carbon):
            async def work(): pass
            with pytest.raises(TypeError):
                {call}
        """
    )
    ran.passed(passed=1)


def test_arguments_may_have_any_name(suite: Suite) -> None:
    suite.measure(
        """
        def test_it(carbon):
            def work(**arguments):
                wait(1)
                return arguments
            assert carbon(work, self=1, fn=2, repeats=3) == {"self": 1, "fn": 2, "repeats": 3}
        """
    ).passed(passed=1)


# Sections


def test_sections_nest_and_add_up(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer(phase="training")
        def test_it(carbon):
            with carbon.measure("outer") as outer:
                spend(cpu=1)
                with carbon.measure("inner", phase="inference") as inner:
                    spend(ram=2)
                    wait(3)
                spend(cpu=4)
            assert inner.energy.ram == 2
            assert inner.energy.gpu is None
            assert outer.energy.total == 7
            assert outer.energy.cpu == 5
            assert outer.duration == inner.duration == 3
            assert outer.co2e == pytest.approx(7e-4)
        """
    )
    ran.passed(passed=1)
    outer, inner = ran.test("test_it")["sections"]
    assert (outer["name"], outer["phase"]) == ("outer", "training")
    assert (inner["name"], inner["phase"], inner["parent"]) == ("inner", "inference", "outer")
    assert outer["measurement"]["energy_j"]["total"] == 7
    assert inner["measurement"]["energy_j"]["total"] == 2


def test_the_same_name_again_is_another_run(suite: Suite) -> None:
    ran = suite.measure(
        """
        def test_it(carbon):
            for joules in (1, 50, 3):
                with carbon.measure("step"):
                    spend(cpu=joules)
                    carbon.count(tokens=10 * joules)
        """
    )
    (step,) = ran.test("test_it")["sections"]
    assert step["measurement"]["energy_j"]["total"] == 3  # the median run ...
    assert step["units"] == {"token": 30}  # ... and its units
    assert [run["energy_j"]["total"] for run in step["measurement"]["runs"]] == [1, 50, 3]
    assert ran.test("test_it")["units"] == {}
    assert ran.joules("test_it") == 54


def test_sections_of_a_warm_up_do_not_count(suite: Suite) -> None:
    ran = suite.measure(
        """
        def test_it(carbon):
            amounts = iter([100, 1, 3])
            def work():
                with carbon.measure("step"):
                    spend(cpu=next(amounts))
                wait(1)
            carbon(work)
        """,
        "--scer-repeats=2",
    )
    (step,) = ran.test("test_it")["sections"]
    assert [run["energy_j"]["total"] for run in step["measurement"]["runs"]] == [1, 3]


def test_a_section_that_raises_is_measured_all_the_same(suite: Suite) -> None:
    ran = suite.measure(
        """
        def test_it(carbon):
            with pytest.raises(KeyError), carbon.measure("outer"), carbon.measure("inner"):
                spend(cpu=2)
                raise KeyError
            carbon.count(tokens=1)
        """
    )
    ran.passed(passed=1)
    outer, inner = ran.test("test_it")["sections"]
    assert outer["measurement"]["energy_j"]["total"] == 2
    assert inner["measurement"]["energy_j"]["total"] == 2
    assert ran.test("test_it")["units"] == {"token": 1}  # both are closed


def test_a_section_of_a_generator_that_was_left_open_does_no_harm(suite: Suite) -> None:
    ran = suite.measure(
        """
        def test_it(carbon):
            def tokens():
                with carbon.measure("stream"):
                    spend(cpu=2)
                    yield 1
            with carbon.measure("outer"):
                stream = tokens()
                next(stream)
            carbon.count(tokens=1)
            stream.close()
            carbon.count(tokens=1)
        """
    )
    ran.passed(passed=1)
    assert ran.test("test_it")["units"] == {"token": 2}


def test_a_section_may_be_read_while_it_is_open(suite: Suite) -> None:
    suite.measure(
        """
        def test_it(carbon):
            with carbon.measure("epochs") as epochs:
                spend(cpu=1)
                assert epochs.energy.total == 1
                spend(cpu=1)
                assert epochs.energy.total == 2
            spend(cpu=1)
            assert epochs.energy.total == 2
        """
    ).passed(passed=1)


def test_an_unknown_phase_is_refused(suite: Suite) -> None:
    suite.measure(
        """
        def test_it(carbon):
            with pytest.raises(ValueError, match="expected 'training' or 'inference'"):
                with carbon.measure("prefill", phase="prefill"):
                    pass
        """
    ).passed(passed=1)


def test_a_fault_makes_a_section_not_a_number_and_no_zero(suite: Suite) -> None:
    ran = suite.measure(
        """
        import math

        def test_it(carbon):
            with carbon.measure("broken") as broken:
                meter.fail("the cable is out")
            meter.recover()
            assert math.isnan(broken.energy.total)
            assert math.isnan(broken.co2e)
            assert not broken.energy.total < 5
            assert broken.duration == 0
        """
    )
    ran.passed(passed=1)
    assert ran.test("test_it")["sections"][0]["measurement"]["energy_j"]["total"] is None


# Units


def test_units_are_kept_in_the_singular_in_the_innermost_section(suite: Suite) -> None:
    ran = suite.measure(
        """
        def test_it(carbon):
            carbon.count(tokens=5, queries=1)
            carbon.count(token=5)
            with carbon.measure("outer"):
                carbon.count(images=1)
                with carbon.measure("inner"):
                    carbon.count(images=2)
        """
    )
    test = ran.test("test_it")
    assert test["units"] == {"token": 10, "query": 1}
    assert [section["units"] for section in test["sections"]] == [{"image": 1}, {"image": 2}]


def test_counts_may_come_from_numpy(suite: Suite) -> None:
    ran = suite.measure(
        """
        import numpy

        def test_it(carbon):
            carbon.count(tokens=numpy.int64(3))
            carbon.count(tokens=numpy.float32(0.5))
        """
    )
    assert ran.test("test_it")["units"] == {"token": 3.5}


@pytest.mark.parametrize("count", ["-1", "float('nan')", "float('inf')"])
def test_a_count_that_is_no_count_is_refused(suite: Suite, count: str) -> None:
    suite.measure(
        f"""
        def test_it(carbon):
            with pytest.raises(ValueError, match="tokens="):
                carbon.count(tokens={count})
        """
    ).passed(passed=1)


@pytest.mark.parametrize("figure", ["float('nan')", "float('inf')"])
def test_a_quality_is_a_finite_figure(suite: Suite, figure: str) -> None:
    suite.measure(
        f"""
        def test_it(carbon):
            with pytest.raises(ValueError, match="accuracy="):
                carbon.quality(accuracy={figure})
        """
    ).passed(passed=1)


# Live figures, and no figures


def test_so_far_is_live(suite: Suite) -> None:
    suite.measure(
        """
        @pytest.fixture
        def prompt():
            spend(cpu=9)

        def test_it(prompt, carbon):
            assert carbon.so_far.energy.total == 0
            spend(cpu=5)
            wait(2)
            now = carbon.so_far
            spend(cpu=5)
            assert now.co2e == pytest.approx(5e-4)
            assert now.energy.total == 5
            assert now.duration == 2
            assert carbon.so_far.energy.total == 10

        @pytest.mark.scer(covers="all")
        def test_all(prompt, carbon):
            spend(cpu=1)
            assert carbon.so_far.energy.total == 10
        """
    ).passed(passed=2)


def test_unmeasured_needs_a_reason(suite: Suite) -> None:
    suite.measure(
        """
        def test_it(carbon):
            with pytest.raises(ValueError, match="reason"):
                carbon.unmeasured(" ")
        """
    ).passed(passed=1)


def test_unmeasured_takes_the_figure_whatever_was_repeated(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer("1 J")
        def test_it(carbon):
            def work(): spend(cpu=5); wait(1)
            carbon(work)
            carbon.unmeasured("hosted API")
        """
    )
    ran.passed(passed=1, warnings=1)
    assert ran.verdicts("test_it") == ["unmeasured"]
    assert ran.joules("test_it") is None


def test_the_fixture_is_for_tests_only(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.fixture(scope="module")
        def model(carbon): pass
        def test_it(model): pass
        """
    )
    ran.passed(errors=1)
    ran.result.stdout.fnmatch_lines(["*ScopeMismatch*"])


def test_a_function_scoped_fixture_may_use_it(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.fixture
        def counted(carbon):
            carbon.count(tokens=3)
            yield
            with carbon.measure("cleanup"):
                spend(cpu=1)

        def test_it(counted): spend(cpu=2)
        """
    )
    ran.passed(passed=1)
    assert ran.test("test_it")["units"] == {"token": 3}
    assert ran.test("test_it")["sections"][0]["measurement"]["energy_j"]["total"] == 1
