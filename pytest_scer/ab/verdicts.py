"""What pairs prove about a test: its growth, an interval around it, and a verdict.

Rounds are averaged by their expected precision, and Student's t turns the variance of that average
(``noise``) into an interval. One chance of a false alarm, :data:`FALSE_ALARMS`, is shared by all
tests (Bonferroni) and by all looks at the data (:func:`share_of_look`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from statistics import NormalDist, median
from typing import Final

from pytest_scer.ab.noise import Typical, weighted_mean
from pytest_scer.ab.pairs import LEAST_J, History
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.core.statistics import student_t
from pytest_scer.lazy_dataclass import dataclass

FALSE_ALARMS: Final = 0.005
"""The chance, in a whole run of ``ab``, that any test that did not grow beyond the threshold is
called a regression. A choice."""
FOUND: Final = 0.9
"""The chance of finding a growth called detectable. A choice, stated next to it."""
CLEARED: Final = 0.01
"""A test is not run again once the chance that it grew beyond the threshold is below this. A
choice."""
FEWEST_PAIRS: Final = 3
"""Number of pairs needed to clear a test: with fewer, one outlier would decide."""
FLOOR_S: Final = 0.005
"""A growth of less energy than the test uses in this time does not count, unless the user sets a
floor. A choice: less than anyone pays for, and less than interrupts and scheduling add to a run."""
FEWEST_ROUNDS: Final = 4
"""Number of rounds needed for a regression or a saving. A process may be in one of two states for
all of its life; in one that was seen, a torch test cost three times as much, probably because of
where malloc gets large blocks. A round then shows a false growth with a chance of 1/4 at most, and
four rounds do with 1/256, which is less than :data:`FALSE_ALARMS`."""
OWN_ROUNDS: Final = 0.01
"""The chance that the rounds of an unchanged test, taken alone, show growth. A choice."""
CHANGED: Final = 0.05
"""The chance, before anything is known, that a commit changes the cost of a test. Together with
:data:`CHANGE`, it only affects which tests are repeated: no verdict depends on it. A choice."""
CHANGE: Final = 0.3
"""The size of such a change, as a standard deviation of logarithms: tens of percent. A choice."""
_FIRST_LOOKS: Final = (0.02, 0.05, 0.05)
_LATER_LOOKS: Final = 0.88


def share_of_look(look: int) -> float:
    """The share of the chance of a false alarm that a look may spend; all looks together spend 1.

    A look is taken after each round. The first three may spend little, since only enormous growth
    is clear by then. From the fourth on, the shares fall as 1 / (n (n + 1)), whose sum is finite,
    so the number of rounds need not be known.

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
        low: Lower end of its interval, at the confidence level of the verdict.
        high: Upper end.
        detectable: The smallest growth that would have been found in 9 of 10 such comparisons.
        floor_j: A growth of fewer joules is no regression.
        likely: The chance that the test grew beyond threshold and floor, if any growth is equally
            likely beforehand.
        worth: The same, if few tests grow: how much repeats of the test are worth.
        needs_rounds: Whether the interval is clear and only more rounds have to confirm it.
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
    detectable: float
    floor_j: float
    likely: float
    worth: float
    needs_rounds: bool
    rounds: int
    pairs: int
    first_only: bool


