"""What runs of a test tell of its cost, and how much they scatter.

Everything here is in logarithms of costs, where the noise of shared machines is additive: a slow
moment makes a test dearer by a factor.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

CALM: Final = 0.1
"""Where the reference workload's cost moved by a tenth while a test ran, a run of it scatters twice
as much (in variance) as where it stood still (2.0 times, over 56 sessions of 38 tests)..."""
LEAST_WEIGHT: Final = 0.25
"""... but counts a quarter at least: some tests scatter by themselves, and any of their runs is as
good as another."""
UNLIKE: Final = 0.2
"""How unlike the reference a test may be: where the reference costs 10 % more, work that is slowed
by the same cause costs 8 to 12 % more (standard deviation over 38 tests of five kinds, each over 56
sessions: 0.16)."""
KEPT: Final = 0.34
"""Of the variance of a run against the same run in another session, what repeats within a session
do not take away (of modelled CPU time; of counters it is less)."""
FARTHEST: Final = 3.0
"""So many standard deviations a run may draw at the slope of its test; a wild one draws no more."""
NOISY: Final = 2.33
"""A test is noisier than others where its own variance is over what is known in general, by more
than chance would have it in 1 % of cases: so many standard deviations."""
FEWEST_TO_LEAVE_ONE_OUT: Final = 5
"""Of so many runs at least, the farthest is left out where their spread is asked for..."""
LOST: Final = 2.5
"""... which costs one and a half degrees of freedom beside the one for their middle (2.6 are left
of five runs, 7.3 of ten, 17.2 of twenty: simulated, of normal noise)."""
MIDDLE_COST: Final = {1: 1.0, 2: 1.0, 3: 1.35}
"""Variance of the middle over that of a mean, of normal noise, by the number of runs..."""
MIDDLE_COST_OF_MANY: Final = math.pi / 3
"""... and of more (Hodges and Lehmann 1963)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a test, and the reference workload run beside it.

    Attributes:
        cost_j: Joules of the components that are compared.
        reference_j: The same of the reference workload; None where it was not run.
        meter_j: How far the meter may be off, in joules.
        weight: What the run is worth beside the reference; a calm one is worth 1.
        repeats: Of how many runs within its session it is the median, as of ``carbon(fn)``.
    """

    cost_j: float
    reference_j: float | None = None
    meter_j: float = 0.0
    weight: float = 1.0
    repeats: int = 1


def weights_of(samples: Sequence[Sample], *, normalised: bool) -> list[float]:
    """What each sample is worth: the more, the more runs it is of.

    Args:
        samples: Of one side.
        normalised: Whether they are divided by the reference workload's cost: how far that moved
            counts only then.
    """
    return [
        (each.weight if normalised else 1.0) / (KEPT + (1 - KEPT) / each.repeats)
        for each in samples
    ]


def weight_beside(moved: float) -> float:
    """What a run of a test is worth: the less, the more the reference moved while it ran.

    Args:
        moved: By how much its cost right before the test and right after it differ, as a logarithm.
    """
    return max(1 / (1 + (moved / CALM) ** 2), LEAST_WEIGHT)


class Variance(NamedTuple):
    """An estimate of a variance, and how many degrees of freedom it has."""

    value: float
    degrees: float

    def and_known(self, value: float) -> Variance:
        """With a part whose size is known, which leaves the degrees of freedom as they are."""
        return Variance(self.value + value, self.degrees)

    def pooled_with(self, own: Variance) -> Variance:
        """Together with one from a test's own runs, each as far as its degrees of freedom go.

        (Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3:3, section 4.)
        """
        degrees = self.degrees + own.degrees
        return Variance((self.degrees * self.value + own.degrees * own.value) / degrees, degrees)

    def over(self, other: Variance) -> float:
        """How far this one is over another of the same kind, in standard deviations.

        The cube root of a quotient of variances is nearly normal (Paulson 1942, Annals of
        Mathematical Statistics 13:233-235).
        """
        if not other.value:
            return math.inf if self.value else 0.0
        root = math.exp(math.log(self.value / other.value) / 3) if self.value else 0.0
        mine, theirs = 2 / (9 * self.degrees), 2 / (9 * other.degrees)
        return ((1 - theirs) * root - (1 - mine)) / math.sqrt(theirs * root**2 + mine)


def sum_of(parts: Sequence[Variance]) -> Variance:
    """Of independent parts; its degrees of freedom as Welch and Satterthwaite reckon them.

    (Satterthwaite 1946, Biometrics Bulletin 2:110-114.)
    """
    total = math.fsum(part.value for part in parts)
    degrees = total**2 / math.fsum(part.value**2 / part.degrees for part in parts)
    return Variance(total, max(2, int(degrees)))


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of one test: logarithms of what they cost.

    Attributes:
        values: Of each run, divided by the reference workload's cost or not.
        weights: What each is worth: a run of weight ``w`` has the variance of a calm one over w.
    """

    values: Sequence[float]
    weights: Sequence[float]

    @classmethod
    def of(cls, samples: Sequence[Sample], *, normalised: bool) -> Runs:
        """Take logarithms.

        Args:
            samples: Each of more than 0 J.
            normalised: Whether to divide by the reference workload's cost, which each must have.
        """
        if not normalised:
            values = [math.log(each.cost_j) for each in samples]
        else:
            values = [math.log(each.cost_j / (each.reference_j or math.nan)) for each in samples]
        return cls(values, weights_of(samples, normalised=normalised))

    @property
    def middle(self) -> float:
        """The weighted median of the means of all pairs, each run with itself included.

        As little moved by some wild runs as a median, and nearly as sharp as a mean for few of them
        (Hodges and Lehmann 1963, Annals of Mathematical Statistics 34:598-611). Of three runs it is
        their median: one wild one would move the other.
        """
        runs = list(zip(self.values, self.weights, strict=True))
        if len(runs) == 3:
            return weighted_median(runs)
        return weighted_median(
            ((first + second) / 2, weight * other)
            for index, (first, weight) in enumerate(runs)
            for second, other in runs[: index + 1]
        )

    @property
    def mean(self) -> float:
        """The weighted mean."""
        weighted = zip(self.values, self.weights, strict=True)
        return math.fsum(value * weight for value, weight in weighted) / math.fsum(self.weights)

    @property
    def variance(self) -> Variance:
        """Of a calm run, from at least two: how they scatter.

        One wild run among few would make any test noisy. So of five or more the farthest is left
        out, and the sum of squares is divided by what it is then expected to be.
        """
        count = len(self.values)
        few = count < FEWEST_TO_LEAVE_ONE_OUT
        off = self.off(self.mean if few else self.middle)
        squares = sorted(weight * each**2 for each, weight in zip(off, self.weights, strict=True))
        if few:
            return Variance(math.fsum(squares) / (count - 1), count - 1)
        expected = (count - 1) * (1 - farthest_square(count) / count)
        return Variance(math.fsum(squares[:-1]) / expected, count - LOST)

    def variance_given(self, general: Variance) -> Variance:
        """Of a calm run: what is known in general, as far as these runs do not tell otherwise."""
        if len(self.values) < 2:
            return general
        own = self.variance
        return own if own.over(general) > NOISY else general.pooled_with(own)

    def of_middle(self, calm: Variance) -> Variance:
        """The variance of the middle, where a calm run has this one."""
        cost = MIDDLE_COST.get(len(self.values), MIDDLE_COST_OF_MANY)
        return Variance(calm.value / math.fsum(self.weights) * cost, calm.degrees)

    def off(self, centre: float, farthest: float = math.inf) -> list[float]:
        """How far each run is from a centre, and no farther than this."""
        return [min(max(value - centre, -farthest), farthest) for value in self.values]

    def less(self, slope: float, other: Runs) -> Runs:
        """These runs, less so much of what the others are."""
        pairs = zip(self.values, other.values, strict=True)
        return Runs([value - slope * theirs for value, theirs in pairs], self.weights)


