"""What a training has used and will use: its laps, those of other ranks and of earlier runs."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass, replace

from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.sections import Units
from pytest_scer.core.training import Lap, Prediction, Reached, Stop, Training
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
        self._others_j = self._others_s = 0.0  # what other ranks used, and how much longer they ran
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

    @property
    def is_by_steps(self) -> bool:
        """Whether work is counted in steps, because the number of all steps is known."""
        return self._plan.total_steps is not None and self.steps > 0

    def read(self) -> Reading:
        """A reading that waits for no device: that would slow the training down."""
        return self._test.session.read(settle=False)

    def own(self, now: Reading) -> Measurement:
        """What this process used in this run."""
        return Measurement.between(self._start, now)

    def spent(self, own: Measurement) -> tuple[float, float]:
        """Joules and seconds so far, of all ranks and earlier runs; NaN without a figure.

        Args:
            own: What this process used in this run.
        """
        return (
            self._earlier.energy_j + _joules(own) + self._others_j,
            self._earlier.duration_s + own.duration_s + self._others_s,
        )

    def add(self, lap: Lap) -> bool:
        """Record a lap with what all ranks used in it, and predict the whole.

        Returns:
            Whether earlier laps were joined, because there are many.
        """
        own = self.own(self.read())
        lap_j = math.nan if lap.energy_j is None else lap.energy_j
        ranks = self.group.gather((lap_j, lap.duration_s, _joules(own), own.duration_s))
        laps_j, laps_s, all_j, all_s = zip(*ranks, strict=True)
        self._others_j = math.fsum(all_j) - _joules(own)
        self._others_s = max(all_s) - own.duration_s
        total_j = math.fsum(laps_j)
        known_j = total_j if math.isfinite(total_j) else None
        before = len(self.record.laps)
        self.record.add(replace(lap, energy_j=known_j, duration_s=max(laps_s)))
        self.record.laps[-1].predicted = self._predict(own)
        return len(self.record.laps) <= before

    def _predict(self, own: Measurement) -> Prediction | None:
        left = self._plan.total - self.record.done
        if self.is_by_steps:
            left = (self._plan.total_steps or 0) - self.steps
        laps, (spent_j, spent_s) = self.record.laps, self.spent(own)
        beside = (
            spent_j - math.fsum(lap.energy_j or 0.0 for lap in laps),
            spent_s - math.fsum(lap.duration_s for lap in laps),
        )
        avoidable = own.contention_j / own.known_j if own.known_j > 0 else 0.0
        return self.record.predict(beside, left, self._test.noise.of(own), avoidable)

    def stop(self, *, is_inside: bool) -> Stop | None:
        """Why the training has to stop; None if it may go on.

        Args:
            is_inside: Whether an epoch has begun that has not ended.
        """
        if self._plan.stop is None:
            return None
        spent_j, _ = self.spent(self.own(self.read()))
        conversion = self._test.session.conversion
        return stop_at(self._plan.stop, spent_j, conversion, self.record, is_inside=is_inside)

    def see(self, name: str, value: float, done: float) -> None:
        """Note when the metric reaches its target.

        Args:
            name: The name of a metric.
            value: Its value.
            done: How many epochs or steps are done.
        """
        target = self._plan.target
        if target is None or self.record.reached is not None:
            return
        if name == target.name and target.is_reached(value):
            spent_j, spent_s = self.spent(self.own(self._test.session.read(force=True)))
            known_j = spent_j if math.isfinite(spent_j) else None
            self.record.reached = Reached(done, value, known_j, spent_s)

    def state(self, laps: list[Lap]) -> Earlier:
        """What a resumed run needs, with these laps."""
        spent_j, spent_s = self.spent(self.own(self.read()))
        return Earlier(tuple(laps), self.steps, spent_j, spent_s, self.record.reached)

    def close(self) -> Measurement:
        """End the training; returns what this process used in this run."""
        whole = self.own(self._test.session.read(force=True))
        self.record.energy_j = whole.total_j if whole.complete else None
        self.record.duration_s = whole.duration_s
        spent_j, self.record.total_s = self.spent(whole)
        self.record.total_j = spent_j if math.isfinite(spent_j) else None
        return whole


def _joules(measured: Measurement) -> float:
    total_j = measured.total_j
    return math.nan if total_j is None else total_j
