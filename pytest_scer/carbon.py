"""The ``carbon`` fixture: repeats, sections, functional units and live figures inside a test."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from pytest_scer.core import LARGEST_FIGURE
from pytest_scer.core.repeats import RepeatPlan
from pytest_scer.core.sections import checked_counts
from pytest_scer.core.text import printable
from pytest_scer.recording.model_methods import ModelMethods
from pytest_scer.recording.runner import Runner
from pytest_scer.recording.section import Energy, Section, ServedSection
from pytest_scer.recording.testrun import TestRun

if TYPE_CHECKING:
    from pytest_scer.meters.server_process import Popen
    from pytest_scer.recording.comparing import Bench, QualityOf, UnitsOf
    from pytest_scer.recording.comparison import Comparison, Sweep

__all__ = ["Carbon", "Energy", "Section", "ServedSection"]

P = ParamSpec("P")
T = TypeVar("T")


def _name(fn: Callable[..., object]) -> str:
    """The name of a function as a user knows it; of another object that can be called, its type."""
    return str(getattr(fn, "__name__", type(fn).__name__))


class Carbon(ModelMethods):
    """The object that a test receives as ``carbon``, to measure parts of itself."""

    def __init__(self, test: TestRun, plan: RepeatPlan) -> None:
        """Create the object for one attempt of one test.

        Args:
            test: The test.
            plan: How often ``carbon(fn)`` runs its function.
        """
        super().__init__(Runner(test, plan))
        self._test = test

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
        return self._runner.repeat(partial(fn, *args, **kwargs), _name(fn))

    def measure(self, name: str, *, phase: str | None = None) -> AbstractContextManager[Section]:
        """Measure a section; using the same name again adds another run of it.

        Args:
            name: The name of the section in the report.
            phase: ``training`` or ``inference``; by default the phase of the section around it,
                else of the test.

        Returns:
            A context manager that yields the section, with ``energy``, ``co2e`` and ``duration``.

        Raises:
            ValueError: The phase is unknown.
        """
        return self._runner.measure(name, phase)

    def count(self, **units: float) -> None:
        """Count functional units that the test produced, such as ``tokens=128``.

        They belong to the innermost open section, or to the test if none is open. Names are
        stored in the singular: ``tokens=5`` and ``token=5`` count the same unit.

        Raises:
            ValueError: A count is negative or not finite.
        """
        self._test.count(checked_counts(units))

    def server(
        self,
        server: Popen | int | None = None,
        /,
        *,
        pid: int | None = None,
        port: int | None = None,
    ) -> AbstractContextManager[ServedSection]:
        """Bill a server on this machine to the test, while the block runs.

        The server need not be a child of the test: the test is charged the CPU time of the server's
        processes in addition to its own. Tests that call it at the same time share it by the tokens
        or requests that each counts.

        Args:
            server: The server's process, as ``subprocess.Popen`` returned it. A number is its
                process ID or its port.
            pid: Its process ID, instead.
            port: The TCP port that it listens on, instead.

        Returns:
            A context manager that yields the block as a section, with the server's part as
            ``server_cpu_time``, ``server_energy`` and ``server_gpu_energy``.

        Raises:
            TypeError: Not exactly one of the three was given.
            ValueError: There is no such process, nothing listens on the port, or a number could be
                either.
        """
        from pytest_scer.recording.served_calls import serving

        return serving(self._test, server, pid=pid, port=port)

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

        Raises:
            TypeError: It is neither a client nor a function.
        """
        from pytest_scer.recording.served_calls import counted

        return counted(client, self._test, provider)

    def compare(
        self,
        variants: Mapping[str, Callable[..., Any]],
        /,
        *inputs: Any,
        units: UnitsOf | None = None,
        quality: QualityOf | None = None,
        lower_is_better: bool = False,
        per: str | None = None,
        repeats: int | None = None,
    ) -> Comparison:
        """Run variants of the same work in turn, and compare their energy.

        All variants run in each round, in an order that changes, so that a slow moment of the
        machine affects them alike. Each is a section of its name. The test's budgets read the sum
        of their median runs.

        Args:
            variants: A function for each variant, by its name. It runs the work once.
            *inputs: Passed to every variant.
            units: The functional units of one run, as in ``{"tokens": 64}``, or a function that
                counts them in what a run returned, at no cost to the variant. Variants may also
                call ``carbon.count``.
            quality: How good each variant is, by its name, or a function of what its last run
                returned; None if that is unknown. The report then marks dominated variants.
            lower_is_better: Whether a lower quality is better, as for a loss.
            per: The functional unit that the table divides energy by; by default it compares the
                energy of a run.
            repeats: How many rounds to run, after ``warmup``. By default at least 10, or the
                ``repeats`` of the test, until variants ran for ``min_time`` on average. No round
                starts after ``max_time`` for each.

        Returns:
            The comparison: ``compared["int8", "fp32"]`` is the energy of ``int8`` over that of
            ``fp32``.

        Raises:
            TypeError: A variant is no function, or a coroutine function, or another argument is of
                the wrong kind.
            ValueError: There are fewer than two variants, or another argument is wrong.
        """
        return self._bench().compare(
            variants,
            inputs,
            units=units,
            quality=quality,
            lower_is_better=lower_is_better,
            per=per,
            repeats=repeats,
        )

    def sweep(
        self,
        fn: Callable[..., Any],
        *,
        prepare: Callable[..., Any] | None = None,
        units: UnitsOf | None = None,
        quality: Callable[[Any], float | None] | None = None,
        lower_is_better: bool = False,
        per: str | None = None,
        repeats: int | None = None,
        **values: Iterable[Any],
    ) -> Sweep:
        """Measure a function at each value of a parameter, or each combination of several.

        ``carbon.sweep(run, batch=[1, 2, 4, 8])`` calls ``run(batch=1)`` and so on, in turn, as
        :meth:`compare` does.

        Args:
            fn: Runs the work once; called with the values of the point.
            prepare: Called once for each point with its values, before the first run, and part of
                none: loads, converts or compiles a model. ``fn`` is then called with what it
                returns. All points run in turn, so all prepared models are in memory at once.
            units: As in :meth:`compare`. A sweep over ``batch`` that counts nothing counts its
                batch as items.
            quality: How good what a run returned is; None if that is unknown.
            lower_is_better: Whether a lower quality is better.
            per: The functional unit that energy is divided by. By default the one that the runs
                counted; of several, ``token``.
            repeats: As in :meth:`compare`.
            **values: The values of each parameter: numbers, texts, types or anything else.

        Returns:
            The curve, with its cheapest point and its knee.

        Raises:
            TypeError: ``fn`` is no function, or a coroutine function, or another argument is of the
                wrong kind.
            ValueError: There are fewer than two points, or another argument is wrong.
        """
        return self._bench().sweep(
            fn,
            values,
            prepare=prepare,
            units=units,
            quality=quality,
            lower_is_better=lower_is_better,
            per=per,
            repeats=repeats,
        )

    def _bench(self) -> Bench:
        from pytest_scer.recording.comparing import Bench

        return Bench(self._runner, self.count)

    def quality(self, **figures: float) -> None:
        """State how well the model did, such as ``accuracy=0.93``, to show next to its energy.

        The last figure of a name counts. The report and its pictures show it; no verdict and no
        rating reads it.

        Raises:
            ValueError: A figure is not finite, or larger than a report may hold.
        """
        for name, figure in figures.items():
            if not math.isfinite(figure):
                raise ValueError(f"{name}={figure!r}: expected a finite number")
            if abs(figure) > LARGEST_FIGURE:
                raise ValueError(f"{name}={figure!r}: expected at most {LARGEST_FIGURE:g}")
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
        tokens: float | None = None,
        seconds: float | None = None,
    ) -> None:
        """State that this test cannot be measured here, for example because its model is hosted.

        Its budgets are then ``unmeasured``, never ``ok``, and the report gives the reason.

        With a provider and a model, the report has EcoLogits' estimate for one request, if the
        extra ``ecologits`` is installed: in a table and a total of its own.

        Args:
            reason: Why, for the report.
            provider: Who hosts the model, by EcoLogits' name, such as ``openai``.
            model: The name of the model, as the provider calls it.
            tokens: How many tokens it generated; without them there is no estimate.
            seconds: How long the request took; by default as long as EcoLogits expects.

        Raises:
            ValueError: The reason is empty, only one of provider and model is given, or a figure
                without both, or one that is negative or not finite.
        """
        if not reason.strip():
            raise ValueError("carbon.unmeasured() needs a reason, which the report shows")
        if (provider is None) is not (model is None):
            raise ValueError("carbon.unmeasured(): an estimate needs both provider and model")
        for name, figure in {"tokens": tokens, "seconds": seconds}.items():
            if figure is None:
                continue
            if not (math.isfinite(figure) and figure >= 0):
                raise ValueError(f"{name}={figure!r}: expected a finite number, not negative")
            if provider is None:
                raise ValueError(f"carbon.unmeasured({name}=...): it needs provider and model")
        self._test.unmeasured = printable(reason)
        if provider is not None and model is not None:
            from pytest_scer.models.hosted import HostedRequest

            request = HostedRequest(provider, model, tokens, seconds)
            self._test.servers.hosted.append(request)
