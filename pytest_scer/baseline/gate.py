"""When a test that costs more than before is a regression, and when that is only noise.

The comparison is made in logarithms, where the noise of shared machines is additive: a slow moment
makes a test dearer by a factor. ``docs/explanation/gate.md`` states the method with its measured
error rates; the constants here are the ones that were measured there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from statistics import median, variance
from typing import Final, NamedTuple

from pytest_scer.core.budget import Budget, Quantity
from pytest_scer.core.statistics import student_t

FALSE_ALARMS: Final = 0.02
"""Of a whole session: the chance that any test that did not grow is called a regression
(Bonferroni)."""
OVER_BY_LUCK: Final = 0.05
"""Of one test: the chance that it is called a regression while its growth is just the threshold."""
EARLY: Final = 0.1
"""Share of these chances that a look before the last repeat may spend."""
FEWEST_AGAIN: Final = 3
"""So many repeats at least before a suspect is cleared or condemned early."""
PRIOR_RUNS: Final = 6
"""How many runs of its own a test must have to outweigh what is known of noise in general, where
no history tells how much tests differ in it."""
UNLIKE: Final = 0.2
"""How unlike the reference a test may be: where the reference costs 10 % more, work that is slowed
by the same cause costs 8 to 12 % more (standard deviation over 30 tests of five kinds, each over 17
sessions: 0.17)."""
FEWEST_OWN: Final = 3
"""So many degrees of freedom a test needs to be told noisy from its own runs."""
NOISY: Final = 3.0
"""A variance of so many times the general one is a test's own: by chance, one of five runs of a
test like the others has it in 2 % of cases (chi-squared, 4 degrees of freedom)."""
MIDDLE_COST: Final = {1: 1.0, 2: 1.0, 3: 1.35}
"""Variance of the middle over that of a mean, of normal noise, by the number of runs..."""
MIDDLE_COST_OF_MANY: Final = math.pi / 3
"""... and of more (Hodges and Lehmann 1963)."""


class Change(str, Enum):
    """What a comparison says."""

    OK = "ok"
    REGRESSION = "regression"
    INCONCLUSIVE = "inconclusive"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True, slots=True)
class Threshold:
    """How much dearer a test may become.

    Attributes:
        share: Of the baseline: 0.1 is 10 %.
        floor: A growth of no more than this is none, whatever its share; joules, or grams.
        floor_unit: ``J`` or ``g``.
        text: As the user wrote it.
    """

    share: float = 0.10
    floor: float = 0.0
    floor_unit: str = "J"
    text: str = "10%"

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """Read ``10%``, ``10`` or ``10% and 0.5 J``.

        Raises:
            ValueError: It is none of these; the message says what would have been right.
        """
        share, conjunction, floor = (part.strip() for part in text.partition(" and "))
        try:
            percent = float(share.removesuffix("%"))
        except ValueError:
            percent = math.nan
        if not (math.isfinite(percent) and percent >= 0):
            raise ValueError(f"{text!r} is not a growth: expected '10%' or '10% and 0.5 J'")
        if not conjunction:
            return cls(percent / 100, text=text.strip())
        budget = Budget.parse(floor)
        if budget.quantity is Quantity.POWER or budget.functional_unit is not None:
            raise ValueError(f"{floor!r} is no floor: expected energy or CO2e, as in '0.5 J'")
        return cls(percent / 100, budget.limit, budget.quantity.value[0], text.strip())

    def floor_j(self, g_per_j: float) -> float:
        """The floor in joules, at so many grams for a joule."""
        if self.floor_unit == "J" or not self.floor:
            return self.floor
        return self.floor / g_per_j if g_per_j else math.inf


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a test, and the reference workload run beside it.

    Attributes:
        cost_j: Joules of the components that are compared.
        reference_j: The same of the reference workload; None where it was not run.
        meter_j: How far the meter may be off, in joules.
    """

    cost_j: float
    reference_j: float | None = None
    meter_j: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """What is known of noise in general: standard deviations of the logarithm of a cost.

    Attributes:
        single: Of one run of one test against the same run in another session.
        session: The part of it that repeats within a session do not take away.
        normalised: Whether costs are divided by the reference workload's.
        source: Where that is known from.
        runs: How many runs of its own a test must have to outweigh it: the more, the more alike
            tests are in their noise.
    """

    single: float
    session: float
    normalised: bool
    source: str
    runs: int = PRIOR_RUNS


