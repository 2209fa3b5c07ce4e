"""When a test that costs more than before is a regression, and when that is only noise.

``docs/explanation/gate.md`` states the method with its measured error rates; the constants here and
in ``noise`` are the ones that were measured there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from statistics import median
from typing import Final

from pytest_scer.baseline.noise import KEPT, Runs, Sample, Variance, levelled, sum_of
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
ENOUGH_AGAIN: Final = 9
"""So many tell how noisy a test is: before, none is condemned early whose costs are divided by the
reference workload's, and none is cleared that is near the threshold."""
PRIOR_RUNS: Final = 6
"""How many runs of its own a test must have to outweigh what is known of noise in general, where
no history tells how much tests differ in it."""
GRANTED: Final = 0.5
"""So many standard errors are added to a first look, so that a real growth is rarely let go for a
lucky run."""


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
class Spread:
    """What is known of noise in general: standard deviations of the logarithm of a cost.

    Attributes:
        single: Of one run of one test against the same run in another session.
        session: The part of it that repeats within a session do not take away.
        normalised: Whether costs are divided by the reference workload's.
        source: Where that is known from.
        runs: How many runs of its own a test must have to outweigh it: the more, the more alike
            tests are in their noise.
        least: A history never tells of less for one run: its few sessions may all have been calm.
    """

    single: float
    session: float
    normalised: bool
    source: str
    runs: int = PRIOR_RUNS
    least: float = 0.0


