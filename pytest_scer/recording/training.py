"""A training while it runs: its epochs, its steps, and when it ends."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any, Final, TypeVar

from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.sections import checked_counts
from pytest_scer.core.training import Lap
from pytest_scer.models.batches import counts_of, total_counts
from pytest_scer.recording.testrun import TestRun
from pytest_scer.recording.training_account import OpenLap, TrainingAccount
from pytest_scer.recording.training_figures import TrainingFigures
from pytest_scer.recording.training_plan import Earlier, Plan

T = TypeVar("T")
Measure = Callable[..., AbstractContextManager[Any]]

EPOCH: Final = "epoch"
EVALUATION: Final = "evaluation"
CHECKPOINT: Final = "checkpoint"
DATA_LOADING: Final = "data loading"
"""The sections of a training: its epochs, and what lies in them."""


class TrainingRun(TrainingFigures):
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
        super().__init__(test, section, TrainingAccount(test, plan, earlier))
        self._measure, self._plan, self._keep = measure, plan, keep
        self.units = test.innermost_units
        self._by_epoch = plan.unit == "epoch"
        self._lap: OpenLap | None = None
        self._steps_in_lap = 1.0
        self._loading: Measurement | None = None
        self._counts: dict[str, Any] = {}
        self._is_told_steps = self._is_in_step = self._is_apart = self._is_over = False
        self._ran_on = False
        self.check()  # earlier runs may have used the limit

    # --- what the loop does -------------------------------------------------------------------

    def __iter__(self) -> Iterator[int]:
        """Iterate over the epochs, or steps, that are left."""
        return self

    def __next__(self) -> int:
        """End the epoch, or step, and begin the next."""
        if self._by_epoch:
            self.end_epoch()
        else:
            self._end_step()
        if not self._goes_on:
            raise StopIteration
        self.begin_epoch()
        self._is_in_step = not self._by_epoch
        return int(self._done)

    def _end_step(self) -> None:
        """Count the step of the iteration, unless the loop counts its steps."""
        if self._is_in_step and not self._is_told_steps:
            self._count_step()
        self._is_in_step = False

    @property
    def _done(self) -> float:
        """How many epochs or steps are done."""
        return self.record.done if self._by_epoch else self._account.steps

    @property
    def _goes_on(self) -> bool:
        """Whether there is more to do."""
        is_done = self.record.is_done if self._by_epoch else self._done >= self._plan.total
        return not (self._is_over or is_done or self.stopped is not None)

    def begin_epoch(self) -> None:
        """Begin an epoch, which ends the one before it; iterating does so."""
        if self._by_epoch:
            self.end_epoch()
        if self._lap is None:  # steps are measured in groups
            self._open_lap()

    def _open_lap(self) -> None:
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
        self._flush()
        if self._ran_on:  # the loop did not stop: the epoch is complete
            self.record.stopped, self._ran_on = None, False
        now, is_whole = self._test.session.read(force=True), self.stopped is None
        ended = self._as_lap(lap, now, done)
        if self._by_epoch and is_whole:
            ended.units[EPOCH] = ended.size * self._account.share
            lap.units.add({EPOCH: ended.size * self._account.share})
        self._close(lap)
        if is_whole and ended.size > 0:
            if self._account.add(ended, now):
                self._steps_in_lap *= 2
            self.check()
            self._show()

    def count(self, **units: float) -> None:
        """Count what the training processed, as in ``run.count(tokens=4096)``."""
        (self.units if self._lap is None else self._lap.units).add(checked_counts(units))

    def step(self, *, is_last: bool = False, **units: float) -> None:
        """Count a step and what it processed, as in ``run.step(samples=32, tokens=4096)``.

        Args:
            is_last: Whether it is the last one of its epoch, which is then complete.
            **units: What it processed.
        """
        self._is_told_steps = True
        self._count_step(units)
        if not is_last:
            self._check_step()

    def batches(self, loader: Iterable[T]) -> Iterator[T]:
        """Iterate over batches; measure how long they take to load, and count steps.

        Samples are counted by the first dimension of a batch, tokens by its ``attention_mask``.
        The iteration ends early at ``stop_after``. In an evaluation it only iterates.

        Args:
            loader: The batches, such as a ``DataLoader``.
        """
        if self._is_apart:
            yield from loader
            return
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
            self._check_step()  # only now: after its last batch, the epoch is complete
            if self.stopped is not None:
                return
            try:
                yield batch
            finally:
                self.add_counts(counts_of(batch))
                self._count_step()

    def evaluation(self) -> AbstractContextManager[Any]:
        """Measure an evaluation as a separate section."""
        return self._apart(EVALUATION)

    def checkpoint(self) -> AbstractContextManager[Any]:
        """Measure the saving of a checkpoint as a separate section."""
        return self._apart(CHECKPOINT)

    @contextmanager
    def _apart(self, name: str) -> Generator[Any]:
        """Measure a section whose batches are no steps of the training."""
        outer, self._is_apart = self._is_apart, True
        try:
            with self._measure(name) as section:
                yield section
        finally:
            self._is_apart = outer

    def log(self, metrics: Mapping[str, float] | None = None, /, **more: float) -> None:
        """Report metrics, as in ``run.log(accuracy=0.93)``."""
        done = self._done + (self._by_epoch and self._lap is not None)
        self._account.note({**(metrics or {}), **more}, done)

    def state_dict(self, done: float | None = None, *, together: bool = False) -> dict[str, Any]:
        """What a resumed run needs: save it with a checkpoint, and pass it as ``resume=``.

        With several processes, what the others used is known at the end of an epoch, or with
        ``together``. Otherwise the state has no figures.

        Args:
            done: How many epochs are done; by default an open epoch counts as done.
            together: Whether all processes call this, so that each waits for the others.
        """
        laps, is_known = list(self.record.laps), self._account.is_alone or self._lap is None
        if self._lap is not None:
            now = self._account.read()
            lap = self._as_lap(self._lap, now, done)
            if together:
                lap, is_known = self._account.exchanged(self._account.own(now), lap), True
            elif not is_known:
                lap.energy_j = None
            laps += [lap] if lap.size > 0 else []
        return self._account.state(laps, is_known=is_known).state(self._plan.unit)

    # --- for callbacks ------------------------------------------------------------------------

    def is_used_up(self) -> bool:
        """Whether the training has used its limit, but was not stopped for it yet.

        All ranks have to call it, because each waits for the others.
        """
        if self._plan.stop is not None and self.stopped is None:
            self._account.exchange()
        return self.stopped is not None or self._account.stop(is_inside=False) is not None

    def check(self) -> None:
        """Stop the training if it has used its limit."""
        if self.stopped is None:
            is_inside = self._by_epoch and self._lap is not None
            self.record.stopped = self._account.stop(is_inside=is_inside)

    def note(self, metrics: Mapping[str, float], done: float) -> None:
        """Note the values of metrics, and how many epochs or steps are done."""
        self._account.note(metrics, done)

    def add_counts(self, counts: Mapping[str, Any]) -> None:
        """Count samples and tokens, which may still be calculated on a device."""
        with suppress(Exception):  # arrays of any library, perhaps on several devices
            for unit, count in counts.items():
                self._counts[unit] = self._counts.get(unit, 0) + count

    def add_loading(self, measured: Measurement) -> None:
        """Add the loading of a batch; all of an epoch are one section."""
        self._loading = measured if self._loading is None else self._loading + measured

    def add_section(self, name: str, measured: Measurement) -> None:
        """Add a section that was measured elsewhere."""
        self._test.add_section(name, measured, kept=self._keep)

    def finish(self, *, failed: bool) -> Measurement:
        """End the training; returns what this process used in it.

        Args:
            failed: Whether an exception ended it, so that an open epoch is not complete.
        """
        is_partial = failed and self._lap is not None
        if not failed:
            self._end_step()  # of a loop that was left
        self._is_over = True
        self._flush()
        if self._lap is not None and failed:
            self._close(self._lap)
        self.end_epoch()
        self._test.session.progress.clear()
        return self._account.close(is_known=self._account.is_alone or not is_partial)

    # --- behind it ----------------------------------------------------------------------------

    def _count_step(self, units: Mapping[str, float] | None = None) -> None:
        if self._is_over:
            return
        if self._lap is None and self._goes_on:
            self.begin_epoch()
        lap, account = self._lap, self._account
        self._ran_on = lap is not None and self.stopped is not None
        account.steps += 1
        self.count(**{"step": self._account.share, **(units or {})})
        if not self._by_epoch and lap is not None:
            is_last = account.steps >= self._plan.total
            if is_last or account.steps - lap.steps >= self._steps_in_lap:
                self.end_epoch()
                if not is_last and self.stopped is None:
                    self.begin_epoch()

    def _check_step(self) -> None:
        """Stop within an epoch, unless other ranks train, too: they may be in another step."""
        if self._by_epoch and self._account.is_alone:
            self.check()

    def _close(self, lap: OpenLap) -> None:
        """Close the section of a lap; what was counted in an epoch counts for the training, too."""
        self._lap = None
        lap.section.close()
        if lap.units is not self.units:
            self.units.add(lap.units.counts)

    def _as_lap(self, lap: OpenLap, now: Reading, done: float | None) -> Lap:
        """The record of a lap, as far as this process knows it."""
        measured = Measurement.between(lap.start, now)
        steps = self._account.steps - lap.steps
        size = 1.0 if self._by_epoch else steps
        if done is not None and self._by_epoch:
            size = max(done - self.record.done, 0.0)
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
            steps=steps,
            units=counts,
            metrics=dict(self._account.metrics),
            warm=any(not each.earlier for each in self.record.laps),
        )

    def _flush(self) -> None:
        """Add what was collected since the last lap: the loading of batches, and counts."""
        loading, self._loading = self._loading, None
        counts, self._counts = self._counts, {}
        self.count(**total_counts(counts))
        if loading is not None:
            self.add_section(DATA_LOADING, loading)

    def _show(self) -> None:
        last = self.record.laps[-1].predicted
        about = "" if last is None else f", about {last.energy_j.value:.3g} J in all"
        self._test.session.progress.show(f"training: {self.record.how_far()}{about}")