MODELLED: Final = Spread(0.15, 0.07, True, "CPU time on shared machines")
COUNTED: Final = Spread(0.01, 0.003, False, "energy counters within one machine")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A test held against its baseline.

    Attributes:
        verdict: What came of it.
        baseline_j: Joules in the middle of the baseline's runs.
        actual_j: Joules in the middle of this session's runs.
        change: Growth of the cost, divided by the reference workload's where that was run on both
            sides: 0.4 is 40 % dearer.
        noise: How much clearer than the threshold ``change`` has to be: it is a regression if
            ``change - noise`` is over the threshold, and the growth over the floor.
        normalised: Whether it was divided by the reference workload's cost.
        baseline_runs: How many runs stand behind the baseline.
        runs: How many stand behind the figure.
    """

    verdict: Change
    baseline_j: float
    actual_j: float
    change: float
    noise: float
    normalised: bool
    baseline_runs: int
    runs: int


@dataclass(frozen=True, slots=True)
class Gate:
    """Judges the tests of one session.

    Attributes:
        threshold: How much dearer a test may become.
        floor_j: Its floor in joules.
        family: How many comparisons the session makes: they share the chance of a false alarm.
        spread: What is known of noise in general.
    """

    threshold: Threshold
    floor_j: float
    family: int
    spread: Spread

    def compare(
        self, base: Sequence[Sample], head: Sequence[Sample], *, last: bool = True
    ) -> Comparison:
        """Hold runs against runs of the baseline.

        Args:
            base: Of the baseline: one of each of its sessions, at least one.
            head: Of this session, at least one.
            last: Whether no more runs will follow.
        """
        normalised = self._normalises(base, head)
        baseline_j = median(sample.cost_j for sample in base)
        actual_j = median(sample.cost_j for sample in head)
        meter_j = (median(each.meter_j for each in base), median(each.meter_j for each in head))
        if min(baseline_j, *(each.cost_j for each in (*base, *head))) <= 0:
            return self._from_nothing(baseline_j, actual_j, math.hypot(*meter_j), base, head)
        old, new = _logs(base, normalised), _logs(head, normalised)
        growth = middle(new) - middle(old)
        luck = self._variance(old, new)
        if normalised:
            luck = luck.and_known((UNLIKE * _apart(base, head)) ** 2)
        meter = math.hypot(meter_j[0] / baseline_j, meter_j[1] / actual_j)
        blur = self._blur(luck, meter, 1.0 if last else EARLY)
        ratio = math.exp(growth)
        change, noise = ratio - 1, ratio * (1 - math.exp(-blur))
        return Comparison(
            self._verdict(baseline_j, change, noise),
            baseline_j,
            actual_j,
            change,
            noise,
            normalised,
            len(base),
            len(head),
        )

    def _normalises(self, base: Sequence[Sample], head: Sequence[Sample]) -> bool:
        return self.spread.normalised and all(each.reference_j for each in (*base, *head))

    def _verdict(self, baseline_j: float, change: float, noise: float) -> Change:
        if not self._over(baseline_j, change):
            return Change.OK
        return Change.REGRESSION if self._over(baseline_j, change - noise) else Change.INCONCLUSIVE

    def _over(self, baseline_j: float, change: float) -> bool:
        return change > self.threshold.share and baseline_j * change > self.floor_j

    def _from_nothing(
        self,
        baseline_j: float,
        actual_j: float,
        meter_j: float,
        base: Sequence[Sample],
        head: Sequence[Sample],
    ) -> Comparison:
        """A figure of 0 has no factor: only the meters and the floor can say whether it grew."""
        growth_j = actual_j - baseline_j
        verdict = Change.OK
        if growth_j > max(self.floor_j, baseline_j * self.threshold.share):
            clear = growth_j - meter_j > self.floor_j
            verdict = Change.REGRESSION if clear else Change.INCONCLUSIVE
        scale = baseline_j or actual_j or 1.0
        return Comparison(
            verdict,
            baseline_j,
            actual_j,
            growth_j / scale,
            meter_j / scale,
            False,
            len(base),
            len(head),
        )

    def _blur(self, luck: _Variance, meter: float, share: float) -> float:
        """How much clearer than the threshold a growth has to be, in logarithms.

        Two things must hold. That the test grew at all has to be clear among so many tests, or a
        large suite would always have a false alarm. That it grew by more than the threshold has to
        be clear for this one test; many that grew by just the threshold are no false alarms.
        """
        error = math.sqrt(luck.value)
        grew = _quantile(FALSE_ALARMS / self.family * share, luck.degrees) * error
        over = _quantile(OVER_BY_LUCK * share, luck.degrees) * error
        return max(
            math.hypot(grew, meter) - math.log1p(self.threshold.share), math.hypot(over, meter)
        )

    def _variance(
        self, old: Sequence[float], new: Sequence[float], *, endless: bool = False
    ) -> _Variance:
        """Of the growth, from what sessions and runs scatter; as if of endless repeats on request.

        The baseline's sessions tell how a run scatters between sessions, this session's repeats
        how it does within one; each is drawn towards the general spread like runs of its own
        (Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3:3, section 4).
        """
        spread = self.spread
        single, repeats_keep = spread.single**2, (spread.session / spread.single) ** 2
        within = _drawn(new, _Variance(single * (1 - repeats_keep), spread.runs))
        between = max(_drawn(old, _Variance(single, spread.runs)), within)
        if len(new) == 1:
            return _sum([_of_middle(between, len(old)), between])
        session = _Variance(repeats_keep * between.value, between.degrees)
        parts = [_of_middle(between, len(old)), session]
        return _sum(parts if endless else [*parts, _of_middle(within, len(new))])

    def is_suspect(self, found: Comparison) -> bool:
        """Whether a first look at one run calls for more.

        That is a growth that may be over the threshold: half a standard error is granted, so that
        a real one is rarely let go for a lucky run.
        """
        if found.verdict in (Change.REGRESSION, Change.INCONCLUSIVE):
            return True
        slack = 0.5 * math.sqrt(2) * self.spread.single
        return self._over(found.baseline_j, (1 + found.change) * math.exp(slack) - 1)

    def is_hopeless(self, base: Sequence[Sample], head: Sequence[Sample]) -> bool:
        """Whether no number of repeats would make a suspect a regression.

        That is so where the noise of the baseline, and of sessions, alone is too large for the
        growth, three times its standard error within this session granted.
        """
        if len(head) <= FEWEST_AGAIN or min(each.cost_j for each in (*base, *head)) <= 0:
            return False
        normalised = self._normalises(base, head)
        old, new = _logs(base, normalised), _logs(head, normalised)
        luck = self._variance(old, new, endless=True)
        granted = 3 * math.sqrt(max(self._variance(old, new).value - luck.value, 0.0))
        growth = middle(new) - middle(old) + granted
        return growth - self._blur(luck, 0.0, 1.0) <= math.log1p(self.threshold.share)

    def is_decided(self, found: Comparison, most: int) -> bool:
        """Whether a suspect needs no more runs.

        Args:
            found: What all its runs say, by a look that is not the last.
            most: How many repeats there may be.
        """
        again = found.runs - 1
        if again >= most:
            return True
        if again < FEWEST_AGAIN:
            return False
        if found.verdict is Change.REGRESSION:
            return True
        margin = 0.5 if again < 3 * FEWEST_AGAIN else 1.0
        return found.change <= margin * self.threshold.share


@lru_cache(maxsize=1024)
def _quantile(alarms: float, degrees: int) -> float:
    """What Student's t is over by chance this often; the same for all tests of a session."""
    return student_t(1 - 2 * alarms, degrees)