MODELLED: Final = Spread(
    0.12, 0.12 * math.sqrt(KEPT), True, "CPU time on shared machines", least=0.06
)
COUNTED: Final = Spread(0.01, 0.003, False, "energy counters within one machine", least=0.01)


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
        error: Standard error of the logarithm of the growth.
        slope: By how much more than the reference workload's cost the test's follows the moment, in
            logarithms; None where it was not divided by it.
        baseline_runs: How many runs stand behind the baseline.
        runs: How many stand behind the figure.
    """

    verdict: Change
    baseline_j: float
    actual_j: float
    change: float
    noise: float
    error: float
    slope: float | None
    baseline_runs: int
    runs: int

    @property
    def normalised(self) -> bool:
        """Whether costs were divided by the reference workload's."""
        return self.slope is not None


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
        baseline_j = median(sample.cost_j for sample in base)
        actual_j = median(sample.cost_j for sample in head)
        meter_j = (median(each.meter_j for each in base), median(each.meter_j for each in head))
        if min(baseline_j, *(each.cost_j for each in (*base, *head))) <= 0:
            return self._from_nothing(baseline_j, actual_j, math.hypot(*meter_j), base, head)
        sides = self._sides(base, head)
        luck = self._variance(sides)
        meter = math.hypot(meter_j[0] / baseline_j, meter_j[1] / actual_j)
        blur = self._blur(luck, meter, 1.0 if last else EARLY)
        ratio = math.exp(sides.growth)
        change, noise = ratio - 1, ratio * (1 - math.exp(-blur))
        return Comparison(
            verdict=self._verdict(baseline_j, change, noise),
            baseline_j=baseline_j,
            actual_j=actual_j,
            change=change,
            noise=noise,
            error=math.sqrt(luck.value),
            slope=sides.slope,
            baseline_runs=len(base),
            runs=len(head),
        )

    def _sides(self, base: Sequence[Sample], head: Sequence[Sample]) -> _Sides:
        normalised = self.spread.normalised and all(each.reference_j for each in (*base, *head))
        if not normalised:
            old, new = (Runs.of(side, normalised=False) for side in (base, head))
            return _Sides(old, new, None, 0.0)
        found = levelled([base, head], self.spread.single**2)
        old, new = found.sides
        shift = _reference(head) - _reference(base)
        return _Sides(old, new, found.slope, found.slope_variance * shift**2)

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
            verdict=verdict,
            baseline_j=baseline_j,
            actual_j=actual_j,
            change=growth_j / scale,
            noise=meter_j / scale,
            error=0.0,
            slope=None,
            baseline_runs=len(base),
            runs=len(head),
        )

    def _blur(self, luck: Variance, meter: float, share: float) -> float:
        """How much clearer than the threshold a growth has to be, in logarithms.

        Two things must hold. That the test grew at all has to be clear among so many tests, or a
        large suite would always have a false alarm. That it grew by more than the threshold has to
        be clear for this one test; many that grew by just the threshold are no false alarms.
        """
        error = math.sqrt(luck.value)
        grew = _quantile(FALSE_ALARMS / self.family * share, int(luck.degrees)) * error
        over = _quantile(OVER_BY_LUCK * share, int(luck.degrees)) * error
        return max(
            math.hypot(grew, meter) - math.log1p(self.threshold.share), math.hypot(over, meter)
        )

    def _variance(self, sides: _Sides, *, endless: bool = False) -> Variance:
        """Of the growth, from what sessions and runs scatter; as if of endless repeats on request.

        The baseline's sessions tell how a test scatters between sessions, this session's repeats
        how it does within one.
        """
        old, new, spread = sides.old, sides.new, self.spread
        single, repeats_keep = spread.single**2, (spread.session / spread.single) ** 2
        within = new.variance_given(Variance(single * (1 - repeats_keep), spread.runs))
        between = old.variance_given(Variance(single, spread.runs))
        if not endless:
            between = max(between, within)
        if len(new.values) == 1:
            parts = [old.of_middle(between), new.of_middle(between)]
        else:
            session = Variance(repeats_keep * between.value, between.degrees)
            parts = [old.of_middle(between), session]
            parts += [] if endless else [new.of_middle(within)]
        return sum_of(parts).and_known(sides.unlike)

    def is_suspect(self, found: Comparison) -> bool:
        """Whether a first look at one run calls for more.

        That is a growth that may be over the threshold: half a standard error is granted, so that
        a real one is rarely let go for a lucky run.
        """
        if found.verdict in (Change.REGRESSION, Change.INCONCLUSIVE):
            return True
        granted = math.exp(GRANTED * found.error)
        return self._over(found.baseline_j, (1 + found.change) * granted - 1)

    def are_other_work(self, base: Sequence[Sample], again: Sequence[Sample]) -> bool:
        """Whether the repeats of a suspect are clearly cheaper than the baseline.

        Its first run was dearer: it does something only once, such as filling a cache. Repeats tell
        nothing of that, and must not clear it.
        """
        return len(again) >= FEWEST_AGAIN and self.compare(again, base).verdict is Change.REGRESSION

    def is_hopeless(self, base: Sequence[Sample], head: Sequence[Sample]) -> bool:
        """Whether no number of repeats would make a suspect a regression.

        That is so where the noise of the baseline, and of sessions, alone is too large for the
        growth, three times its standard error within this session granted.
        """
        if len(head) <= FEWEST_AGAIN or min(each.cost_j for each in (*base, *head)) <= 0:
            return False
        sides = self._sides(base, head)
        luck = self._variance(sides, endless=True)
        granted = 3 * math.sqrt(max(self._variance(sides).value - luck.value, 0.0))
        growth = sides.growth + granted
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
            return again >= ENOUGH_AGAIN or not found.normalised
        margin = 0.5 if again < ENOUGH_AGAIN else 1.0
        return found.change <= margin * self.threshold.share


@lru_cache(maxsize=1024)
def _quantile(alarms: float, degrees: int) -> float:
    """What Student's t is over by chance this often; the same for all tests of a session."""
    return student_t(1 - 2 * alarms, degrees)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Runs of the baseline and of this session.

    Attributes:
        old: The baseline's.
        new: This session's.
        slope: By how much more than the reference's cost the test's follows the moment; None where
            they are not divided by it.
        unlike: Variance of the growth for how little is known of that.
    """

    old: Runs
    new: Runs
    slope: float | None
    unlike: float

    @property
    def growth(self) -> float:
        """As a logarithm."""
        return self.new.middle - self.old.middle


def _reference(samples: Sequence[Sample]) -> float:
    """What the reference workload cost on one side: the logarithm of the median."""
    return median(math.log(each.reference_j) for each in samples if each.reference_j)
