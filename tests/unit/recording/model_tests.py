"""A test that calls models, on a meter that charges a joule and a second for each reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_scer.config.marker import Marker
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.model_calls import ModelCall
from pytest_scer.core.repeats import RepeatPlan
from pytest_scer.core.uncertainty import QUIET, Noise
from pytest_scer.models.counting import Prefixes
from pytest_scer.recording.runner import Runner
from pytest_scer.recording.session import Session
from pytest_scer.recording.testrun import TestRun


class Clock:
    """Counts readings; what spends more moves it on."""

    def __init__(self) -> None:
        self.now = 0.0

    def read(self, *, force: bool = False) -> Reading:
        self.now += 1
        return Reading(self.now, self.now, self.now, None, None)


def runner(
    clock: Clock,
    plan: RepeatPlan | None = None,
    marker: Marker | None = None,
    noise: Noise = QUIET,
) -> Runner:
    """Runs parts of a new test."""
    session = Session(clock.read, Conversion(360.0), lambda _: noise)
    test = TestRun("t.py::test_it", marker or Marker(), (), session, 1)
    return Runner(test, plan or RepeatPlan(min_time_s=0.0, max_time_s=1e6))


class Model:
    """Something that a session can call for the first time."""

    def modules(self) -> list[Any]:
        return []


class Task:
    """A call of a model; each run spends what it is told to, and counts as many tokens."""

    task = "generation"

    def __init__(self, clock: Clock, model: Any = None, costs: list[float] | None = None) -> None:
        self.clock = clock
        self.model = model or Model()
        self.costs = [10.0] if costs is None else costs
        self.did: list[str] = []
        self.prompt = [1, 2, 3]
        self.fails: Callable[[], Any] | None = None
        self.compiled: list[Measurement] = []

    def keep_inputs(self) -> None:
        self.did.append("keep")

    def warm_up(self) -> None:
        self.did.append("warm up")
        self.clock.now += 100

    def count_flops(self) -> None:
        self.did.append("flops")
        self.clock.now += 1000

    def run(self, read: Callable[[], Reading]) -> Any:
        self.did.append("run")
        start, first = read(), read()
        self.clock.now += self.costs[min(self.did.count("run"), len(self.costs)) - 1]
        return Run(start, first, read())

    def call_of(self, run: Run, prefixes: Prefixes | None) -> ModelCall:
        if self.fails is not None:
            self.fails()
        whole = Measurement.between(run.start, run.end)
        units = {"token": whole.duration_s, "request": 1.0}
        return ModelCall(
            self.task,
            whole,
            units,
            prefill=Measurement.between(run.start, run.first),
            decode=Measurement.between(run.first, run.end),
            compilations=self.compiled,
            shared_prefix_tokens=0 if prefixes is None else prefixes.shared([self.prompt]),
        )


class Run:
    """What a run was measured by; the user gets its output."""

    output = "output"

    def __init__(self, start: Reading, first: Reading, end: Reading) -> None:
        self.start, self.first, self.end = start, first, end
