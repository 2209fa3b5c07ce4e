"""What pairs of runs prove about a test: its growth, an interval around it, and a verdict.

A *pair* is one run of each side, right after each other, so that the speed of the machine at that
moment drops out of their ratio. A *round* is a fresh process of each side. What is particular to a
process (its memory layout, its hash seed, the core that it got) is in all of its pairs: however
many there are, a round is one independent piece of evidence.

Within a round the estimate is the Hodges-Lehmann median of the logarithms of the ratios (Hodges and
Lehmann 1963, Annals of Mathematical Statistics 34:598-611), which up to 29 % wild pairs cannot
move far. Rounds are averaged by their expected precision. The variance of the average is the
moderated one of Smyth (2004, Statistical Applications in Genetics and Molecular Biology 3:3): that
of the test's own rounds, drawn towards what is typical of the suite, which is itself drawn towards
:data:`MODELLED` or :data:`COUNTED`. Student's t makes an interval of it.

One chance of a false alarm, :data:`FALSE_ALARMS`, is shared by all tests (Bonferroni) and by all
looks at the data (:func:`share_of_look`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from statistics import NormalDist, median
from typing import Final, NamedTuple

from pytest_scer.baseline import gate
from pytest_scer.core.statistics import student_t

FALSE_ALARMS: Final = 0.005
"""Of a whole run of ``ab``: the chance that any test that did not grow beyond the threshold is
called a regression. A choice."""
FOUND: Final = 0.9
"""The chance with which a growth is found that is called visible. A choice, stated beside it."""
CLEARED: Final = 0.01
"""A test is not run again once the chance that it grew beyond the threshold is less than this. A
choice."""
FLOOR_S: Final = 0.005
"""A growth of less energy than the test uses in this time is none, unless the user sets a floor.
A choice: no energy that anyone pays for, and less than interrupts and scheduling put into a run."""
PRIOR_ROUNDS: Final = 6
"""Number of rounds of its own that a test needs to outweigh what is typical of the suite: the gate
weighs runs in the same way (``PRIOR_RUNS``)."""
PRIOR_OF_SUITE: Final = 10
"""Degrees of freedom that what is known of noise in general counts for against the whole suite. A
choice: a suite of three tests and four rounds has nine of its own."""
CHANGED: Final = 0.05
"""The chance, before anything is known, that a commit changes the cost of a test. With
:data:`CHANGE` it only directs which tests are repeated: no verdict depends on it. A choice."""
CHANGE: Final = 0.3
"""The size of such a change, as a standard deviation of logarithms: tens of percent. A choice."""
LEAST_J: Final = 1e-9
"""Stands for a cost of nothing, whose ratio would have no logarithm."""
MOST_WALSH: Final = 64
"""Pairs of a round that enter its estimate one by one; of more, means of neighbours do."""
_FIRST_LOOKS: Final = (0.02, 0.05, 0.05)
_LATER_LOOKS: Final = 0.88


@dataclass(frozen=True)
class Noise:
    """What is known of noise before any test has run, as standard deviations of logarithms.

    Attributes:
        pair: Of the ratio of two runs of the same code, next to each other.
        luck: Of what is particular to two processes and stays for a whole round.
        source: Where that is known from.
    """

    pair: float
    luck: float
    source: str


MODELLED: Final = Noise(
    math.sqrt(2) * 0.12, math.sqrt(2) * 0.02, "CPU time: single runs spread 12 %, processes 2 %"
)
"""Single runs spread 12 % on shared machines, as measured for the gate. The layout of a process
moves its cost by one to a few percent (Mytkowicz et al. 2009, ASPLOS; Kalibera and Jones 2013,
ISMM)."""
COUNTED: Final = Noise(
    math.sqrt(2) * gate.COUNTED.single,
    math.sqrt(2) * gate.COUNTED.session,
    "energy counters: single runs spread 1 %, processes 0.3 %",
)
"""As the gate has it for energy counters."""


class Run(NamedTuple):
    """One run of a test.

    Attributes:
        cost_j: Joules of the components that are compared.
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
        """Logarithm of head over base."""
        return math.log(max(self.head.cost_j, LEAST_J) / max(self.base.cost_j, LEAST_J))


