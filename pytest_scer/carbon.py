"""The ``carbon`` fixture: repeats, sections, functional units and live figures inside a test."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from pytest_scer.core.intensity import Conversion
from pytest_scer.core.judgement import figure_of_run
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.repeats import RepeatPlan, Repeats
from pytest_scer.core.sections import Runs, energy_figure
from pytest_scer.core.statistics import phase_shift_s
from pytest_scer.core.text import printable
from pytest_scer.recording.progress import Progress
from pytest_scer.recording.testrun import TestRun
from pytest_scer.system import System

if TYPE_CHECKING:
    from pytest_scer.recording.training import TrainingRun

P = ParamSpec("P")
T = TypeVar("T")

LONG_RUN_TICKS: Final = 20
"""A run of at least this many counter ticks is not shifted: a tick is then at most 5 % of it."""


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy per component, in joules.

    Attributes:
        cpu: Energy of the CPU; None if the component is absent, NaN if the meter failed.
        gpu: The same for the GPUs.
        ram: The same for the memory.
        total: Sum of the components that are present; NaN if one of their figures is missing.
    """

    cpu: float | None
    gpu: float | None
    ram: float | None
    total: float


class Section:
    """A measured part of a test. While it is open, its figures are those up to now."""

    def __init__(self, so_far: Callable[[], Measurement], conversion: Conversion) -> None:
        """Open the section.

        Args:
            so_far: Returns the measurement from the start of the section up to now.
            conversion: Converts joules to grams of CO2e.
        """
        self._so_far = so_far
        self._conversion = conversion
        self._final: Measurement | None = None

    def close(self) -> None:
        """Close the section and fix its figures."""
        self._final = self._so_far()

    @property
    def measurement(self) -> Measurement:
        """The measurement of the section."""
        return self._final or self._so_far()

    @property
    def energy(self) -> Energy:
        """Joules per component and in total."""
        measured = self.measurement
        total = measured.total_j
        return Energy(
            measured.cpu_j, measured.gpu_j, measured.ram_j, math.nan if total is None else total
        )

    @property
    def co2e(self) -> float:
        """Operational emissions in grams of CO2e; NaN if the meter failed."""
        return self._conversion.grams(self.energy.total)

    @property
    def duration(self) -> float:
        """Wall time in seconds."""
        return self.measurement.duration_s


def _name(fn: Callable[..., object]) -> str:
    """The name of a function as a user knows it; of another object that can be called, its type."""
    return str(getattr(fn, "__name__", type(fn).__name__))


