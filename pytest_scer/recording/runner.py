"""Run parts of a test, measured: sections, repeated calls, and variants that take turns."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, TypeVar

from pytest_scer.core.judgement import figure_of_run
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.repeats import RepeatPlan, Repeats
from pytest_scer.core.sections import Units, energy_figure
from pytest_scer.core.statistics import phase_shift_s
from pytest_scer.core.text import printable
from pytest_scer.models.counting import Prefixes
from pytest_scer.recording.interleaving import Variant, naming
from pytest_scer.recording.repeated import RepeatedCall
from pytest_scer.recording.section import Section
from pytest_scer.recording.testrun import TestRun
from pytest_scer.recording.torch_work import watching_torch
from pytest_scer.system import System

T = TypeVar("T")
Settle = Callable[[T, Measurement], Measurement]

LONG_RUN_TICKS: Final = 20
"""A run of at least this many counter ticks is not shifted: a tick is then at most 5 % of it."""


class Runner:
    """Runs parts of a test, and adds what they used to it."""

    def __init__(self, test: TestRun, plan: RepeatPlan) -> None:
        """Run nothing yet.

        Args:
            test: The test.
            plan: How often a repeated call runs.
        """
        self.test = test
        self.plan = plan
        self.prefixes = Prefixes()
        """The prompts that were read so far: in a repeated function, those of its run."""
        self._discarding = False
        self._depth = 0

    @property
    def is_repeating(self) -> bool:
        """Whether a run of a repeated call is open."""
        return self._depth > 0

    @property
    def is_warming_up(self) -> bool:
        """Whether a warm-up run is open, whose sections are left out."""
        return self._discarding

    def repeat(
        self,
        fn: Callable[[], T],
        name: str,
        plan: RepeatPlan | None = None,
        settle: Settle[T] | None = None,
    ) -> T:
        """Run ``fn`` until the plan is met; return the result of its last run.

        Args:
            fn: The function.
            name: Its name, for the line that shows progress.
            plan: How often to run it; None for the test's plan.
            settle: Returns what of a run counts, from its result and what it used; None if all of
                it does.
        """
        call = RepeatedCall()
        try:
            result = self._repeat(fn, name, plan or self.plan, settle, call)
        finally:
            self.test.session.progress.clear()
            self.keep_model_calls(call)
        self.add_call(call)
        return result

    def _repeat(
        self,
        fn: Callable[[], T],
        name: str,
        plan: RepeatPlan,
        settle: Settle[T] | None,
        call: RepeatedCall,
    ) -> T:
        test, progress = self.test, self.test.session.progress
        limits = [limit.budget for limit in test.marker.limits]
        # The last figure is the energy itself: every value is under an infinite limit.
        repeats = Repeats(plan, [*(budget.limit for budget in limits), math.inf])
        measured: Measurement | None = None
        for number in itertools.count():
            warming_up = repeats.warming_up
            run_name = "warm-up" if warming_up else f"run {len(call.runs) + 1}"
            progress.show(f"carbon({name}): {run_name}, for at most {plan.max_time_s:g} s")
            if measured is not None:
                self._shift_against_gpu_counter(number, measured.duration_s)
            result, measured, units = self._run(fn, call, settle, warming_up=warming_up)
            figures = [
                figure_of_run(budget, measured, units.counts, test.session.conversion)
                for budget in limits
            ]
            scatter = test.noise.of(measured)
            repeats.add(measured.duration_s, *figures, energy_figure(measured), scatter=scatter)
            if repeats.done:
                break
        call.figure = repeats.figures[-1]
        return result

    def take_turn(self, variant: Variant, *, is_warmup: bool) -> float:
        """Run a variant once, as a section of its name; return how long that took, in seconds.

        Its units count for the section and for the run around it. Counting them costs the variant
        nothing.

        Args:
            variant: The variant.
            is_warmup: Whether the run is not one that counts.
        """

        def run() -> Measurement:
            with self.measure(variant.name) as section:
                with naming(variant.name):
                    variant.result = variant.fn()
                section.close()
                variant.count(variant.result)
                counted = self.test.innermost_units.counts
            self.test.innermost_units.add(counted)
            return section.measurement

        if runs := variant.runs.runs:
            self._shift_against_gpu_counter(len(runs), runs[-1].measurement.duration_s)
        measured, _, _ = self._run(
            run, variant.runs, lambda section, _: section, warming_up=is_warmup
        )
        return measured.duration_s

    def keep_model_calls(self, call: RepeatedCall) -> None:
        """Add the calls of models that the runs of a call made, each one once."""
        self.test.model_calls += call.median_model_calls()

    def add_call(self, call: RepeatedCall) -> None:
        """Add all runs of a call to what the test's budgets read."""
        if self._depth == 0:
            self.test.calls.append(call)
        else:  # part of a run of an outer carbon(fn), whose figures the budgets read
            self.test.innermost_units.add(call.units)

    @contextmanager
    def measure(self, name: str, phase: str | None = None) -> Generator[Section]:
        """Measure a section; see :meth:`pytest_scer.carbon.Carbon.measure`."""
        if phase not in (None, "training", "inference"):
            raise ValueError(f"phase={phase!r}: expected 'training' or 'inference'")
        test, name = self.test, printable(name)
        runs = test.section(name, phase)
        scope = test.scopes.open(name, runs.phase)
        with watching_torch(test, runs, lambda: self._discarding):
            section = self._begin()
            try:
                yield section
            finally:
                section.close()
                test.scopes.close_section(scope, section.measurement)
                if not self._discarding:
                    test.add_run(runs, section.measurement, scope.units)

    def _run(
        self,
        fn: Callable[[], T],
        call: RepeatedCall,
        settle: Settle[T] | None = None,
        *,
        warming_up: bool,
    ) -> tuple[T, Measurement, Units]:
        """Run ``fn`` once and add the run to its call, unless it is a warm-up."""
        test = self.test
        # What an earlier run read, this one reads again on purpose.
        earlier, test.model_calls = test.model_calls, []
        prefixes, self.prefixes = self.prefixes, Prefixes()
        scope = test.scopes.open(None, test.scopes.phase)
        outer, self._discarding = self._discarding, self._discarding or warming_up
        self._depth += 1
        run = self._begin()
        try:
            try:
                result = fn()
            finally:
                run.close()
            measured = run.measurement if settle is None else settle(result, run.measurement)
        finally:
            self._depth -= 1
            self._discarding, self.prefixes = outer, prefixes
            test.scopes.close_run(scope)
            made, test.model_calls = test.model_calls, earlier
            if not warming_up:
                call.model_calls.append(made)
        if not warming_up:
            test.add_run(call, measured, scope.units, scope.inside)
        return result, measured, scope.units

    def _shift_against_gpu_counter(self, number: int, duration_s: float) -> None:
        """Wait a fraction of a tick between short runs, so they don't align with the ticks."""
        tick_s = self.test.session.gpu_tick_s
        if duration_s < LONG_RUN_TICKS * tick_s:
            System.sleep(phase_shift_s(number, tick_s))

    def _begin(self) -> Section:
        """Open a section that starts now."""
        read = self.test.session.read
        start = read(force=True)
        return Section(
            lambda: Measurement.between(start, read(force=True)), self.test.session.conversion
        )
