"""The runs of a test next to its baseline, as logarithms: how much it grew, and what blurs that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from pytest_scer.baseline.noise import (
    FOLLOWS,
    USUAL,
    Noise,
    Sample,
    known_states,
    meets_neighbours,
    noise_of,
)
from pytest_scer.core.statistics import middle

FEWEST_TO_CLEAR: Final = 3
"""The number of repeats before a suspect may be cleared."""
OUTLYING: Final = 2.0
"""A first run further from its repeats than this number of standard deviations loses weight, with
the square of the distance: one of twice the cost says little about the test."""


class Side:
    """The baseline of one test.

    Attributes:
        samples: One run from each of its sessions; all cost something.
        corrected: Whether costs are divided by the reference workload's.
        noise: How much the test scatters.
        joules: The median cost.
        level: The logarithm of the median cost, corrected if ``corrected``.
        meter: How far the meters may be off, as a share.
    """

    __slots__ = ("_states", "corrected", "joules", "level", "meter", "noise", "samples")

    def __init__(self, samples: Sequence[Sample], suite: Noise, *, corrected: bool) -> None:
        """Look at the runs of the baseline.

        Args:
            samples: One run from each of its sessions.
            suite: The noise of the suite.
            corrected: Whether costs are divided by the reference workload's.
        """
        self.samples = samples
        self.corrected = corrected
        self.noise = noise_of(samples, suite, corrected=corrected)
        self.joules = middle([each.cost_j for each in samples])
        self.level = middle(self.levels(samples))
        self.meter = _meter(samples)
        self._states = known_states(samples) if corrected else None

    def beyond(self, runs: Sequence[Sample]) -> float:
        """How far the machine is from any state that the baseline saw."""
        if self._states is None:
            return 0.0
        return middle([each.state.beyond(self._states) for each in runs])

    def judged(self, runs: Sequence[Sample]) -> Sequence[Sample]:
        """The runs that count: all of them, or only the first if repeats do other work.

        They do if they cost clearly more than the first run, because of the repeat itself, or
        clearly less than the baseline, because the test does something only once.
        """
        if len(runs) <= FEWEST_TO_CLEAR:
            return runs
        first, *others = self.levels(runs)
        doubt = 2 * math.hypot(self.noise.sd, self.noise.again_sd(len(others)))
        more = middle(others) - first > doubt
        distance = max(self.beyond(runs[1:]) - USUAL, 0.0)
        less = middle(others) - self.level < -doubt - FOLLOWS * distance
        return runs[:1] if more or less else runs

    def levels(self, runs: Sequence[Sample]) -> list[float]:
        """The logarithms of the costs of runs, corrected if ``corrected``."""
        return [each.level(corrected=self.corrected) for each in runs]


class Effort(NamedTuple):
    """How often a session measures a test.

    Attributes:
        again: The number of repeats after the first run.
        repeats: If there are none, the first run is the median of this number of runs.
    """

    again: int
    repeats: int = 1

    @classmethod
    def of(cls, head: Sequence[Sample]) -> Effort:
        """How often it was measured in these runs."""
        return cls(len(head) - 1) if len(head) > 1 else cls(0, head[0].repeats)

    @property
    def runs(self) -> int:
        """The number of runs."""
        return self.again + 1 if self.again else self.repeats


class Grown:
    """Runs of this session, compared with the baseline.

    Attributes:
        samples: The runs.
        effort: How often the test was measured.
        noise: The noise of the test, as the baseline and these runs show it.
        joules: The cost of the first run, and of its repeats if there are any.
        growth: How much that is over the baseline, as a logarithm.
        meter: How far the meters may be off on both sides, as a share.
        beyond: How far the machine is from any state that the baseline saw.
        distance: The same beyond the usual.
        is_crowded: Whether processes that the baseline did not have may make the runs cost more.
    """

    __slots__ = (
        "_side",
        "beyond",
        "distance",
        "effort",
        "growth",
        "is_crowded",
        "joules",
        "meter",
        "noise",
        "samples",
    )

    def __init__(self, side: Side, samples: Sequence[Sample]) -> None:
        """Compare the runs.

        Args:
            side: The baseline.
            samples: The runs, the first one first.
        """
        self._side = side
        self.samples = samples
        self.effort = Effort.of(samples)
        self.noise = side.noise
        levels = side.levels(samples)
        if len(samples) == 1:
            self.joules, level = samples[0].cost_j, levels[0]
        else:
            self.noise = self.noise.given_repeats(levels[1:])
            weight = _weight_of_first(self.noise, levels)
            self.joules = math.exp(_mean(weight, [math.log(each.cost_j) for each in samples]))
            level = _mean(weight, levels)
        self.growth = level - side.level
        self.meter = math.hypot(side.meter, _meter(samples))
        self.beyond = side.beyond(samples)
        self.distance = max(self.beyond - USUAL, 0.0)
        self.is_crowded = meets_neighbours(side.samples, samples[0])

    @property
    def correction(self) -> float | None:
        """The factor that converts the joules of these runs to the baseline's machine speed."""
        if not self._side.corrected:
            return None
        return self._side.joules * math.exp(self.growth) / self.joules

    @property
    def is_new_state(self) -> bool:
        """Whether the machine is in another state than in any session of the baseline."""
        return self.distance > 0 or self.is_crowded


def _meter(samples: Sequence[Sample]) -> float:
    """How far the meters may be off in such runs, as a share."""
    return middle([each.meter_j / each.cost_j for each in samples])


def _weight_of_first(noise: Noise, levels: Sequence[float]) -> float:
    """The weight of the first run in its mean with the median of the others."""
    first, *again = levels
    distance = abs(first - middle(again))
    most = OUTLYING * math.hypot(noise.first_sd(), noise.again_sd(len(again)))
    weight = noise.weight_of_first(len(again))
    return weight if distance <= most else weight * (most / distance) ** 2


def _mean(weight: float, values: Sequence[float]) -> float:
    """The mean of the first value, which has this weight, and the median of the others."""
    first, *again = values
    return weight * first + (1 - weight) * middle(again)
