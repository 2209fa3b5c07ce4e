"""The noise of paired runs: general values, and those typical of a suite.

The variance of a test's growth is moderated as in Smyth (2004, Statistical Applications in Genetics
and Molecular Biology 3:3): the variance of the test's own rounds is shrunk towards the suite's
typical one, which is itself shrunk towards :data:`MODELLED` or :data:`COUNTED`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from pytest_scer.ab.pairs import LEAST_J, History
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.sources import noise as sources

PRIOR_ROUNDS: Final = 6
"""Number of rounds that a test needs to outweigh what is typical of the suite: the gate weighs runs
the same way (``PRIOR_RUNS``)."""
PRIOR_OF_SUITE: Final = 10
"""Degrees of freedom of the general noise when pooled with the whole suite's. A choice: a suite of
three tests and four rounds has nine of its own."""


@dataclass(frozen=True)
class Noise:
    """The noise assumed before any test has run, as standard deviations of logarithms.

    Attributes:
        pair: Of the ratio of two runs of the same code, next to each other.
        luck: Of what is particular to two processes and lasts for a whole round.
        source: Where these values come from.
    """

    pair: float
    luck: float
    source: str


MODELLED: Final = Noise(
    math.sqrt(2) * sources.SINGLE_RUN.value,
    math.sqrt(2) * sources.PROCESS.value,
    "CPU time: single runs spread 12 %, processes 2 %",
)
"""Single runs spread 12 % on shared machines, as measured for the gate. The layout of a process
moves its cost by one to a few percent (Mytkowicz et al. 2009, ASPLOS; Kalibera and Jones 2013,
ISMM)."""
COUNTED: Final = Noise(
    math.sqrt(2) * sources.COUNTED_PAIR.value,
    math.sqrt(2) * sources.COUNTED_LEAST.value,
    "energy counters: single runs next to each other spread 1 %, processes 0.3 %",
)
"""A counter resolves 0.3 to 1 %; the machine changes little between two adjacent runs."""


@dataclass(frozen=True)
class Typical:
    """The typical noise of a suite.

    Attributes:
        noise: The standard deviations assumed at first.
        pair: Standard deviation of a pair, by the suite's own pairs.
        scale: The variance of rounds relative to what ``pair`` and ``noise.luck`` predict.
    """

    noise: Noise
    pair: float
    scale: float = 1.0

    @classmethod
    def of(cls, tests: Iterable[History], noise: Noise) -> Typical:
        """Learn from all tests of a suite, shrunk towards what is known in general."""
        tests = list(tests)
        spreads = sorted(
            (spread**2, degrees)
            for spread, degrees in (test.pair_spread for test in tests)
            if degrees
        )
        pair = math.sqrt(_drawn(noise.pair**2, spreads))
        plain = cls(noise, pair)
        scatter = sorted(
            (plain.scatter(test) / (len(test.rounds) - 1), len(test.rounds) - 1)
            for test in tests
            if len(test.rounds) > 1
        )
        # The median of a chi-squared variable over its degrees of freedom (Wilson and Hilferty
        # 1931): the middle test shows less than the mean.
        mean = [(value / (1 - 2 / (9 * degrees)) ** 3, degrees) for value, degrees in scatter]
        return cls(noise, pair, _drawn(1.0, mean))

    def precisions(self, test: History) -> list[float]:
        """The expected precision (1 over variance) of each round's estimate."""
        return [self.precision(test, len(pairs)) for pairs in test.rounds]

    def precision(self, test: History, pairs: int) -> float:
        """The expected precision of the estimate of a round with this number of pairs."""
        return 1 / (self.noise.luck**2 + self.pair_variance(test) / pairs)

    def pair_variance(self, test: History) -> float:
        """The variance of a pair of a test, as it enters the variance of a round.

        The Hodges-Lehmann median has 3 / pi of the efficiency of the mean.
        """
        own, degrees = test.pair_spread
        variance = (PRIOR_ROUNDS * self.pair**2 + degrees * own**2) / (PRIOR_ROUNDS + degrees)
        return math.pi / 3 * variance

    def degrees(self, test: History) -> float:
        """Degrees of freedom behind the expected variance of a test's growth.

        That variance has two parts: the luck of processes, about which little is known, and the
        spread of pairs, about which the pairs themselves say much (Satterthwaite 1946, Biometrics
        Bulletin 2:110-114). A median distance is worth 0.37 of the degrees of a standard deviation.
        """
        weights = self.precisions(test)
        luck = self.noise.luck**2 * math.fsum(weight**2 for weight in weights)
        share = luck / math.fsum(weights)
        of_pairs = PRIOR_ROUNDS + 0.37 * test.pair_spread[1]
        return 1 / (share**2 / PRIOR_ROUNDS + (1 - share) ** 2 / of_pairs)

    def scatter(self, test: History) -> float:
        """The weighted sum of squares of a test's rounds around their mean."""
        weights = self.precisions(test)
        mean = weighted_mean(test.estimates, weights)
        return math.fsum(
            weight * (value - mean) ** 2
            for value, weight in zip(test.estimates, weights, strict=True)
        )


def _drawn(known: float, ranked: Sequence[tuple[float, int]]) -> float:
    """The median of variances, shrunk towards what is known in general.

    A median is worth 2 / pi of the degrees of freedom of a mean.
    """
    degrees = 2 / math.pi * sum(weight for _, weight in ranked)
    middle = median(value for value, _ in ranked) if ranked else known
    return (PRIOR_OF_SUITE * known + degrees * middle) / (PRIOR_OF_SUITE + degrees)


def weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """The weighted mean of values."""
    products = (value * weight for value, weight in zip(values, weights, strict=True))
    return math.fsum(products) / math.fsum(weights)


def noise_floor(tests: Iterable[History]) -> tuple[float, float] | None:
    """How far runs of the base, which all run the same code, are from each other.

    Returns:
        Standard deviations of logarithms for the middle test: of two adjacent runs within a round,
        and of the medians of two rounds, less what all tests have in common; None if nothing was
        repeated.
    """
    rounds = [
        [[math.log(max(pair.base.cost_j, LEAST_J)) for pair in pairs] for pairs in test.rounds]
        for test in tests
    ]
    within = [
        1.4826 * median(abs(b - a) for runs in test for a, b in pairwise(runs))
        for test in rounds
        if any(len(runs) > 1 for runs in test)
    ]
    across = [[median(runs) for runs in test] for test in rounds if len(test) > 1]
    steps = [[b - a for a, b in pairwise(test)] for test in across]
    if not within and not steps:
        return None
    most = max(map(len, steps), default=0)
    common = [median(test[i] for test in steps if len(test) > i) for i in range(most)]
    between = [
        abs(step - moved) for test in steps for step, moved in zip(test, common, strict=False)
    ]
    return median(within) if within else 0.0, 1.4826 * median(between) if between else 0.0
