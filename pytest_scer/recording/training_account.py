"""What a training has used and will use: its laps, those of other ranks and of earlier runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from pytest_scer.core import LARGEST_FIGURE
from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.sections import Units
from pytest_scer.core.text import printable
from pytest_scer.core.training import Lap, Prediction, Reached, Stop, Training, sum_of
from pytest_scer.models.distributed import Group
from pytest_scer.recording.testrun import TestRun
from pytest_scer.recording.training_plan import Earlier, Plan, stop_at

NAME = "training"
"""The section of a training."""


@dataclass(slots=True)
class OpenLap:
    """An epoch, or a group of steps, that has begun.

    Attributes:
        start: The reading when it began.
        steps: How many steps the training had done then.
        units: What is counted in it: the units of its section, or those of the whole training.
        counted: What these were when it began.
        section: Closes its section.
    """

    start: Reading
    steps: float
    units: Units
    counted: dict[str, float]
    section: ExitStack


class TrainingAccount:
    """Adds up a training, and keeps its record."""

    def __init__(self, test: TestRun, plan: Plan, earlier: Earlier) -> None:
        """Begin now.

        Args:
            test: The test that trains.
            plan: What the test asked for.
            earlier: What earlier runs of the training used.
        """
        self._test, self._plan, self._earlier = test, plan, earlier
        self.group = Group.current()
        self._start = test.session.read(force=True)
        self._together = (earlier.energy_j, earlier.duration_s)
        self._pending: tuple[float, float] | None = None
        self.steps = earlier.steps
        self.record = Training(
            NAME,
            plan.unit,
            plan.total,
            None if plan.target is None else str(plan.target),
            list(earlier.laps),
            ranks=self.group.size,
            rank=self.group.rank,
            reached=earlier.reached,
        )
        self.metrics: dict[str, float] = {}
        self.predictions: list[Prediction | None] = []
        """Those of this run: the record has fewer where its laps were joined."""

    @property
    def share(self) -> float:
        """The part of an epoch, or of a step, that is this rank's: those of all ranks add up."""
        return 1 / self.group.size

    @property
    def is_alone(self) -> bool:
        """Whether no other rank trains with this one."""
        return self.group.size == 1

    def read(self) -> Reading:
        """A reading that waits for no device: that would slow the training down."""
        return self._test.session.read(settle=False)

    def own(self, now: Reading) -> Measurement:
        """What this process used in this run."""
        return Measurement.between(self._start, now)

    def spent(self, own: Measurement) -> tuple[float, float]:
        """Joules and seconds so far, of all ranks and earlier runs; NaN without a figure.

        Those of several ranks are known, and the same in all of them, as of the last exchange.

        Args:
            own: What this process used in this run.
        """
        if not self.is_alone:
            return self._together
        return self._earlier.energy_j + _joules(own), self._earlier.duration_s + own.duration_s

    def add(self, lap: Lap, now: Reading) -> bool:
        """Record a lap with what all ranks used in it, and predict the whole.

        Args:
            lap: The lap, as far as this process knows it.
            now: The reading at its end.

        Returns:
            Whether earlier laps were joined, because there are many.
        """
        own = self.own(now)
        before = len(self.record.laps)
        self.record.add(self.exchanged(own, lap))
        last = self.record.laps[-1]
        last.predicted = self._predict(own)
        self.predictions.append(last.predicted)
        return len(self.record.laps) <= before

    def exchange(self) -> None:
        """Learn what the other ranks have used so far; all of them have to call it."""
        if not self.is_alone:
            self._exchange(self.own(self.read()), None)

    def exchanged(self, own: Measurement, lap: Lap) -> Lap:
        """A lap with what all ranks used in it; all of them have to call it.

        Args:
            own: What this process used in this run.
            lap: The lap, as far as this process knows it.
        """
        if self.is_alone:
            return lap
        laps = self._exchange(own, lap)
        if not laps:
            return replace(lap, energy_j=None)
        joules = [each.energy_j for each in laps]
        return replace(
            lap,
            energy_j=None if None in joules else math.fsum(each or 0.0 for each in joules),
            duration_s=max(each.duration_s for each in laps),
            units=sum_of(each.units for each in laps),
        )

    def _exchange(self, own: Measurement, lap: Lap | None) -> list[Lap]:
        """Tell the other ranks what this one used; returns the laps of all, empty if unknown."""
        every = self.group.gather((_joules(own), own.duration_s, lap))
        if every is None:
            self._together = (math.nan, self._earlier.duration_s + own.duration_s)
            return []
        joules, seconds, laps = zip(*every, strict=True)
        self._together = (
            self._earlier.energy_j + math.fsum(joules),
            self._earlier.duration_s + max(seconds),
        )
        if self._pending is not None:
            self._reach(*self._pending)
        return [each for each in laps if each is not None]

    def _predict(self, own: Measurement) -> Prediction | None:
        laps, (spent_j, spent_s) = self.record.laps, self.spent(own)
        beside = (
            spent_j - math.fsum(lap.energy_j or 0.0 for lap in laps),
            spent_s - math.fsum(lap.duration_s for lap in laps),
        )
        avoidable = own.contention_j / own.known_j if own.known_j > 0 else 0.0
        scatter = self._test.noise.of(own)
        return self.record.predict(beside, self._plan.total_steps, scatter, avoidable)

    def stop(self, *, is_inside: bool) -> Stop | None:
        """Why the training has to stop; None if it may go on. All ranks agree on it.

        Args:
            is_inside: Whether an epoch has begun that has not ended.
        """
        if self._plan.stop is None:
            return None
        spent_j, _ = self.spent(self.own(self.read()))
        conversion = self._test.session.conversion
        return stop_at(self._plan.stop, spent_j, conversion, self.record, is_inside=is_inside)

    def note(self, metrics: Mapping[str, float], done: float) -> None:
        """Note the values of metrics, and when one reaches its target.

        Args:
            metrics: The values; those that are not finite are left out.
            done: How many epochs or steps are done.

        Raises:
            ValueError: A value is no number.
        """
        for name, value in metrics.items():
            try:
                number = float(value)
            except (TypeError, ValueError):
                raise ValueError(f"{name}={value!r}: expected a number") from None
            if math.isfinite(number) and abs(number) <= LARGEST_FIGURE:
                self.metrics[printable(name)] = number
                self._see(printable(name), number, done)

    def _see(self, name: str, value: float, done: float) -> None:
        target = self._plan.target
        if target is None or self.record.reached is not None or self._pending is not None:
            return
        if name == target.name and target.is_reached(value):
            self._pending = done, value
            if self.is_alone:
                self._reach(done, value)

    def _reach(self, done: float, value: float) -> None:
        spent_j, spent_s = self.spent(self.own(self._test.session.read(force=True)))
        known_j = spent_j if math.isfinite(spent_j) else None
        self.record.reached, self._pending = Reached(done, value, known_j, spent_s), None

    def state(self, laps: list[Lap], *, is_known: bool) -> Earlier:
        """What a resumed run needs, with these laps.

        Args:
            laps: The laps.
            is_known: Whether it is known what all ranks have used so far.
        """
        spent_j, spent_s = self.spent(self.own(self.read()))
        spent_j = spent_j if is_known else math.nan
        return Earlier(tuple(laps), self.steps, spent_j, spent_s, self.record.reached)

    def close(self, *, is_known: bool) -> Measurement:
        """End the training; returns what this process used in this run.

        Args:
            is_known: Whether it is known what all ranks have used up to its end.
        """
        whole = self.own(self._test.session.read(force=True))
        self.record.energy_j = whole.total_j if whole.complete else None
        self.record.duration_s = whole.duration_s
        spent_j, self.record.total_s = self.spent(whole)
        self.record.total_j = spent_j if is_known and math.isfinite(spent_j) else None
        if self._pending is not None:  # after the last exchange
            self.record.reached = Reached(*self._pending, None, self.record.total_s)
        return whole


def _joules(measured: Measurement) -> float:
    total_j = measured.total_j
    return math.nan if total_j is None else total_j