class History:
    """The pairs of one test, by round; rounds without one are left out."""

    def __init__(self, rounds: Iterable[Sequence[Pair]]) -> None:
        """Take the pairs of all rounds.

        Args:
            rounds: The pairs of each round, in the order in which they were run.
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
        """The test's own average power; 0 where no time passed."""
        runs = [run for pairs in self.rounds for pair in pairs for run in pair]
        powers = [run.cost_j / run.duration_s for run in runs if run.duration_s > 0]
        return median(powers) if powers else 0.0

    @cached_property
    def pair_spread(self) -> tuple[float, int]:
        """Standard deviation of a pair within its round, and degrees of freedom behind it.

        1.4826 times the median distance: of what lies in the middle, since wild pairs do not move
        the estimate either.
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

    Such a test fills a cache, or loads what it needs, in its first run. The ratio of the sides does
    not enter, so that this choice cannot favour a verdict.
    """
    first = [pairs[0].base.cost_j + pairs[0].head.cost_j for pairs in rounds if len(pairs) > 1]
    later = [pair.base.cost_j + pair.head.cost_j for pairs in rounds for pair in pairs[1:]]
    return bool(later) and median(later) < median(first) / 2


def hodges_lehmann(values: Sequence[float]) -> float:
    """The median of the means of all pairs of values, each with itself included."""
    if len(values) > MOST_WALSH:
        half = len(values) // 2
        values = [(values[2 * i] + values[2 * i + 1]) / 2 for i in range(half)]
        return hodges_lehmann(values)
    means = [(a + b) / 2 for index, a in enumerate(values) for b in values[index:]]
    return median(means)


@dataclass(frozen=True)
class Typical:
    """What is typical of the noise in a suite.

    Attributes:
        noise: Standard deviations, to begin with.
        pair: Standard deviation of a pair, by the suite's own pairs.
        scale: By how much the variance of rounds differs from what ``pair`` and ``noise.luck`` say.
    """

    noise: Noise
    pair: float
    scale: float = 1.0

    @classmethod
    def of(cls, tests: Iterable[History], noise: Noise) -> Typical:
        """Learn from all tests of a suite, each drawn towards what is known in general."""
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
        # 1931): what the middle test shows is less than the mean.
        mean = [(value / (1 - 2 / (9 * degrees)) ** 3, degrees) for value, degrees in scatter]
        return cls(noise, pair, _drawn(1.0, mean))

    def precisions(self, test: History) -> list[float]:
        """The expected precision (1 over variance) of each round's estimate."""
        return [self.precision(test, len(pairs)) for pairs in test.rounds]

    def precision(self, test: History, pairs: int) -> float:
        """The expected precision of the estimate of a round of that many pairs."""
        return 1 / (self.noise.luck**2 + self.pair_variance(test) / pairs)

    def pair_variance(self, test: History) -> float:
        """The variance of a pair of a test, as it enters that of a round.

        The Hodges-Lehmann median has 3 / pi of the efficiency of the mean.
        """
        own, degrees = test.pair_spread
        variance = (PRIOR_ROUNDS * self.pair**2 + degrees * own**2) / (PRIOR_ROUNDS + degrees)
        return math.pi / 3 * variance

    def degrees(self, test: History) -> float:
        """Degrees of freedom behind the expected variance of a test's growth.

        That variance has two parts: the luck of processes, of which little is known, and the spread
        of pairs, of which the pairs themselves say much (Satterthwaite 1946, Biometrics Bulletin
        2:110-114). A median distance is worth 0.37 of the degrees of a standard deviation.
        """
        weights = self.precisions(test)
        luck = self.noise.luck**2 * math.fsum(weight**2 for weight in weights)
        share = luck / math.fsum(weights)
        of_pairs = PRIOR_ROUNDS + 0.37 * test.pair_spread[1]
        return 1 / (share**2 / PRIOR_ROUNDS + (1 - share) ** 2 / of_pairs)

    def scatter(self, test: History) -> float:
        """The weighted sum of squares of a test's rounds around their mean."""
        weights = self.precisions(test)
        mean = _weighted_mean(test.estimates, weights)
        return math.fsum(
            weight * (value - mean) ** 2
            for value, weight in zip(test.estimates, weights, strict=True)
        )