class Carbon:
    """The object that a test receives as ``carbon``, to measure parts of itself."""

    def __init__(self, test: TestRun, plan: RepeatPlan) -> None:
        """Create the object for one attempt of one test.

        Args:
            test: The test.
            plan: How often ``carbon(fn)`` runs its function.
        """
        self._test = test
        self._plan = plan
        self._discarding = False
        self._depth = 0

    def __call__(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Warm up, then run ``fn`` until the repeats and the minimum time are met.

        The test's budgets read the median run.

        Args:
            fn: The function to measure; not a coroutine function.
            *args: Positional arguments for ``fn``.
            **kwargs: Keyword arguments for ``fn``.

        Returns:
            The return value of the last run.

        Raises:
            TypeError: ``fn`` is a coroutine function.
        """
        if inspect.iscoroutinefunction(fn):
            raise TypeError(
                "carbon(fn) cannot await a coroutine function: "
                "measure it with `with carbon.measure(...)` around the await"
            )
        progress = self._test.session.progress
        try:
            return self._repeat(partial(fn, *args, **kwargs), _name(fn), progress)
        finally:
            progress.clear()

    def _repeat(self, fn: Callable[[], T], name: str, progress: Progress) -> T:
        """Run ``fn`` until the plan is met, and add its runs to the test."""
        test = self._test
        limits = [limit.budget for limit in test.marker.limits]
        # The last figure is the energy itself: every value is under an infinite limit.
        repeats = Repeats(self._plan, [*(budget.limit for budget in limits), math.inf])
        call = Runs()
        measured: Measurement | None = None
        for number in itertools.count():
            warming_up = repeats.warming_up
            run_name = "warm-up" if warming_up else f"run {len(call.runs) + 1}"
            progress.show(f"carbon({name}): {run_name}, for at most {self._plan.max_time_s:g} s")
            if measured is not None:
                self._shift_against_gpu_counter(number, measured.duration_s)
            scope = test.scopes.open(None, test.scopes.phase)
            outer, self._discarding = self._discarding, self._discarding or warming_up
            self._depth += 1
            run = self._begin()
            try:
                result = fn()
            finally:
                run.close()
                self._depth -= 1
                self._discarding = outer
                test.scopes.close_run(scope)
            measured = run.measurement
            if not warming_up:
                test.add_run(call, measured, scope.units, scope.inside)
            figures = [
                figure_of_run(budget, measured, scope.units.counts, test.session.conversion)
                for budget in limits
            ]
            scatter = test.noise.of(measured)
            repeats.add(measured.duration_s, *figures, energy_figure(measured), scatter=scatter)
            if repeats.done:
                break
        call.figure = repeats.figures[-1]
        if self._depth == 0:
            test.calls.append(call)
        else:  # part of a run of an outer carbon(fn), whose figures the budgets read
            test.innermost_units.add(call.units)
        return result

    def _shift_against_gpu_counter(self, number: int, duration_s: float) -> None:
        """Wait a fraction of a tick between short runs, so they don't align with the ticks."""
        tick_s = self._test.session.gpu_tick_s
        if duration_s < LONG_RUN_TICKS * tick_s:
            System.sleep(phase_shift_s(number, tick_s))

    def _begin(self) -> Section:
        """Open a section that starts now."""
        read = self._test.session.read
        start = read(force=True)
        return Section(
            lambda: Measurement.between(start, read(force=True)), self._test.session.conversion
        )

    @contextmanager
    def measure(self, name: str, *, phase: str | None = None) -> Generator[Section]:
        """Measure a section; using the same name again adds another run of it.

        Args:
            name: The name of the section in the report.
            phase: ``training`` or ``inference``; by default the phase of the section around it,
                else of the test.

        Yields:
            The section, with ``energy``, ``co2e`` and ``duration``.

        Raises:
            ValueError: The phase is unknown.
        """
        if phase not in (None, "training", "inference"):
            raise ValueError(f"phase={phase!r}: expected 'training' or 'inference'")
        test, name = self._test, printable(name)
        runs = test.section(name, phase)
        scope = test.scopes.open(name, runs.phase)
        section = self._begin()
        try:
            yield section
        finally:
            section.close()
            test.scopes.close_section(scope, section.measurement)
            if not self._discarding:
                test.add_run(runs, section.measurement, scope.units)

    def training(
        self,
        *,
        epochs: int | None = None,
        total_steps: int | None = None,
        metric: str | None = None,
        stop_after: str | None = None,
        on_exceed: str = "warn",
        resume: Mapping[str, Any] | None = None,
    ) -> AbstractContextManager[TrainingRun]:
        """Measure a training, and predict after each epoch what the whole will use.

        Args:
            epochs: The number of epochs.
            total_steps: The number of steps; without ``epochs``, the training consists of them.
            metric: A metric that is passed to ``run.log``, and the value that it should reach, as
                in ``accuracy >= 0.9``.
            stop_after: An amount of energy or CO2e after which the training stops early.
            on_exceed: ``warn``, or ``fail`` to fail a test whose training was stopped.
            resume: What ``run.state_dict()`` returned when the training was interrupted; None
                starts a new training.

        Returns:
            A context manager that yields the run. Iterate over it for the numbers of the epochs.

        Raises:
            ValueError: An argument is wrong.
        """
        from pytest_scer.recording.training_plan import Plan
        from pytest_scer.recording.training_section import training

        plan = Plan.checked(epochs, total_steps, metric, stop_after, on_exceed)
        return training(self._test, self.measure, plan, resume, keep=not self._discarding)

    def trainer_callback(
        self, *, metric: str | None = None, stop_after: str | None = None, on_exceed: str = "warn"
    ) -> Any:
        """A callback for the ``Trainer`` of transformers that measures its training.

        Args:
            metric: As in :meth:`training`; metrics are those that the trainer logs.
            stop_after: As in :meth:`training`.
            on_exceed: As in :meth:`training`.

        Returns:
            An instance of ``transformers.TrainerCallback``; its ``run`` is what
            :meth:`training` yields.

        Raises:
            RuntimeError: transformers is not imported.
            ValueError: An argument is wrong.
        """
        from pytest_scer.models.trainer import trainer_callback
        from pytest_scer.recording.training_plan import Plan

        Plan.checked(1, None, metric, stop_after, on_exceed)
        training = partial(self.training, metric=metric, stop_after=stop_after, on_exceed=on_exceed)
        return trainer_callback(training, self._test.session.read)

    def count(self, **units: float) -> None:
        """Count functional units that the test produced, such as ``tokens=128``.

        They belong to the innermost open section, or to the test if none is open. Names are
        stored in the singular: ``tokens=5`` and ``token=5`` count the same unit.

        Raises:
            ValueError: A count is negative or not finite.
        """
        for unit, count in units.items():
            if not (math.isfinite(count) and count >= 0):
                raise ValueError(f"{unit}={count!r}: expected a finite number, not negative")
        self._test.innermost_units.add(
            {printable(unit): float(count) for unit, count in units.items()}
        )

    def quality(self, **figures: float) -> None:
        """State how well the model did, such as ``accuracy=0.93``, to show next to its energy.

        The last figure of a name counts. The report and its pictures show it; no verdict and no
        rating reads it.

        Raises:
            ValueError: A figure is not finite.
        """
        for name, figure in figures.items():
            if not math.isfinite(figure):
                raise ValueError(f"{name}={figure!r}: expected a finite number")
        self._test.quality.update(
            {printable(name): float(figure) for name, figure in figures.items()}
        )

    @property
    def so_far(self) -> Section:
        """The figures of this test up to now, over the stages that its budgets cover."""
        section = Section(self._test.so_far, self._test.session.conversion)
        section.close()
        return section

    def unmeasured(self, reason: str) -> None:
        """State that this test cannot be measured here, for example because its model is hosted.

        Its budgets are then ``unmeasured``, never ``ok``, and the report gives the reason.

        Raises:
            ValueError: The reason is empty.
        """
        if not reason.strip():
            raise ValueError("carbon.unmeasured() needs a reason, which the report shows")
        self._test.unmeasured = printable(reason)
