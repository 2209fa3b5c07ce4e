"""Pairs of runs: the measurements of a test, and the estimate of each round.

A *pair* is one run of each side, one right after the other, so that the speed of the machine at
that moment drops out of their ratio. A *round* is a fresh process of each side. What is particular
to a process (its memory layout, its hash seed, its core) affects all of its pairs: however many
there are, a round is one independent piece of evidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from statistics import median
from typing import Final, NamedTuple

LEAST_J: Final = 1e-9
"""Stands for a cost of 0, which has no logarithm."""
MOST_WALSH: Final = 64
"""Up to this number, pairs enter a round's estimate one by one; beyond, as means of neighbours."""


class Run(NamedTuple):
    """One run of a test.

    Attributes:
        cost_j: Joules of the compared components.
        duration_s: Wall time in seconds.
    """

    cost_j: float
    duration_s: float


class Pair(NamedTuple):
    """One run of each side, next to each other."""

    base: Run
    head: Run

    @property
    def log_ratio(self) -> float:
        """The logarithm of head over base."""
        return math.log(max(self.head.cost_j, LEAST_J) / max(self.base.cost_j, LEAST_J))


class History:
    """The pairs of one test, by round; rounds without pairs are left out."""

    def __init__(self, rounds: Iterable[Sequence[Pair]]) -> None:
        """Take the pairs of all rounds.

        Args:
            rounds: The pairs of each round, in the order in which they ran.
        """
        everything = [list(pairs) for pairs in rounds if pairs]
        self.first_only = _is_done_once(everything)
        """Whether only the first pair of a process counts: later runs found the work done."""
        self.rounds = [pairs[:1] for pairs in everything] if self.first_only else everything

    @cached_property
    def ratios(self) -> list[list[float]]:
        """The logarithm of each pair's ratio, by round."""
        return [[pair.log_ratio for pair in pairs] for pairs in self.rounds]

    @cached_property
    def estimates(self) -> list[float]:
        """The estimate of each round."""
        return [hodges_lehmann(ratios) for ratios in self.ratios]

    @property
    def pairs(self) -> int:
        """Number of pairs."""
        return sum(map(len, self.rounds))

    @cached_property
    def base_j(self) -> float:
        """Median cost of the base in joules."""
        return median(pair.base.cost_j for pairs in self.rounds for pair in pairs)

    @cached_property
    def head_j(self) -> float:
        """Median cost of the head in joules."""
        return median(pair.head.cost_j for pairs in self.rounds for pair in pairs)

    @cached_property
    def power_w(self) -> float:
        """The test's own average power in watts; 0 if no time passed."""
        runs = [run for pairs in self.rounds for pair in pairs for run in pair]
        powers = [run.cost_j / run.duration_s for run in runs if run.duration_s > 0]
        return median(powers) if powers else 0.0

    @cached_property
    def pair_spread(self) -> tuple[float, int]:
        """Standard deviation of a pair within its round, and degrees of freedom behind it.

        1.4826 times the median distance: like the estimate, it ignores outliers.
        """
        distances = [
            abs(value - middle) * math.sqrt(len(ratios) / (len(ratios) - 1))
            for ratios, middle in zip(self.ratios, self.estimates, strict=True)
            if len(ratios) > 1
            for value in ratios
        ]
        degrees = sum(len(ratios) - 1 for ratios in self.ratios)
        return (1.4826 * median(distances), degrees) if distances else (0.0, 0)


def _is_done_once(rounds: Sequence[Sequence[Pair]]) -> bool:
    """Whether repeats cost less than half of the first run of a process, on both sides together.

    Such a test fills a cache, or loads what it needs, in its first run. The ratio of the sides
    plays no part, so this choice cannot favour a verdict.
    """
    first = [pairs[0].base.cost_j + pairs[0].head.cost_j for pairs in rounds if len(pairs) > 1]
    later = [pair.base.cost_j + pair.head.cost_j for pairs in rounds for pair in pairs[1:]]
    return bool(later) and median(later) < median(first) / 2


def hodges_lehmann(values: Sequence[float]) -> float:
    """The median of the means of all pairs of values, each with itself included.

    Up to 29 % wild values cannot move it far (Hodges and Lehmann 1963, Annals of Mathematical
    Statistics 34:598-611).
    """
    if len(values) > MOST_WALSH:
        half = len(values) // 2
        values = [(values[2 * i] + values[2 * i + 1]) / 2 for i in range(half)]
        return hodges_lehmann(values)
    means = [(a + b) / 2 for index, a in enumerate(values) for b in values[index:]]
    return median(means)