def _drawn(known: float, ranked: Sequence[tuple[float, int]]) -> float:
    """The middle of variances, drawn towards what is known in general.

    A median is worth 2 / pi of the degrees of freedom of a mean.
    """
    degrees = 2 / math.pi * sum(weight for _, weight in ranked)
    middle = median(value for value, _ in ranked) if ranked else known
    return (PRIOR_OF_SUITE * known + degrees * middle) / (PRIOR_OF_SUITE + degrees)


def _weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    products = (value * weight for value, weight in zip(values, weights, strict=True))
    return math.fsum(products) / math.fsum(weights)


def share_of_look(look: int) -> float:
    """The share of the chance of a false alarm that a look may spend; all looks together spend 1.

    A look is taken after each round. The first three may spend little, since nothing but enormous
    growth is clear then; from the fourth on the shares fall as 1 / (n (n + 1)), whose sum is
    finite, so that the number of rounds need not be known.

    Args:
        look: From 1.
    """
    early = len(_FIRST_LOOKS)
    if look <= early:
        return _FIRST_LOOKS[look - 1]
    return _LATER_LOOKS * (early + 1) / (look * (look + 1))


@dataclass(frozen=True)
class Judged:
    """What the pairs of a test prove.

    Attributes:
        verdict: ``regression``, ``improved``, ``inconclusive`` or ``ok``.
        base_j: Median joules of the base.
        head_j: Median joules of the head.
        change: Growth as a share of the base: 0.2 is 20 %.
        low: Lower end of its interval, at the level at which the verdict is given.
        high: Upper end.
        visible: The smallest growth that would have been found in 9 of 10 such comparisons.
        floor_j: A growth of less is no regression.
        likely: The chance that the test grew beyond threshold and floor, were all growth equally
            likely beforehand.
        worth: The same, where few tests grow: how much repeats of the test are worth.
        rounds: Number of rounds.
        pairs: Number of pairs.
        first_only: Whether only first runs of a process count.
    """

    verdict: str
    base_j: float
    head_j: float
    change: float
    low: float
    high: float
    visible: float
    floor_j: float
    likely: float
    worth: float
    rounds: int
    pairs: int
    first_only: bool


