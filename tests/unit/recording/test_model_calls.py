"""How calls of models are run, counted and recorded, without a model."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from recording.model_tests import Clock, Model, Task, runner

from pytest_scer.config.marker import Marker
from pytest_scer.core.budget import Budget
from pytest_scer.core.judgement import Limit, Verdict
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.repeats import RepeatPlan
from pytest_scer.core.scatter import Scatter
from pytest_scer.core.uncertainty import Noise
from pytest_scer.recording.entries import entry_of_test
from pytest_scer.recording.model_calls import Repeats, measured_call, plan_of
from pytest_scer.recording.runner import Runner
from pytest_scer.report.model import SectionEntry, TestEntry

NOTHING_MORE: dict[str, Any] = {"repeats": None, "warmup": None, "flops": False}


def call(made: Runner, task: Task, **more: Any) -> Any:
    return measured_call(made, task, **{**NOTHING_MORE, **more})


def entry(made: Runner) -> TestEntry:
    return entry_of_test(made.test, "master", "h0")


def sections(made: Runner) -> dict[str, SectionEntry]:
    return {each.name: each for each in entry(made).sections}


@pytest.mark.parametrize(
    ("repeats", "warmup", "expected"),
    [
        (None, None, (1, 0, 0.0)),  # once, whatever is usual
        (None, 2, (1, 2, 0.0)),
        (3, None, (3, 1, 0.0)),
        (3, 0, (3, 0, 0.0)),
        ("auto", None, ("auto", 1, 0.5)),
    ],
)
def test_how_often_a_model_is_called(
    repeats: Repeats, warmup: int | None, expected: tuple[Any, ...]
) -> None:
    plan = plan_of(RepeatPlan(), repeats, warmup)
    assert (plan.repeats, plan.warmup, plan.min_time_s) == expected


def test_repeats_of_the_test_count_where_the_call_says_nothing() -> None:
    plan = RepeatPlan(repeats=5)
    assert plan_of(plan, None, None) == plan
    assert plan_of(plan, 1, None) == replace(plan, repeats=1, min_time_s=0.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"repeats": 0}, "repeats is 0, expected a whole number of at least 1, or 'auto'"),
        ({"repeats": "often"}, "repeats is 'often', expected"),
        ({"warmup": -1}, "warmup is -1, expected a whole number of at least 0"),
        ({"warmup": 1.5}, "warmup is 1.5, expected a whole number"),
    ],
)
def test_a_wrong_number_is_refused_before_anything_runs(
    wrong: dict[str, Any], message: str
) -> None:
    clock = Clock()
    task = Task(clock)
    with pytest.raises(ValueError, match=re.escape(message)):
        call(runner(clock), task, **wrong)
    assert task.did == []


def test_a_call_with_its_units_sections_and_first_call() -> None:
    clock = Clock()
    made, task = runner(clock), Task(clock)
    assert call(made, task) == "output"
    assert task.did == ["warm up", "run"]
    test, found = made.test, sections(made)
    assert [each.measurement.cpu_j for each in test.calls] == [12]  # not the readings around it
    # Readings: one at the first token, one at the end, and 10 J in between.
    assert test.counted_units() == {"token": 12, "request": 1}
    assert test.measured_here() is None  # there is no call stage in this test
    (only,) = entry(made).model_calls
    assert only.measurement.cpu_j == 12
    assert only.first_call is not None
    assert only.first_call.cpu_j == 101
    energy = {name: each.measurement.cpu_j for name, each in found.items()}
    assert energy == {"first call": 101, "prefill": 1, "decode": 11}
    assert found["prefill"].units == found["decode"].units == {"token": 12, "request": 1}
    assert found["first call"].units == {}


def test_only_the_first_call_of_a_model_is_warmed_up() -> None:
    clock, model = Clock(), Model()
    made = runner(clock)
    tasks = [Task(clock, model) for _ in range(2)]
    for task in tasks:
        call(made, task)
    assert [task.did for task in tasks] == [["warm up", "run"], ["run"]]
    assert [each.first_call is None for each in entry(made).model_calls] == [False, True]


@pytest.mark.parametrize("model", [[], len], ids=["a list", "a function"])
def test_what_is_no_module_is_not_warmed_up(model: Any) -> None:
    clock = Clock()
    task = Task(clock, model)
    task.model = model
    call(runner(clock), task)
    assert task.did == ["run"]


def test_an_error_of_the_warm_up_is_none_of_the_call() -> None:
    def fail() -> None:
        raise ValueError("other inputs")

    clock = Clock()
    made, task = runner(clock), Task(clock)
    task.warm_up = fail  # type: ignore[method-assign]
    assert call(made, task) == "output"


def test_repeats_are_one_call_with_its_median() -> None:
    clock = Clock()
    made, task = runner(clock), Task(clock, costs=[99.0, 30.0, 10.0, 20.0])
    call(made, task, repeats=3, warmup=1)
    (only,) = entry(made).model_calls
    assert (only.runs, only.measurement.cpu_j) == (3, 22)
    assert task.did == ["keep", "warm up", *["run"] * 4]
    assert made.test.counted_units() == {"token": 22, "request": 1}
    decode = sections(made)["decode"].measurement
    assert (decode.run_count, decode.cpu_j) == (3, 21)  # without the warm-up
    assert only.shared_prefix_tokens == 0


def test_a_later_call_has_read_the_prompt_before() -> None:
    clock = Clock()
    made, task = runner(clock), Task(clock)
    for _ in range(2):
        call(made, task, repeats=2)
    assert [each.shared_prefix_tokens for each in entry(made).model_calls] == [0, 3]


def test_compilations_are_first_call_costs_and_a_section() -> None:
    clock, compiling = Clock(), Measurement(7.0, 7.0, 7.0, None, None, 0.0)
    made, task = runner(clock), Task(clock)
    task.compiled = [compiling, compiling]
    call(made, task)
    (only,) = entry(made).model_calls
    assert only.first_call is not None
    assert only.first_call.cpu_j == 101 + 14
    assert sections(made)["compilation"].measurement.cpu_j == 14


def test_the_peak_of_memory_is_that_of_the_call() -> None:
    class Peaks:
        def begin(self) -> None:
            task.did.append("begin")

        def end(self) -> dict[str, int]:
            return {"cuda:0": 5}

    clock = Clock()
    made, task = runner(clock), Task(clock)
    vars(made.test)["peaks"] = Peaks()
    call(made, task)
    assert task.did == ["warm up", "begin", "run"]
    assert entry(made).model_calls[0].facts.peak_memory == {"cuda:0": 5}


def test_figures_have_the_noise_between_sessions() -> None:
    clock = Clock()
    noise = Noise.of_total(Scatter(0.1, 0.1), "a test")
    made = runner(clock, noise=noise)
    call(made, Task(clock))
    (only,) = entry(made).model_calls
    for part in (only.measurement, only.prefill, only.decode, only.first_call):
        assert part is not None
        assert part.uncertainty_j


def test_flops_are_counted_in_an_extra_run_that_is_apart() -> None:
    clock = Clock()
    made, task = runner(clock), Task(clock)
    call(made, task, flops=True)
    assert task.did == ["keep", "warm up", "flops", "run"]
    assert sections(made)["counting FLOPs"].measurement.cpu_j == 1001
    assert entry(made).model_calls[0].measurement.cpu_j == 12


def test_units_of_an_enclosing_section_and_of_the_test() -> None:
    clock = Clock()
    made, task = runner(clock), Task(clock)
    with made.measure("all"):
        call(made, task, repeats=2, warmup=0)
    assert sections(made)["all"].units == {"token": 12, "request": 1}
    assert made.test.counted_units() == {"token": 12, "request": 1}
    assert sections(made)["decode"].parent == "all"


def test_a_function_that_is_repeated_makes_one_call_at_each_place() -> None:
    clock = Clock()
    made = runner(clock, RepeatPlan(4, 1, 0.0, 1e6))
    short, long = Task(clock), Task(clock, costs=[9.0, 50.0, 20.0, 30.0, 40.0])

    def answer() -> None:
        call(made, short)
        call(made, long)

    made.repeat(answer, "answer")
    found = [(each.measurement.cpu_j, each.runs) for each in entry(made).model_calls]
    assert found == [(12, 4), (32, 4)]
    assert made.test.counted_units() == {"token": 49, "request": 2}  # of the middle two runs
    # The second call of a run has read the prompt before; the next run reads it on purpose.
    assert [each.shared_prefix_tokens for each in entry(made).model_calls] == [0, 3]


def test_calls_in_a_nested_repetition_have_their_places_too() -> None:
    clock = Clock()
    made = runner(clock, RepeatPlan(2, 0, 0.0, 1e6))
    task = Task(clock)
    for _ in range(2):
        made.repeat(lambda: made.repeat(lambda: call(made, task), "inner"), "outer")
    assert [each.runs for each in entry(made).model_calls] == [4, 4]


def test_what_cannot_be_counted_is_said_and_measured() -> None:
    def fail() -> None:
        raise KeyError("odd\nand long")

    clock = Clock()
    limit = Limit(Budget.parse("1 J per token"), "the test")
    made = runner(clock, marker=Marker(limits=(limit,)))
    task = Task(clock)
    task.fails = fail
    assert call(made, task) == "output"
    (only,) = entry(made).model_calls
    assert only.problem == "nothing was counted: KeyError: 'odd\\nand long'"
    assert (only.task, only.units) == ("generation", {})
    assert only.measurement.complete
    made.test.stages["call"] = made.test.stages.get("call", only)  # type: ignore[arg-type]
    (judged,) = made.test.judge()
    assert (judged.verdict, judged.reason) == (Verdict.UNMEASURED, only.problem)


def test_an_error_of_the_model_is_the_tests() -> None:
    def fail(_: Callable[[], Any]) -> Any:
        raise RuntimeError("out of memory")

    clock = Clock()
    made, task = runner(clock), Task(clock)
    task.run = fail  # type: ignore[assignment, method-assign]
    with pytest.raises(RuntimeError, match="out of memory"):
        call(made, task)
    assert entry(made).model_calls == []
    assert not made.is_repeating
