"""The record of a training: what its epochs cost, and what the whole was predicted to cost."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final, Literal

from pytest_scer.core import units
from pytest_scer.core.forecast import Interval, Piece, forecast
from pytest_scer.core.scatter import Scatter
from pytest_scer.core.text import printable
from pytest_scer.lazy_dataclass import dataclass

MOST_LAPS: Final = 128
"""With more laps than this, neighbours are joined, so that a record has a bounded size."""

_TARGET: Final = re.compile(r"(?P<name>[^<>=]*[^<>=\s])\s*(?:(?P<sign>[<>]=?)\s*(?P<value>\S+))?")

Unit = Literal["epoch", "step"]


def is_done(done: float, total: float) -> bool:
    """Whether all epochs or steps are done; epochs are sums of fractions such as 1/3."""
    return done >= total - 1e-9


def sum_of(counts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The sum of each unit's counts."""
    total: dict[str, float] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0.0) + count
    return total


@dataclass(frozen=True, slots=True)
class Target:
    """A metric, and the value that it should reach.

    Attributes:
        name: The metric.
        sign: ``>=``, ``>``, ``<=`` or ``<``; None if there is no such value.
        value: The value; None if there is none.
    """

    name: str
    sign: str | None = None
    value: float | None = None

    @classmethod
    def parse(cls, text: str) -> Target:
        """Parse ``accuracy >= 0.9`` or ``accuracy``.

        Raises:
            ValueError: The text is neither.
        """
        match = _TARGET.fullmatch(" ".join(text.split()))
        try:
            if match is None:
                raise ValueError
            value = None if match["value"] is None else float(match["value"])
            if value is not None and not math.isfinite(value):
                raise ValueError
        except ValueError:
            raise ValueError(
                f"metric={text!r}: expected a name, or a name and the value to reach, as in "
                "'accuracy >= 0.9' or 'loss < 0.5'"
            ) from None
        return cls(printable(match["name"]), match["sign"], value)

    def __str__(self) -> str:
        """As a user writes it."""
        return self.name if self.value is None else f"{self.name} {self.sign} {self.value:g}"

    def is_reached(self, value: float) -> bool:
        """Whether a value of the metric is good enough; never without a value to reach."""
        if self.value is None or self.sign is None:
            return False
        if value == self.value:
            return "=" in self.sign
        return value > self.value if self.sign.startswith(">") else value < self.value


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a whole training is predicted to use: all its ranks, earlier runs included.

    Attributes:
        energy_j: IT energy in joules.
        duration_s: Wall time in seconds.
    """

    energy_j: Interval
    duration_s: Interval


@dataclass(slots=True)
class Lap:
    """An epoch, or several steps of a training without epochs.

    Attributes:
        done: How many epochs or steps of the training were done after it.
        size: How many of them it was.
        energy_j: Joules of all ranks; None without a figure.
        duration_s: Wall time in seconds, of the slowest rank.
        steps: How many steps it was; 0 if they were not counted.
        units: What all ranks counted in it.
        metrics: The last value of each metric.
        predicted: What the whole was then predicted to use; None without a figure.
        warm: Whether the lap before it ran in the same process.
        earlier: Whether it belongs to an earlier run, from which this one was resumed.
    """

    done: float
    size: float
    energy_j: float | None
    duration_s: float
    steps: float = 0.0
    units: dict[str, float] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    predicted: Prediction | None = None
    warm: bool = True
    earlier: bool = False

    def joined(self, later: Lap) -> Lap:
        """This lap and the next one as one."""
        both = (self.energy_j, later.energy_j)
        return Lap(
            done=later.done,
            size=self.size + later.size,
            energy_j=None if None in both else math.fsum(each or 0.0 for each in both),
            duration_s=self.duration_s + later.duration_s,
            steps=self.steps + later.steps,
            units=sum_of([self.units, later.units]),
            metrics=self.metrics | later.metrics,
            predicted=later.predicted,
            warm=self.warm,
            earlier=later.earlier,
        )


@dataclass(frozen=True, slots=True)
class Reached:
    """When a metric reached its target.

    Attributes:
        done: How many epochs or steps were done.
        value: The value of the metric.
        energy_j: Joules up to then: all ranks, earlier runs included; None without a figure.
        duration_s: Seconds up to then.
    """

    done: float
    value: float
    energy_j: float | None
    duration_s: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Why and when a training was stopped.

    Attributes:
        limit: The limit, as the user wrote it.
        actual: What had been used, in ``unit``.
        unit: ``gCO2e`` or ``J``.
        done: How many epochs or steps were done.
        text: All of it in one line, with what the whole was predicted to use.
    """

    limit: str
    actual: float
    unit: str
    done: float
    text: str