@dataclass(frozen=True)
class Judge:
    """Judges the tests of a suite by one threshold.

    Attributes:
        threshold: The growth that is allowed, with its floor.
        g_per_j: Grams for a joule, for a floor in CO2e.
        large: Number of tests compared that cost more than their floor.
        small: Number of the others: only one that more than doubles can be a regression.
    """

    threshold: gate.Threshold
    g_per_j: float
    large: int
    small: int

    @classmethod
    def of(cls, threshold: gate.Threshold, g_per_j: float, tests: Iterable[History]) -> Judge:
        """A judge of these tests; half of the chance of a false alarm is for each of two families.

        Which of the two a test belongs to depends on its cost, and not on its growth.
        """
        judge = cls(threshold, g_per_j, 1, 1)
        costs = [(test.base_j, judge.floor_j(test)) for test in tests]
        large = sum(base_j >= floor_j for base_j, floor_j in costs)
        return cls(threshold, g_per_j, max(large, 1), max(len(costs) - large, 1))

    def floor_j(self, test: History) -> float:
        """The floor of a test in joules: the user's, or 5 ms at the test's own average power."""
        return self.threshold.floor_j(self.g_per_j) or FLOOR_S * test.power_w

    def judge(self, test: History, typical: Typical, look: int) -> Judged:
        """Say what the pairs of a test prove.

        Args:
            test: At least one pair.
            typical: What is typical of the suite's noise.
            look: How many times the data were looked at by now, this time included.
        """
        floor_j = self.floor_j(test)
        weights = typical.precisions(test)
        growth = _weighted_mean(test.estimates, weights)
        prior = typical.degrees(test)
        degrees = int(prior) + len(test.rounds) - 1
        scale = (prior * typical.scale + typical.scatter(test)) / (prior + len(test.rounds) - 1)
        error = math.sqrt(scale / math.fsum(weights))
        family = self.large if test.base_j >= floor_j else self.small
        t = quantile(FALSE_ALARMS / 2 / family * share_of_look(look), degrees)
        limit = math.log1p(self.threshold.share)
        floored = max(limit, math.log1p(floor_j / max(test.base_j, LEAST_J)))
        low, high = growth - t * error, growth + t * error
        visible = max(limit + (t + quantile(1 - FOUND, degrees)) * error, floored)
        likely = NormalDist().cdf((growth - floored) / error)
        worth = likely * _chance_of_change(growth, error)
        return Judged(
            self._verdict(test, growth, low, high, floor_j),
            test.base_j,
            test.head_j,
            _share(growth),
            _share(low),
            _share(high),
            _share(visible),
            floor_j,
            likely,
            worth,
            len(test.rounds),
            test.pairs,
            test.first_only,
        )

    def _verdict(
        self, test: History, growth: float, low: float, high: float, floor_j: float
    ) -> str:
        limit = math.log1p(self.threshold.share)
        grown_j = max(test.base_j, LEAST_J) * _share(growth)
        if abs(grown_j) <= floor_j:
            return "ok"
        if growth > limit:
            return "regression" if low > limit and _agree(test, limit) else "inconclusive"
        return "improved" if high < -limit else "ok"


def _chance_of_change(growth: float, error: float) -> float:
    """The chance that a test changed at all, by Bayes' rule.

    Either it did not, or its growth is normal around 0 with a standard deviation of
    :data:`CHANGE`; beforehand the odds are :data:`CHANGED`.
    """
    spread = math.hypot(error, CHANGE)
    exponent = growth**2 / 2 * (1 / error**2 - 1 / spread**2)
    odds = CHANGED / (1 - CHANGED) * error / spread * math.exp(min(exponent, 100.0))
    return odds / (1 + odds)


def _agree(test: History, limit: float) -> bool:
    """Whether two thirds of the rounds, and the middle of all pairs, are over the limit as well.

    No single wild round or pair may make a regression.
    """
    over = sum(value > limit for value in test.estimates)
    everything = [value for ratios in test.ratios for value in ratios]
    return 3 * over >= 2 * len(test.estimates) and median(everything) > limit


@lru_cache(maxsize=4096)
def quantile(chance: float, degrees: int) -> float:
    """What Student's t exceeds with this chance."""
    return student_t(1 - 2 * chance, degrees)


def _share(logarithm: float) -> float:
    """A growth as a share, bounded so that it stays a number."""
    return math.expm1(min(logarithm, 100.0))


def noise_floor(tests: Iterable[History]) -> tuple[float, float] | None:
    """How far runs of the base are from each other, which are runs of the same code.

    Returns:
        Of the middle test, as standard deviations of logarithms: of two runs next to each other
        within a round, and of the medians of two rounds, less what all tests have in common; None
        where there was no repeat.
    """
    rounds = [
        [[math.log(max(pair.base.cost_j, LEAST_J)) for pair in pairs] for pairs in test.rounds]
        for test in tests
    ]
    within = [
        1.4826 * median(abs(b - a) for runs in test for a, b in zip(runs, runs[1:], strict=False))
        for test in rounds
        if any(len(runs) > 1 for runs in test)
    ]
    across = [[median(runs) for runs in test] for test in rounds if len(test) > 1]
    steps = [[b - a for a, b in zip(test, test[1:], strict=False)] for test in across]
    if not within and not steps:
        return None
    most = max(map(len, steps), default=0)
    common = [median(test[i] for test in steps if len(test) > i) for i in range(most)]
    between = [
        abs(step - moved) for test in steps for step, moved in zip(test, common, strict=False)
    ]
    return median(within) if within else 0.0, 1.4826 * median(between) if between else 0.0
