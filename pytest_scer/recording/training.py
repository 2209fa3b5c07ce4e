"""A training while it runs: its epochs, its steps, and what a test learns about its cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import Any, Final, TypeVar

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.text import printable
from pytest_scer.core.training import Lap, Reached, Stop
from pytest_scer.models.batches import counts_of
from pytest_scer.recording.testrun import TestRun
from pytest_scer.recording.training_account import OpenLap, TrainingAccount
from pytest_scer.recording.training_plan import Earlier, Forecast, Plan

T = TypeVar("T")
Measure = Callable[..., AbstractContextManager[Any]]

EPOCH: Final = "epoch"
EVALUATION: Final = "evaluation"
CHECKPOINT: Final = "checkpoint"
DATA_LOADING: Final = "data loading"
"""The sections of a training: its epochs, and what lies in them."""


class TrainingRun:
    """What ``with carbon.training(...) as run`` yields.

    Iterate over it for the numbers of its epochs, from 0 or from where it was resumed; with
    ``total_steps`` alone, of its steps. The iteration ends early at ``stop_after``.
    """

    def __init__(
        self,
        test: TestRun,
        measure: Measure,
        section: Any,
        plan: Plan,
        earlier: Earlier,
        *,
        keep: bool = True,
    ) -> None:
        """Begin, within the section of the training.

        Args:
            test: The test that trains.
            measure: Opens a section.
            section: The section of the training: a ``pytest_scer.carbon.Section``.
            plan: What the test asked for.
            earlier: What earlier runs of it used.
            keep: Whether its sections are recorded; those of warm-ups are not.
        """
        self._test, self._measure, self._plan, self._keep = test, measure, plan, keep
        self._section = section
        self._account = TrainingAccount(test, plan, earlier)
        self.record = self._account.record
        self.units = test.innermost_units
        self._by_epoch = plan.unit == "epoch"
        self._lap: OpenLap | None = None
        self._steps_in_lap = 1.0
        self._loading: Measurement | None = None
        self._metrics: dict[str, float] = {}
        self._is_told_steps = self._is_over = False

    # --- figures ------------------------------------------------------------------------------

    @property
    def energy(self) -> Any:
        """Joules of this process in this run: ``.cpu``, ``.gpu``, ``.ram`` and ``.total``."""
        return self._section.energy

    @property
    def co2e(self) -> float:
        """Grams of CO2e of this process in this run; NaN if the meter failed."""
        return float(self._section.co2e)

    @property
    def duration(self) -> float:
        """Seconds of this run."""
        return float(self._section.duration)

    @property
    def predicted(self) -> Forecast | None:
        """What the whole is predicted to use, as of the last epoch; None before the first ends."""
        last = self.record.laps[-1].predicted if self.record.laps else None
        return None if last is None else Forecast.of(last, self._test.session.conversion)

    @property
    def predictions(self) -> list[Forecast | None]:
        """The prediction after each epoch of this run; None without a figure."""
        conversion = self._test.session.conversion
        return [
            None if lap.predicted is None else Forecast.of(lap.predicted, conversion)
            for lap in self.record.laps
            if not lap.earlier
        ]

    @property
    def stopped(self) -> Stop | None:
        """Why the training was stopped; None if it was not."""
        return self.record.stopped

    @property
    def reached(self) -> Reached | None:
        """When the metric reached its target, and what had been used then; None if it did not."""
        return self.record.reached

    def state_dict(self, done: float | None = None) -> dict[str, Any]:
        """What a resumed run needs: save it with a checkpoint, and pass it as ``resume=``.

        Args:
            done: How many epochs are done; by default an open epoch counts as done.
        """
        laps = list(self.record.laps)
        if self._lap is not None:
            now = self._account.read()
            lap = self._as_lap(self._lap, Measurement.between(self._lap.start, now), done)
            is_alone = self._account.group.size == 1  # what other ranks use is known at its end
            laps.append(lap if is_alone else replace(lap, energy_j=None))
        return self._account.state(laps).state(self._plan.unit)

    # --- what the loop does -------------------------------------------------------------------

    def __iter__(self) -> Iterator[int]:
        """Iterate over the epochs, or steps, that are left."""
        return self

    def __next__(self) -> int:
        """End the epoch, or step, and begin the next."""
        if self._by_epoch:
            self.end_epoch()
        elif self._lap is not None and not self._is_told_steps:
            self._count_step({})
        if not self._goes_on:
            raise StopIteration
        if self._lap is None:
            self.begin_epoch()
        return int(self._done)

    @property
    def _done(self) -> float:
        """How many epochs or steps are done."""
        return self.record.done if self._by_epoch else self._account.steps

    @property
    def _goes_on(self) -> bool:
        """Whether there is more to do."""
        return not self._is_over and self.stopped is None and self._done < self._plan.total

    def begin_epoch(self) -> None:
        """Begin an epoch, which ends the one before it; iterating does so."""
        self.end_epoch()
        section, units = ExitStack(), self.units
        if self._by_epoch:
            section.enter_context(self._measure(EPOCH))
            units = self._test.innermost_units
        start = self._test.session.read(force=True)
        self._lap = OpenLap(start, self._account.steps, units, dict(units.counts), section)

    def end_epoch(self, done: float | None = None) -> None:
        """End the epoch, if one is open, and predict the whole; iterating does so.

        Args:
            done: How many epochs are done then; by default one more than before.
        """
        lap = self._lap
        if lap is None:
            return
        self._flush_loading()
        now, is_whole = self._test.session.read(force=True), self.stopped is None
        ended = self._as_lap(lap, Measurement.between(lap.start, now), done)
        if self._by_epoch and is_whole:
            ended.units[EPOCH] = ended.size * self._share
            lap.units.add({EPOCH: ended.size * self._share})
        self._close(lap)
        if is_whole:
            if self._account.add(ended):
                self._steps_in_lap *= 2
            self.check()
            self._show()

    def count(self, **units: float) -> None:
        """Count what the training processed, as in ``run.count(tokens=4096)``."""
        counts = {printable(unit): float(count) for unit, count in units.items()}
        (self.units if self._lap is None else self._lap.units).add(counts)

    def step(self, **units: float) -> None:
        """Count a step and what it processed, as in ``run.step(samples=32, tokens=4096)``."""
        self._is_told_steps = True
        self._count_step(units)

    def batches(self, loader: Iterable[T]) -> Iterator[T]:
        """Iterate over batches; measure how long they take to load, and count steps.

        Samples are counted by the first dimension of a batch, tokens by its ``attention_mask``.
        The iteration ends early at ``stop_after``.

        Args:
            loader: The batches, such as a ``DataLoader``.
        """
        batches = iter(loader)
        self._is_told_steps = True
        if self._lap is None and self._goes_on:
            self.begin_epoch()
        while self._goes_on:
            before = self._account.read()
            try:
                batch = next(batches)
            except StopIteration:
                return
            finally:
                self.add_loading(Measurement.between(before, self._account.read()))
            try:
                yield batch
            finally:
                self._count_step({unit: float(n) for unit, n in counts_of(batch).items()})

    def evaluation(self) -> AbstractContextManager[Any]:
        """Measure an evaluation as a separate section."""
        return self._measure(EVALUATION)

    def checkpoint(self) -> AbstractContextManager[Any]:
        """Measure the saving of a checkpoint as a separate section."""
        return self._measure(CHECKPOINT)

    def log(self, metrics: Mapping[str, float] | None = None, /, **more: float) -> None:
        """Report metrics, as in ``run.log(accuracy=0.93)``."""
        done = self._done + (self._by_epoch and self._lap is not None)
        for name, value in {**(metrics or {}), **more}.items():
            number = float(value)
            if math.isfinite(number):
                self._metrics[printable(name)] = number
                self._account.see(printable(name), number, done)

    # --- for callbacks ------------------------------------------------------------------------

    @property
    def is_used_up(self) -> bool:
        """Whether the training has used its limit, but was not stopped for it yet."""
        is_alone = self._account.group.size == 1
        return self.stopped is not None or (
            is_alone and self._account.stop(is_inside=False) is not None
        )

    def check(self) -> None:
        """Stop the training if it has used its limit."""
        if self.stopped is None:
            is_inside = self._by_epoch and self._lap is not None
            self.record.stopped = self._account.stop(is_inside=is_inside)

    def add_loading(self, measured: Measurement) -> None:
        """Add the loading of a batch; all of an epoch are one section."""
        self._loading = measured if self._loading is None else self._loading + measured

    def add_section(self, name: str, measured: Measurement) -> None:
        """Add a section that was measured elsewhere."""
        test = self._test
        runs = test.section(name, None)
        scope = test.scopes.open(name, runs.phase)
        test.scopes.close_section(scope, measured)
        if self._keep:
            test.add_run(runs, measured, scope.units)

    def finish(self, *, failed: bool) -> Measurement:
        """End the training; returns what this process used in it.

        Args:
            failed: Whether an exception ended it, so that an open epoch is not complete.
        """
        self._is_over = True
        if failed and self._lap is not None:
            self._flush_loading()
            self._close(self._lap)
        self.end_epoch()
        self._flush_loading()
        self._test.session.progress.clear()
        return self._account.close()

    # --- behind it ----------------------------------------------------------------------------

    @property
    def _share(self) -> float:
        """The part of an epoch, or of a step, that is this rank's: those of all ranks add up."""
        return 1 / self._account.group.size

    def _count_step(self, units: Mapping[str, float]) -> None:
        if self._is_over:
            return
        if self._lap is None:
            self.begin_epoch()
        lap, account = self._lap, self._account
        assert lap is not None
        account.steps += 1
        self.count(step=self._share, **units)
        if not self._by_epoch:
            is_last = account.steps >= self._plan.total
            if is_last or account.steps - lap.steps >= self._steps_in_lap:
                self.end_epoch()
                if not is_last and self.stopped is None:
                    self.begin_epoch()
        elif account.group.size == 1:  # other ranks could not stop in the same step
            self.check()

    def _close(self, lap: OpenLap) -> None:
        """Close the section of a lap; what was counted in an epoch counts for the training, too."""
        self._lap = None
        lap.section.close()
        if lap.units is not self.units:
            self.units.add(lap.units.counts)

    def _as_lap(self, lap: OpenLap, measured: Measurement, done: float | None) -> Lap:
        """The record of a lap, as far as this process knows it."""
        steps = self._account.steps - lap.steps
        size = 1.0 if self._by_epoch else steps
        if done is not None:
            size = done - self.record.done
        counts = {
            name: count - lap.counted.get(name, 0.0)
            for name, count in lap.units.counts.items()
            if count > lap.counted.get(name, 0.0)
        }
        return Lap(
            done=self.record.done + size,
            size=size,
            energy_j=measured.total_j if measured.complete else None,
            duration_s=measured.duration_s,
            work=steps if self._account.is_by_steps else size,
            units=counts,
            metrics=dict(self._metrics),
            warm=any(not each.earlier for each in self.record.laps),
        )

    def _flush_loading(self) -> None:
        loading, self._loading = self._loading, None
        if loading is not None:
            self.add_section(DATA_LOADING, loading)

    def _show(self) -> None:
        last = self.record.laps[-1].predicted
        about = "" if last is None else f", about {last.energy_j.value:.3g} J in all"
        self._test.session.progress.show(f"training: {self.record.how_far()}{about}")