@dataclass(slots=True)
class Training:
    """A training in a test.

    Attributes:
        name: The name of its section.
        unit: What it consists of: epochs, or steps.
        total: How many of them it was to have.
        target: The metric and the value to reach, as the user wrote it; None if not given.
        laps: Its epochs, or groups of its steps; those of earlier runs first.
        energy_j: Joules of this process in this session; None without a figure.
        duration_s: Seconds in this session.
        total_j: Joules of all ranks, earlier runs included; None without a figure. What several
            ranks used after their last epoch is not in it.
        total_s: Seconds of the slowest rank, likewise.
        ranks: How many processes trained together.
        rank: Which of them this is, from 0.
        reached: When the metric reached its target; None if it did not.
        stopped: Why it was stopped; None if it was not.
    """

    name: str
    unit: Unit
    total: float
    target: str | None = None
    laps: list[Lap] = field(default_factory=list)
    energy_j: float | None = None
    duration_s: float = 0.0
    total_j: float | None = None
    total_s: float = 0.0
    ranks: int = 1
    rank: int = 0
    reached: Reached | None = None
    stopped: Stop | None = None

    @property
    def done(self) -> float:
        """How many epochs or steps are done, earlier runs included."""
        return self.laps[-1].done if self.laps else 0

    @property
    def is_done(self) -> bool:
        """Whether all of it is done."""
        return is_done(self.done, self.total)

    @property
    def cut_short(self) -> str | None:
        """Why its cost is not that of a whole training; None if it was not stopped early."""
        if self.stopped is None or is_done(self.stopped.done, self.total):
            return None
        return f"its training was stopped after {self.how_far()}"

    def add(self, lap: Lap) -> None:
        """Add a lap; join neighbours if there are too many."""
        self.laps.append(lap)
        if len(self.laps) > MOST_LAPS:
            self.laps = _halved(self.laps)

    def predict(
        self,
        beside: tuple[float, float],
        total_steps: float | None,
        scatter: Scatter,
        avoidable: float,
    ) -> Prediction | None:
        """Predict what the whole will use, from its laps.

        Args:
            beside: Joules and seconds that belong to no lap with a figure, such as those before the
                first; NaN without a figure.
            total_steps: The number of steps of the whole; None if unknown.
            scatter: How much the same work differs between sessions.
            avoidable: The share of the cost that busy neighbours may have added.
        """
        left, works = self._work(total_steps)
        joules = [math.nan if lap.energy_j is None else lap.energy_j for lap in self.laps]
        seconds = [lap.duration_s for lap in self.laps]
        energy_j, duration_s = (
            forecast(
                [
                    Piece(cost, work, lap.warm)
                    for cost, work, lap in zip(costs, works, self.laps, strict=True)
                ],
                math.fsum([extra, *filter(math.isfinite, costs)]),
                left,
                scatter,
                avoidable,
            )
            for costs, extra in zip((joules, seconds), beside, strict=True)
        )
        if energy_j is None or duration_s is None:
            return None
        return Prediction(energy_j, duration_s)

    def _work(self, total_steps: float | None) -> tuple[float, list[float]]:
        """The work that is left, and that of each lap: in steps if all of them are known."""
        steps = [lap.steps for lap in self.laps]
        rest = 0.0 if self.is_done else self.total - self.done
        if total_steps is None or not all(steps):
            return rest, [lap.size for lap in self.laps]
        left = total_steps - math.fsum(steps)
        if rest and left <= 0:  # the epochs have more steps than the test said
            left = rest * math.fsum(steps) / self.done
        return left if rest else 0.0, steps

    def how_far(self) -> str:
        """How much is done, as in ``4 of 20 epochs``."""
        return f"{units.decimal(self.done)} of {units.counted(self.total, self.unit)}"


def why_cut_short(trainings: Iterable[Training]) -> str | None:
    """Why a test with these trainings did only part of its work; None if it did all of it."""
    return next((why for each in trainings if (why := each.cut_short) is not None), None)


def _halved(laps: Sequence[Lap]) -> list[Lap]:
    """Join each two neighbours of one run that are warm; the last lap of an odd number stays."""
    halved: list[Lap] = []
    pending: Lap | None = None
    for lap in laps:
        if pending is not None and lap.warm:
            halved.append(pending.joined(lap))
            pending = None
            continue
        if pending is not None:
            halved.append(pending)
        pending = lap if lap.warm else None
        if not lap.warm:
            halved.append(lap)
    return [*halved, *([] if pending is None else [pending])]
