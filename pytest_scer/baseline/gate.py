"""When a test that costs more than before is a regression, and when that is only noise.

:data:`RULE` states the rule; ``docs/explanation/gate.md`` gives its measured error rates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from pytest_scer.baseline.change import Change, Comparison
from pytest_scer.baseline.noise import FLOOR_S, FOLLOWS, WILD, Noise, Sample
from pytest_scer.baseline.side import FEWEST_TO_CLEAR, Effort, Grown, Side
from pytest_scer.core.statistics import middle, student_t
from pytest_scer.lazy_dataclass import dataclass

RULE: Final = (
    """The cost of a test is its energy; without energy counters it is corrected for machine \
speed, by the cost of a fixed workload that runs next to the test.""",
    """The baseline is the median cost in the last ten sessions in which the test was not a \
regression.""",
    """The noise is what tests scatter between those sessions, and half the distance more where \
the machine is faster or slower than it was in them.""",
    """A test is a regression if its first run is over the threshold and so is its mean with the \
median of its repeats, the mean by more than the noise, and by at least 5 ms of work.""",
    "A growth that noise may explain is inconclusive; --scer-confirm measures such tests again.",
)
"""The rule in five sentences, as ``--scer-report -v`` and the docs print it."""

FALSE_ALARMS: Final = 0.01
"""The chance that noise alone calls any test of a session a regression (Bonferroni)."""
OVER_BY_LUCK: Final = 0.05
"""The chance that a test whose growth equals the threshold is called a regression."""
FOUND: Final = 0.9
"""The share of cases in which a growth called detectable is found."""
FEWEST_TO_CONDEMN: Final = 9
"""The number of repeats before a suspect is called a regression while more are allowed: fewer do
not show how much CPU time scatters. With counters, the number that clears a suspect is enough."""
ENDLESS: Final = 10**6
"""A number of repeats large enough to remove all the noise that repeats can remove."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Judges the tests of one session.

    Attributes:
        threshold: How much a test may grow: 0.1 is 10 %.
        floor_j: A growth up to this number of joules does not count, in addition to the floor of
            :data:`FLOOR_S`.
        family: The number of compared tests: they share the chance of a false alarm.
        suite: The noise of the suite.
        corrected: Whether costs are divided by the reference workload's.
        repeats: How often a suspect may be measured again.
        uncorrected: The noise of tests that lack the workload on one side, if ``corrected``.
    """

    threshold: float
    floor_j: float
    family: int
    suite: Noise
    corrected: bool
    repeats: int = 0
    uncorrected: Noise | None = None

    def compare(
        self, base: Sequence[Sample], head: Sequence[Sample], excess: float = 0.0
    ) -> Comparison:
        """Compare the runs of a test with those of its baseline.

        Args:
            base: One run from each session of the baseline, at least one.
            head: The runs of this session, the first one first.
            excess: How much more repeats cost than first runs, as a logarithm, in tests that are
                not suspects: it counts as noise of repeats.
        """
        baseline_j = middle([each.cost_j for each in base])
        if baseline_j <= 0 or head[0].cost_j <= 0:
            return self._from_nothing(base, head)
        floor = _Floor(baseline_j, self.least_j(base, corrected=self.corrected))
        side, head = self._side(base, head)
        first = judged = Grown(side, head[:1])
        if len(head) > 1:
            judged = Grown(side, side.judged(head))
        runs, growth = len(judged.samples), judged.growth
        blur = self._blur(side, judged) + (excess if runs > 1 else 0.0)
        least_j = floor.least_j
        if side.corrected != self.corrected or len(side.samples) < len(base):
            least_j = self.least_j(side.samples, corrected=side.corrected)
        detectable = self._detectable(side, len(head), first, least_j)
        detectable += excess if self.repeats else 0.0
        return Comparison(
            verdict=self._verdict(floor, growth, blur, first.growth),
            baseline_j=side.joules,
            actual_j=judged.joules,
            corrected_by=judged.correction,
            change=math.expm1(growth),
            noise=math.exp(growth) * -math.expm1(-blur),
            detectable=math.expm1(detectable),
            runs=runs,
            single_noise=math.expm1(judged.noise.sd),
            source=judged.noise.source,
            is_new_state=judged.is_new_state,
        )

    def _blur(self, side: Side, grown: Grown) -> float:
        """How much of the growth of these runs may be noise."""
        return self._blur_of(side, grown.noise, grown.effort, grown)

    def _blur_of(self, side: Side, noise: Noise, effort: Effort, grown: Grown) -> float:
        """How much of a growth may be noise, if runs like these are measured that often.

        Two things must be clear: among all tests, that the test grew at all, or a large suite would
        always have a false alarm; and for this one test, that it grew by more than the threshold.
        """
        margins = self._margins(side, noise, effort)
        grew, over = math.hypot(margins.grew, grown.meter), math.hypot(margins.over, grown.meter)
        blur = max(grew - math.log1p(self.threshold), over)
        if effort.runs <= FEWEST_TO_CLEAR:
            blur = max(blur, noise.largest)
        if grown.is_crowded:
            blur = max(blur, WILD)
        return blur + FOLLOWS * grown.distance

    def _margins(self, side: Side, noise: Noise, effort: Effort) -> _Margins:
        return _margins(noise, len(side.samples), effort, self.family)

    def _detectable(self, side: Side, runs: int, first: Grown, least_j: float) -> float:
        """The growth, as a logarithm, that is found in 9 of 10 cases.

        It exceeds limit and noise by what 1 case in 10 falls short of its growth: by error, and
        because the test may follow a new state less than the workload does (evenly spread over 1
        plus or minus :data:`FOLLOWS`).
        """
        noise = side.noise
        limit = max(math.log1p(self.threshold), math.log1p(least_j / side.joules))
        again = Effort(max(self.repeats, runs - 1))
        effort = again if again.runs >= first.effort.runs else first.effort
        granted = quantile(1 - FOUND, noise.degrees)
        unlike = FOLLOWS / math.sqrt(3) * first.beyond
        error_of_all = self._margins(side, noise, effort).error
        error_of_the_first = self._margins(side, noise, first.effort).error
        blur = self._blur_of(side, noise, effort, first)
        return limit + max(
            blur + granted * math.hypot(error_of_all, unlike),
            granted * math.hypot(error_of_the_first, unlike),
        )

    def _verdict(self, floor: _Floor, growth: float, blur: float, first: float) -> Change:
        if math.isnan(growth + blur):  # no comparison with it is true, and the last one is "ok"
            return Change.INCONCLUSIVE
        if self._is_saving(floor, growth + blur):
            return Change.IMPROVED
        if not self._is_over(floor, min(growth, first)):
            return Change.OK
        return Change.REGRESSION if self._is_over(floor, growth - blur) else Change.INCONCLUSIVE

    def _is_over(self, floor: _Floor, growth: float) -> bool:
        """Whether a growth, as a logarithm, is over the threshold and over the floor."""
        if growth <= math.log1p(self.threshold):
            return False
        return floor.baseline_j * math.expm1(growth) > floor.least_j

    def _is_saving(self, floor: _Floor, growth: float) -> bool:
        """Whether a cost shrank by as much as would be a regression the other way round."""
        if growth >= -math.log1p(self.threshold):
            return False
        return floor.baseline_j * -math.expm1(growth) > floor.least_j

    def least_j(self, base: Sequence[Sample], *, corrected: bool) -> float:
        """Joules of growth below which a growth does not count.

        Args:
            base: The runs of the baseline.
            corrected: Whether their costs are divided by the reference workload's.
        """
        timed = [each for each in base if each.duration_s > 0]
        if not timed:
            return self.floor_j
        work_s = [each.work_s(modelled=corrected) for each in timed]
        power_w = math.fsum([each.cost_j for each in timed]) / math.fsum(work_s)
        return max(self.floor_j, power_w * FLOOR_S)

    def _side(self, base: Sequence[Sample], head: Sequence[Sample]) -> tuple[Side, list[Sample]]:
        """The baseline, and the runs that can be compared with it.

        Runs that cost nothing have no logarithm: if the first run cost something, such a repeat did
        other work. If the workload is missing on one side, neither is corrected.
        """
        base = [each for each in base if each.cost_j > 0]
        head = [each for each in head if each.cost_j > 0]
        if not self.corrected:
            return Side(base, self.suite, corrected=False), head
        if head[0].reference_j and all(each.reference_j for each in base):
            side = Side(base, self.suite, corrected=True)
            return side, [each for each in head if each.reference_j]
        return Side(base, self.uncorrected or self.suite, corrected=False), head

    def typical_run(self, base: Sequence[Sample], head: Sequence[Sample]) -> Sample:
        """The run that represents a test: the middle one of those that count.

        Args:
            base: One run from each session of the baseline, at least one.
            head: The runs of this session, the first one first.
        """
        if min(each.cost_j for each in (*base, *head)) <= 0:
            return head[0]
        side, comparable = self._side(base, head)
        judged = side.judged(comparable)
        ranked = sorted(judged, key=lambda each: each.level(corrected=side.corrected))
        return ranked[(len(ranked) - 1) // 2]

    def is_suspect(self, base: Sequence[Sample], first: Sample) -> bool:
        """Whether the first run of a test calls for more."""
        return self.compare(base, [first]).verdict in (Change.REGRESSION, Change.INCONCLUSIVE)

    def is_decided(
        self, base: Sequence[Sample], head: Sequence[Sample], excess: float = 0.0
    ) -> bool:
        """Whether a suspect needs no more runs.

        It is cleared once the mean of its runs is under the threshold, and called a regression
        once enough repeats say so. It is left inconclusive once even endless repeats could not
        decide, allowing for two standard errors.
        """
        again = len(head) - 1
        if again >= self.repeats:
            return True
        if again < FEWEST_TO_CLEAR:
            return False
        found = self.compare(base, head, excess)
        if found.verdict is Change.REGRESSION:
            return again >= FEWEST_TO_CONDEMN or not self.corrected
        if found.verdict is not Change.INCONCLUSIVE:
            return True
        return self._is_hopeless(*self._side(base, head))

    def _is_hopeless(self, side: Side, head: Sequence[Sample]) -> bool:
        """Whether no number of repeats could make these runs a regression.

        Allows for two standard errors of the noise that more repeats remove.
        """
        now, endless = Grown(side, head), Effort(ENDLESS)
        removable = (
            self._margins(side, side.noise, now.effort).error ** 2
            - self._margins(side, side.noise, endless).error ** 2
        )
        granted = 2 * math.sqrt(max(removable, 0.0))
        blur = self._blur_of(side, side.noise, endless, now)
        return now.growth + granted - blur <= math.log1p(self.threshold)

    def _from_nothing(self, base: Sequence[Sample], head: Sequence[Sample]) -> Comparison:
        """A cost of 0 has no factor: only the meters and the floor can say whether it changed."""
        baseline_j = middle([each.cost_j for each in base])
        actual_j = min(head[0].cost_j, middle([each.cost_j for each in head]))
        meter_j = math.hypot(*(middle([each.meter_j for each in side]) for side in (base, head)))
        growth_j = actual_j - baseline_j
        least_j = max(
            self.least_j([*base, *head], corrected=self.corrected), baseline_j * self.threshold
        )
        verdict = Change.OK
        if growth_j > least_j:
            clear = growth_j - meter_j > least_j
            verdict = Change.REGRESSION if clear else Change.INCONCLUSIVE
        elif -growth_j - meter_j > least_j:
            verdict = Change.IMPROVED
        scale = baseline_j or actual_j or 1.0
        return Comparison(
            verdict,
            baseline_j,
            actual_j,
            None,
            growth_j / scale,
            meter_j / scale,
            None,
            len(head),
            0.0,
            "the meters",
        )


class _Floor(NamedTuple):
    """From which growth on a test counts.

    Attributes:
        baseline_j: The baseline's median cost in joules.
        least_j: A growth up to this number of joules does not count.
    """

    baseline_j: float
    least_j: float


class _Margins(NamedTuple):
    """What noise does to a growth.

    Attributes:
        error: Its standard error.
        grew: By how much noise alone exceeds no growth, in none of the tests of a session.
        over: By how much it exceeds a growth, in one test.
    """

    error: float
    grew: float
    over: float


@lru_cache(maxsize=4096)
def _margins(noise: Noise, before: int, now: Effort, family: int) -> _Margins:
    """The margins with this number of runs in the baseline, the same for most tests."""
    error = math.hypot(noise.middle_sd(before), noise.session_sd(*now))
    return _Margins(
        error,
        quantile(FALSE_ALARMS / family, noise.degrees) * error,
        quantile(OVER_BY_LUCK, noise.degrees) * error,
    )


@lru_cache(maxsize=4096)
def quantile(chance: float, degrees: int) -> float:
    """The value that Student's t exceeds with this chance."""
    return student_t(1 - 2 * chance, degrees)