def middle(values: Sequence[float]) -> float:
    """The median of the means of all pairs, each value with itself included; of three, the median.

    As little moved by some wild runs as a median, and nearly as sharp as a mean for few of them
    (Hodges and Lehmann 1963, Annals of Mathematical Statistics 34:598-611). Of three values one
    wild one would move it.
    """
    if len(values) == 3:
        return median(values)
    return median(
        (first + second) / 2 for index, first in enumerate(values) for second in values[: index + 1]
    )


def _logs(samples: Sequence[Sample], normalised: bool) -> list[float]:
    if normalised:
        return [math.log(each.cost_j / (each.reference_j or math.nan)) for each in samples]
    return [math.log(each.cost_j) for each in samples]


def _apart(base: Sequence[Sample], head: Sequence[Sample]) -> float:
    """By how much the reference workload's own cost differs between two sides, as a logarithm."""
    old, new = (
        middle([math.log(each.reference_j) for each in side if each.reference_j])
        for side in (base, head)
    )
    return new - old


class _Variance(NamedTuple):
    """An estimate of a variance, and how many degrees of freedom it has."""

    value: float
    degrees: int

    def and_known(self, value: float) -> _Variance:
        """With a part whose size is known, which leaves the degrees of freedom as they are."""
        return _Variance(self.value + value, self.degrees)


def _sum(parts: Sequence[_Variance]) -> _Variance:
    """Of independent parts; its degrees of freedom as Welch and Satterthwaite reckon them.

    (Satterthwaite 1946, Biometrics Bulletin 2:110-114.)
    """
    total = math.fsum(part.value for part in parts)
    degrees = total**2 / math.fsum(part.value**2 / part.degrees for part in parts)
    return _Variance(total, max(2, int(degrees)))


def _drawn(values: Sequence[float], prior: _Variance) -> _Variance:
    """Variance of values, drawn towards the prior one; their own where they scatter more."""
    own = len(values) - 1
    if own < 1:
        return prior
    found = variance(values)
    if own >= FEWEST_OWN and found > NOISY * prior.value:
        return _Variance(found, own)
    degrees = prior.degrees + own
    return _Variance((prior.degrees * prior.value + own * found) / degrees, degrees)


def _of_middle(single: _Variance, count: int) -> _Variance:
    cost = MIDDLE_COST.get(count, MIDDLE_COST_OF_MANY)
    return _Variance(single.value / count * cost, single.degrees)
