"""Calls of models in a test: measured in parts, counted, and recorded."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Literal, Protocol

from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.model_calls import ModelCall, median_call, total_of
from pytest_scer.core.repeats import RepeatPlan
from pytest_scer.core.text import printable
from pytest_scer.models.counting import Prefixes
from pytest_scer.models.warming import is_compiled
from pytest_scer.recording.runner import Runner
from pytest_scer.recording.torch_work import COMPILATION

FIRST_CALL: Final = "first call"
COUNTING_FLOPS: Final = "counting FLOPs"

Repeats = int | Literal["auto"] | None


class Task(Protocol):
    """A call of a model that can be measured: generation, a pipeline, an embedding."""

    @property
    def model(self) -> Any:
        """The model."""

    @property
    def task(self) -> str:
        """What it does, as :attr:`ModelCall.task` names it."""

    def keep_inputs(self) -> None:
        """Have each of several runs read the same inputs."""

    def warm_up(self) -> None:
        """Let the model do what it does only once, as cheaply as possible."""

    def count_flops(self) -> None:
        """Count the floating-point operations of one run, and count them in each."""

    def run(self, read: Callable[[], Reading]) -> Any:
        """Run it once; ``output`` of what it returns is what the user gets."""

    def call_of(self, run: Any, prefixes: Prefixes | None) -> ModelCall:
        """What a run did; without ``prefixes`` if it repeats another."""


def plan_of(plan: RepeatPlan, repeats: Repeats, warmup: int | None) -> RepeatPlan:
    """How often a model is called: once, unless the call, the marker or an option says otherwise.

    Args:
        plan: What the marker, the options or the defaults say.
        repeats: What the call says; None if nothing.
        warmup: The same for the warm-up.
    """
    if repeats is None and plan.repeats == 1:
        return replace(plan, warmup=warmup or 0, min_time_s=0.0)
    least_s = plan.min_time_s if repeats in (None, "auto") else 0.0
    return replace(
        plan,
        repeats=plan.repeats if repeats is None else repeats,
        warmup=plan.warmup if warmup is None else warmup,
        min_time_s=least_s,
    )


def measured_call(
    runner: Runner, task: Task, repeats: Repeats, warmup: int | None, *, flops: bool
) -> Any:
    """Run a call of a model as often as asked, and record it; returns what the user gets.

    Args:
        runner: Runs parts of the test.
        task: The call.
        repeats: How often to run it, if the call says so.
        warmup: The same for the warm-up.
        flops: Whether to count floating-point operations, in an extra run.
    """
    # A function that is repeated repeats what it calls.
    usual = replace(runner.plan, repeats=1) if runner.is_repeating else runner.plan
    plan = plan_of(usual, repeats, warmup)
    recorder = Recorder(runner, task)
    if flops or (plan.repeats, plan.warmup, plan.min_time_s) != (1, 0, 0.0):
        task.keep_inputs()
    recorder.first_call()
    if flops:
        recorder.count_flops()
    run = runner.repeat(recorder.run, task.task, plan, recorder.add)
    recorder.close()
    return run.output


class Recorder:
    """Records the runs of one call of a model."""

    def __init__(self, runner: Runner, task: Task) -> None:
        """Nothing ran yet.

        Args:
            runner: Runs parts of the test.
            task: The call.
        """
        self._runner = runner
        self._test = runner.test
        self._task = task
        self._calls: list[ModelCall] = []
        self._once: list[Measurement] = []
        self._peak_memory: dict[str, int] = {}
        self._prefixes: Prefixes | None = runner.prefixes
        self._shared_tokens = 0

    def read(self) -> Reading:
        """Take a reading after pending work on the GPUs has finished."""
        return self._test.session.read(force=True)

    @property
    def _is_kept(self) -> bool:
        """Whether what runs now is no part of a warm-up."""
        return not self._runner.is_warming_up

    def first_call(self) -> None:
        """Warm up a model that the session has not called yet, and measure that separately."""
        seen, model = self._test.session.models, self._task.model
        try:
            is_new = model not in seen
            seen.add(model)
        except TypeError:  # no weak reference to it, or no hash
            return
        if not is_new or is_compiled(model):
            return
        start = self.read()
        with suppress(Exception):  # a model with other inputs; the run itself shows an error
            self._task.warm_up()
        spent = Measurement.between(start, self.read())
        self._once.append(spent)
        self._test.add_apart(FIRST_CALL, spent, kept=self._is_kept)

    def count_flops(self) -> None:
        """Count the floating-point operations of a run, in an extra run."""
        start = self.read()
        self._task.count_flops()
        spent = Measurement.between(start, self.read())
        self._test.add_apart(COUNTING_FLOPS, spent, kept=self._is_kept)

    def run(self) -> Any:
        """Run the call once."""
        self._test.peaks.begin()
        try:
            return self._task.run(self.read)
        finally:
            self._peak_memory = self._test.peaks.end()

    def add(self, run: Any, measured: Measurement) -> Measurement:
        """Add a run; returns what it used without first-call costs.

        Args:
            run: The run.
            measured: What it used.
        """
        kept = self._is_kept
        try:
            call = self._task.call_of(run, self._prefixes)
        except Exception as error:
            line = str(error).partition("\n")[0]
            problem = printable(f"nothing was counted: {type(error).__name__}: {line}")
            call = ModelCall(self._task.task, measured, {}, problem=problem)
        if self._prefixes is not None:  # a repeat reads the same prompts on purpose
            self._prefixes, self._shared_tokens = None, call.shared_prefix_tokens
        call.shared_prefix_tokens = self._shared_tokens
        call.facts.peak_memory = self._peak_memory
        self._test.innermost_units.add(call.units)
        add = self._test.add_section
        compiling = total_of(call.compilations)
        if compiling is not None:
            self._once.append(compiling)
            self._test.add_apart(COMPILATION, compiling, kept=kept)
        if call.prefill is not None:
            inner = {} if call.tokenization is None else {"tokenization": call.tokenization}
            add("prefill", call.prefill, call.units, inner, kept=kept)
        if call.decode is not None:
            add("decode", call.decode, call.units, kept=kept)
        if kept:
            self._calls.append(call)
        return call.measurement

    def close(self) -> None:
        """Record the median run of the call, if one was measured."""
        if not self._calls:
            return
        call = median_call(self._calls)
        call.first_call = total_of(self._once)
        self._test.model_calls.append(call)
        if not self._runner.is_repeating and self._test.scopes.innermost is not None:
            self._test.innermost_units.add(call.units)