@dataclass(frozen=True)
class Judge:
    """Judges the tests of a suite by one threshold.

    Attributes:
        threshold: The allowed growth, with its floor.
        g_per_j: Grams per joule, for a floor in CO2e.
        large: Number of compared tests that cost more than their floor.
        small: Number of the others: each can be a regression only if it more than doubles.
    """

    threshold: Threshold
    g_per_j: float
    large: int
    small: int

    @classmethod
    def of(cls, threshold: Threshold, g_per_j: float, tests: Iterable[History]) -> Judge:
        """A judge of these tests; each of two families gets half of the chance of a false alarm.

        A test's family depends on its cost, not on its growth.
        """
        judge = cls(threshold, g_per_j, 1, 1)
        costs = [(test.base_j, judge.floor_j(test)) for test in tests]
        large = sum(base_j >= floor_j for base_j, floor_j in costs)
        return cls(threshold, g_per_j, max(large, 1), max(len(costs) - large, 1))

    def floor_j(self, test: History) -> float:
        """The floor of a test in joules: the user's, or 5 ms at the test's own average power."""
        return self.threshold.floor_j(self.g_per_j) or FLOOR_S * test.power_w

    def judge(
        self, test: History, typical: Typical, look: int, could: Sequence[int] = ()
    ) -> Judged:
        """Decide what the pairs of a test prove.

        Args:
            test: At least one pair.
            typical: What is typical of the suite's noise.
            look: How many times the data have been looked at, this time included.
            could: How many pairs each round would have had if the test had been a suspect, as a
                detectable growth makes it; if empty, those that it had.
        """
        floor_j = self.floor_j(test)
        weights = typical.precisions(test)
        growth = weighted_mean(test.estimates, weights)
        prior = typical.degrees(test)
        degrees = int(prior) + len(test.rounds) - 1
        scale = (prior * typical.scale + typical.scatter(test)) / (prior + len(test.rounds) - 1)
        error = math.sqrt(scale / math.fsum(weights))
        family = self.large if test.base_j >= floor_j else self.small
        t = quantile(FALSE_ALARMS / 2 / family * share_of_look(look), degrees)
        limit = math.log1p(self.threshold.share)
        floored = max(limit, math.log1p(floor_j / max(test.base_j, LEAST_J)))
        low, high = growth - t * error, growth + t * error
        if could:
            sharper = math.fsum(typical.precision(test, pairs) for pairs in could)
            seen = math.sqrt(scale / max(sharper, math.fsum(weights)))
            sure = int(prior) + len(could) - 1
        else:
            seen, sure = error, degrees
        last = share_of_look(max(look, len(could)))
        needed = quantile(FALSE_ALARMS / 2 / family * last, sure)
        # The error is an estimate, here and in the hypothetical comparison: each has a
        # relative variance of 1 / (2 sure).
        luck = quantile(1 - FOUND, sure) * math.sqrt(1 + needed**2 / sure)
        detectable = max(limit + (needed + luck) * seen, floored)
        likely = NormalDist().cdf((growth - floored) / error)
        worth = likely * _chance_of_change(growth, error)
        if test.pairs < FEWEST_PAIRS and test.base_j >= floor_j:  # the only pair may be an outlier
            likely, worth = max(likely, 2 * CLEARED), max(worth, CLEARED)
        is_over, is_under = low > limit, high < -limit
        sign = 1 if growth > 0 else -1
        is_certain = (
            len(test.rounds) >= FEWEST_ROUNDS
            and _agree(test, limit, sign)
            and _grew_alone(test, typical, sign * growth)
        )
        is_beyond_floor = abs(max(test.base_j, LEAST_J) * _share(growth)) > floor_j
        verdict = "ok"
        if is_beyond_floor and growth > limit:
            verdict = "regression" if is_over and is_certain else "inconclusive"
        elif is_beyond_floor and is_under and is_certain:
            verdict = "improved"
        return Judged(
            verdict,
            test.base_j,
            test.head_j,
            _share(growth),
            _share(low),
            _share(high),
            _share(detectable),
            floor_j,
            likely,
            worth,
            is_beyond_floor and (is_over or is_under) and not is_certain,
            len(test.rounds),
            test.pairs,
            test.first_only,
        )


def _chance_of_change(growth: float, error: float) -> float:
    """The chance that a test changed at all, by Bayes' rule.

    Either it did not, or its growth is normal around 0 with a standard deviation of
    :data:`CHANGE`; beforehand the odds are :data:`CHANGED`.
    """
    spread = math.hypot(error, CHANGE)
    exponent = growth**2 / 2 * (1 / error**2 - 1 / spread**2)
    odds = CHANGED / (1 - CHANGED) * error / spread * math.exp(min(exponent, 100.0))
    return odds / (1 + odds)


def _agree(test: History, limit: float, sign: int) -> bool:
    """Whether two thirds of the rounds, and the median of all pairs, are over the limit as well.

    No single outlying round or pair may make a regression or, with the other sign, a saving.
    """
    over = sum(sign * value > limit for value in test.estimates)
    everything = [sign * value for ratios in test.ratios for value in ratios]
    return 3 * over >= 2 * len(test.estimates) and median(everything) > limit


def _grew_alone(test: History, typical: Typical, growth: float) -> bool:
    """Whether the rounds of a test alone, whatever is typical of the suite, show growth.

    A test whose processes have far more luck than those of others passes this in one of a hundred
    cases. A single round shows no scatter.
    """
    degrees = len(test.rounds) - 1
    if not degrees:
        return True
    variance = typical.scatter(test) / degrees / math.fsum(typical.precisions(test))
    return growth > quantile(OWN_ROUNDS, degrees) * math.sqrt(variance)


@lru_cache(maxsize=4096)
def quantile(chance: float, degrees: int) -> float:
    """The value that Student's t exceeds with this chance."""
    if degrees == 1:  # the Cauchy distribution
        return math.tan(math.pi * (0.5 - chance))
    return student_t(1 - 2 * chance, degrees)


def _share(logarithm: float) -> float:
    """A growth as a share, bounded so that it stays finite."""
    return math.expm1(min(logarithm, 100.0))