class Levelled(NamedTuple):
    """Runs of some sides as they would be beside a reference of one and the same cost.

    Attributes:
        sides: The runs of each side.
        slope: By how much more than the reference's own cost the test's follows the moment, in
            logarithms: 0.1 where it grows by 1.1 % with each 1 % of the reference's.
        slope_variance: How uncertain that is.
        spent: How many degrees of freedom of the runs it took.
    """

    sides: Sequence[Runs]
    slope: float
    slope_variance: float
    spent: float


def levelled(sides: Sequence[Sequence[Sample]], calm: float) -> Levelled:
    """Divide costs by the reference's, and take out what still follows it.

    Not all work slows down alike. How a test does is fitted to the runs within each side, drawn
    towards what the reference does as far as :data:`UNLIKE` says (ridge regression: Hoerl and
    Kennard 1970, Technometrics 12:55-67).

    Args:
        sides: Samples, each with a reference.
        calm: Variance of a calm run, as far as it is known.
    """
    runs = [Runs.of(side, normalised=True) for side in sides]
    references = [
        Runs([math.log(each.reference_j or math.nan) for each in side], own.weights)
        for side, own in zip(sides, runs, strict=True)
    ]
    squares = products = 0.0
    for own, reference in zip(runs, references, strict=True):
        for off, apart, weight in zip(
            own.off(own.middle, FARTHEST * math.sqrt(calm)),
            reference.off(reference.mean),
            own.weights,
            strict=True,
        ):
            squares += weight * apart**2
            products += weight * apart * off
    known = squares + calm / UNLIKE**2
    slope = products / known
    return Levelled(
        [own.less(slope, reference) for own, reference in zip(runs, references, strict=True)],
        slope,
        calm / known,
        squares / known,
    )


def weighted_median(weighted: Iterable[tuple[float, float]]) -> float:
    """The value with half of the weight on either side; the mean of two where it is between them.

    Args:
        weighted: Values with their weights, at least one.
    """
    ranked = sorted(weighted)
    half, passed = math.fsum(weight for _, weight in ranked) / 2, 0.0
    for index, (value, weight) in enumerate(ranked):
        passed += weight
        if math.isclose(passed, half, rel_tol=1e-9):
            return (value + ranked[index + 1][0]) / 2
        if passed > half:
            return value
    raise ValueError("the median of nothing")


@lru_cache(maxsize=256)
def farthest_square(count: int) -> float:
    """What the largest of so many squares of standard normal values is expected to be.

    The integral of ``1 - F(x)**count``, where F is the chi-squared distribution with one degree of
    freedom, ``erf(sqrt(x / 2))``; with ``x = t**2``, by the trapezoid rule.
    """
    step, most = 0.01, 9.0
    return step * math.fsum(
        2 * t * (1 - math.erf(t / math.sqrt(2)) ** count)
        for t in (step * index for index in range(int(most / step)))
    )
