"""The ``carbon`` fixture: repeats, sections, functional units and live figures inside a test."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from pytest_scer.core.judgement import figure_of_run
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.repeats import RepeatPlan, Repeats
from pytest_scer.core.sections import Runs, energy_figure
from pytest_scer.core.statistics import phase_shift_s
from pytest_scer.core.text import printable
from pytest_scer.recording.progress import Progress
from pytest_scer.recording.section import Energy, Section, ServedSection
from pytest_scer.recording.testrun import TestRun
from pytest_scer.system import System

if TYPE_CHECKING:
    from pytest_scer.meters.server_process import Popen

__all__ = ["Carbon", "Energy", "Section", "ServedSection"]

P = ParamSpec("P")
T = TypeVar("T")

LONG_RUN_TICKS: Final = 20
"""A run of at least this many counter ticks is not shifted: a tick is then at most 5 % of it."""


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
        self._test.count({printable(unit): float(count) for unit, count in units.items()})

    @contextmanager
    def server(
        self, popen: Popen | None = None, /, *, pid: int | None = None, port: int | None = None
    ) -> Generator[ServedSection]:
        """Bill a server on this machine to the test, while the block runs.

        The server need not be a child of the test: the test is charged the CPU time of the server's
        processes in addition to its own. Tests that call it at the same time share it by the tokens
        or requests that each counts.

        Args:
            popen: The server's process, as ``subprocess.Popen`` returned it.
            pid: Its process ID, instead.
            port: The TCP port that it listens on, instead.

        Yields:
            The block as a section, with the server's part as ``server_cpu_time`` and
            ``server_energy``.

        Raises:
            TypeError: Not exactly one of the three was given.
            ValueError: There is no such process, or nothing listens on the port.
        """
        from pytest_scer.recording.served_calls import attached_server

        session = self._test.session
        start = session.read(force=True)
        with attached_server(self._test, popen, pid=pid, port=port) as attached:
            section = ServedSection(
                lambda: Measurement.between(start, session.read(force=True)),
                session.conversion,
                attached,
            )
            try:
                yield section
            finally:
                section.close()

    def openai(self, client: T, *, provider: str | None = None) -> T:
        """Wrap a client of an OpenAI-compatible server, so that its calls are counted and billed.

        Each response has its ``usage`` counted: ``prompt_token``, ``token`` (generated) and
        ``request``. A server on this machine is billed to the test for as long as the calls take,
        as by ``carbon.server(port=...)``. One elsewhere cannot be measured: the test becomes
        ``unmeasured``, with EcoLogits' estimate next to it if the extra ``ecologits`` is installed.

        Args:
            client: An ``openai`` client, also an asynchronous one, or a function that returns
                responses.
            provider: Who hosts the model, by EcoLogits' name, such as ``mistralai``; by default it
                is told from the client's ``base_url``.

        Returns:
            What behaves as the client does.
        """
        from pytest_scer.recording.served_calls import counted

        return counted(client, self._test, provider)

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

    def unmeasured(
        self,
        reason: str,
        *,
        provider: str | None = None,
        model: str | None = None,
        tokens: float = 0,
        seconds: float = 0.0,
    ) -> None:
        """State that this test cannot be measured here, for example because its model is hosted.

        Its budgets are then ``unmeasured``, never ``ok``, and the report gives the reason.

        With a provider and a model, the report has EcoLogits' estimate for one request, if the
        extra ``ecologits`` is installed: in a table and a total of its own.

        Args:
            reason: Why, for the report.
            provider: Who hosts the model, by EcoLogits' name, such as ``openai``.
            model: The name of the model, as the provider calls it.
            tokens: How many tokens it generated.
            seconds: How long the request took.

        Raises:
            ValueError: The reason is empty, or only one of provider and model is given.
        """
        if not reason.strip():
            raise ValueError("carbon.unmeasured() needs a reason, which the report shows")
        if (provider is None) is not (model is None):
            raise ValueError("carbon.unmeasured(): an estimate needs both provider and model")
        self._test.unmeasured = printable(reason)
        if provider is not None and model is not None:
            from pytest_scer.models.hosted import HostedRequest

            self._test.hosted.append(HostedRequest(provider, model, tokens, seconds))
