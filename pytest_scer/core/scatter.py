"""How much the cost of unchanged work differs from session to session.

A session cannot see this noise: its machine was slow or fast all along, and every run in it shares
that. Repeats within a session therefore remove only the spread that they show.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Final, NamedTuple

from pytest_scer.sources import noise

FEWEST_RUNS_WITH_SPREAD: Final = 3
"""With two runs, Student's t is 12.7, which makes the interval wider than any budget, so none is
stated."""
NORMAL_95: Final = 1.96
"""The half-width of the 95 % interval of a normal distribution, in standard deviations."""


class Scatter(NamedTuple):
    """How much the cost of unchanged work differs between sessions.

    Attributes:
        single: Half-width of the 95 % interval around a single run for the mean cost over sessions,
            as a share of the cost.
        kept: The part of it that stays however often the run is repeated in one session.
    """

    single: float
    kept: float

    def after(self, runs: Sequence[float]) -> float:
        """The part between sessions that is left after these runs of one session, as a share.

        What the runs scatter among each other is part of what a single run scatters. It is taken
        off here, because the interval of their median already includes it.

        Args:
            runs: The costs of the runs, in any unit.
        """
        middle = fmean(runs) if len(runs) >= FEWEST_RUNS_WITH_SPREAD else 0.0
        if middle <= 0:
            return self.single
        seen = NORMAL_95 * stdev(runs) / middle
        return math.sqrt(max(self.single**2 - seen**2, self.kept**2))


CPU_TIME: Final = Scatter(NORMAL_95 * noise.SINGLE_RUN.value, noise.MANY_RUNS.value)
"""Energy modelled from CPU time. A single run has a standard deviation of 12 % between sessions on
shared virtual machines, and the median of 27 runs has one of 12.6 % (measured): repeats removed
nothing. ``kept`` allows them an eighth of the variance (judgement)."""
WALL_TIME: Final = CPU_TIME
"""A constant power times the duration, which varies as the CPU time of the work does."""
COUNTED: Final = Scatter(NORMAL_95 * noise.COUNTED.value, NORMAL_95 * noise.COUNTED.value)
"""Energy counters. The same work varies by 6 % or more between sessions, because its duration does
(measured on shared virtual machines: 6 to 13 %). How much of that repeats remove is unknown."""
EXACT: Final = Scatter(0.0, 0.0)
"""A simulated meter: the same work always costs the same."""
