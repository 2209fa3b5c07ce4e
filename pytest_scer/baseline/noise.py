"""How much the cost of an unchanged test scatters from session to session.

All figures are natural logarithms of costs, because the noise of shared machines is a factor: a
slow moment makes a test cost 1.2 times as much, whatever it costs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Final, NamedTuple

from pytest_scer.baseline.variance import FEWEST_TO_TRIM, farthest, variance
from pytest_scer.core.statistics import middle
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.sources import noise as sources

FOLLOWS: Final = 0.5
"""How differently a test and the reference workload may react to the state of the machine: the
logarithm of the test's cost follows that of the workload by 1 plus or minus this.

With a busy neighbour on the sibling hyperthread, tests cost 1.3 to 2 times as much and a workload
of 10 ms 1.6 times: they follow by log(1.3) / log(1.6) = 0.56 to log(2) / log(1.6) = 1.47
(measured on shared virtual machines)."""
FLOOR_S: Final = 5e-3
"""A growth of less than this time at the test's own average power is never a regression. Shorter
tests do not show how much the others scatter: they scatter more, and hardly ever count."""
KEPT: Final = sources.KEPT.value
"""The share of a single run's variance between sessions that repeats within one session cannot
remove, in costs that are not corrected for machine speed (12 tests of an earlier benchmark in 24
sessions, each run ten times: 0.51)..."""
KEPT_OF_CORRECTED: Final = sources.KEPT_OF_CORRECTED.value
"""... and in those that are (the same sessions: 0.06 to 0.08)."""
REPEAT_DIFFERS: Final = sources.REPEAT_DIFFERS.value
"""How much the repeats of a test differ from its first run, whatever its noise: the first leaves
the caches and the memory allocator in another state. In the same sessions sorting cost 12 to 22 %
more when repeated, parsing JSON 10 % less, most tests the same; the standard deviation among the
tests was 0.06 to 0.08."""
PRIOR_DEGREES: Final = 30
"""The degrees of freedom of the suite's noise, or of the meters' known noise, when pooled with a
test's own runs."""
WILD: Final = math.log(sources.EXTREMES.value)
"""How far apart single runs of the same work may lie in CPU time: a factor of 2.0 between the
extremes (measured on shared virtual machines)."""
THREADED: Final = 1.1
"""A run that uses more CPU time than this many times its duration keeps several threads busy."""
MORE_CORES: Final = 0.25
"""Other processes that use this many cores more than ever in the baseline are new to a test."""
USUAL: Final = 0.1
"""A machine up to a tenth faster or slower than in the baseline is not in a new state."""
NOISY: Final = 3.0
"""A test whose own variance is this number of times the suite's is judged by its own. Chance
reaches it in 4 % of tests with five sessions (simulated)."""
FEWEST_SESSIONS: Final = 3
"""The number of sessions from which a history shows how much a test scatters."""
FEWEST_TESTS: Final = 5
"""The number of such tests from which it shows how much the suite scatters."""


@dataclass(slots=True)
class Sample:
    """One run of a test, with the reference workload around it.

    Treat it as immutable: frozen, it takes four times as long to create.

    Attributes:
        cost_j: Joules of the components that are compared.
        reference_j: Joules of the reference workload next to it; None if it did not run, or if they
            are unknown.
        moved: How much the workload's costs before and after the run differ, as a logarithm.
        meter_j: How far the meter may be off, in joules.
        duration_s: How long the run took, in seconds.
        repeats: It is the median of this number of runs within its session, as with ``carbon(fn)``.
        cpu_time_s: CPU seconds of the run.
        other_cores: The number of cores that other processes kept busy next to it.
    """

    cost_j: float
    reference_j: float | None = None
    moved: float = 0.0
    meter_j: float = 0.0
    duration_s: float = 0.0
    repeats: int = 1
    cpu_time_s: float = 0.0
    other_cores: float | None = None

    @property
    def is_threaded(self) -> bool:
        """Whether it kept several threads busy at once."""
        return self.cpu_time_s > THREADED * self.duration_s > 0

    def work_s(self, *, modelled: bool) -> float:
        """How long it worked, in seconds; 0 if unknown.

        Energy modelled from CPU time is used only while the test computes, not while it waits.
        """
        return min(self.duration_s, self.cpu_time_s or math.inf) if modelled else self.duration_s

    def level(self, *, corrected: bool) -> float:
        """The logarithm of the cost, divided by the reference workload's if ``corrected``."""
        return math.log(self.cost_j / (self.reference_j or math.nan if corrected else 1.0))

    @property
    def state(self) -> Interval:
        """The range of the reference workload's costs around the run, as logarithms."""
        middle = math.log(self.reference_j or 1.0)
        return Interval(middle - self.moved / 2, middle + self.moved / 2)


class Interval(NamedTuple):
    """From a low value to a high one."""

    low: float
    high: float

    def beyond(self, other: Interval) -> float:
        """How far this interval reaches outside another."""
        return max(self.high - other.high, other.low - self.low, 0.0)


def known_states(samples: Sequence[Sample]) -> Interval:
    """The states of the machine that a baseline knows.

    From :data:`FEWEST_TO_TRIM` sessions on, what only one of them saw does not count: it does not
    move the baseline either, which is the median of the costs.
    """
    lows = sorted(each.state.low for each in samples)
    highs = sorted(each.state.high for each in samples)
    trim = 1 if len(samples) >= FEWEST_TO_TRIM else 0
    return Interval(lows[trim], highs[-1 - trim])


def is_short(samples: Sequence[Sample], *, modelled: bool) -> bool:
    """Whether a test works for less time than the floor: noise cannot make it grow by that much.

    Args:
        samples: Its runs.
        modelled: Whether its energy is modelled from CPU time.
    """
    known_s = [each.work_s(modelled=modelled) for each in samples if each.duration_s > 0]
    return bool(known_s) and middle(known_s) < FLOOR_S


def meets_neighbours(base: Sequence[Sample], head: Sample) -> bool:
    """Whether a run with several threads ran next to processes that its baseline did not have.

    Its threads wait for each other, and spin while they wait: one that shares its core with another
    process makes all of them use more CPU time, which a workload of one thread does not notice.

    Args:
        base: One run from each session of the baseline.
        head: The run.
    """
    if head.other_cores is None or not head.is_threaded:
        return False
    known = sorted(each.other_cores for each in base if each.other_cores is not None)
    if not known:
        return False
    trim = 1 if len(known) >= FEWEST_TO_TRIM else 0
    return head.other_cores > known[-1 - trim] + MORE_CORES


class Noise(NamedTuple):
    """What is known about the scatter of a single run between sessions.

    Attributes:
        sd: Its standard deviation.
        largest: How far a single run may lie from the others, which few degrees of freedom do not
            show: no single run is judged by less.
        source: Where both figures come from.
        kept: The share of its variance that repeats within one session cannot remove.
        repeat_differs: The standard deviation of the difference between repeats and first runs that
            no number of runs removes.
        degrees: The degrees of freedom of the standard deviation.
        within: The standard deviation of repeats within the session, where they showed it.
    """

    sd: float
    largest: float
    source: str
    kept: float
    repeat_differs: float = 0.0
    degrees: int = PRIOR_DEGREES
    within: float | None = None

    def middle_sd(self, runs: int) -> float:
        """The standard deviation of the median of this number of runs, one from each session."""
        return self.sd * math.sqrt(_median_cost(runs) / runs)

    def first_sd(self, repeats: int = 1) -> float:
        """What a first run scatters within its session, around that session's level.

        Args:
            repeats: It is the median of this number of runs.
        """
        expected = math.sqrt(1 - self.kept) * self.sd
        within = max(expected, self.within or 0.0) * math.sqrt(_median_cost(repeats) / repeats)
        return math.hypot(within, self.repeat_differs if repeats > 1 else 0.0)

    def again_sd(self, again: int) -> float:
        """What the median of this number of repeats scatters around that level."""
        within = self.first_sd() * math.sqrt(_median_cost(again) / again)
        return math.hypot(within, self.repeat_differs)

    def weight_of_first(self, again: int) -> float:
        """The weight of a first run in its mean with the median of its repeats.

        Their errors do not depend on each other, so each counts by the inverse of its variance.
        """
        first, median_of_again = self.first_sd() ** 2, self.again_sd(again) ** 2
        return median_of_again / (first + median_of_again) if first else 1.0

    def session_sd(self, again: int, repeats: int = 1) -> float:
        """The standard deviation of what one session says about a test.

        Args:
            again: The number of repeats after the first run.
            repeats: If there are none, the first run is the median of this number of runs.
        """
        within = self.first_sd(repeats)
        if again:
            # The variance of a mean weighted by inverse variances: v1 v2 / (v1 + v2) = w1 v1.
            within = self.first_sd() * math.sqrt(self.weight_of_first(again))
        return math.hypot(math.sqrt(self.kept) * self.sd, within)

    def given_repeats(self, levels: Sequence[float]) -> Noise:
        """This noise, with what the repeats of a session scatter."""
        if len(levels) < FEWEST_SESSIONS:
            return self
        return self._replace(within=math.sqrt(variance(levels).value))


class Known(NamedTuple):
    """What is known about a kind of meter, for histories that are too short to show it.

    Attributes:
        sd: The standard deviation of a single run between sessions.
        least: No history shows less: its few sessions may all have been calm.
        largest: How far a single run may lie from the others.
        kept: The share of a single run's variance that repeats within one session cannot remove.
        repeat_differs: How much repeats differ from first runs.
        source: What was measured.
    """

    sd: float
    least: float
    largest: float
    kept: float
    repeat_differs: float
    source: str

    def noise(self) -> Noise:
        """This as the noise of a suite."""
        return Noise(self.sd, self.largest, self.source, self.kept, self.repeat_differs)


MODELLED: Final = Known(
    sources.CORRECTED.value,
    sources.CORRECTED.value,
    WILD,
    KEPT_OF_CORRECTED,
    REPEAT_DIFFERS,
    "CPU time on shared machines",
)
"""6 to 7 % for a single run corrected for machine speed, measured on shared virtual machines."""
UNCORRECTED: Final = Known(
    sources.SINGLE_RUN.value,
    sources.SINGLE_RUN.value,
    WILD,
    KEPT,
    REPEAT_DIFFERS,
    "CPU time on shared machines, not corrected",
)
"""12 % for a single run, measured on shared virtual machines."""
COUNTED: Final = Known(
    sources.COUNTED.value, sources.COUNTED_LEAST.value, 0.0, KEPT, 0.0, "energy counters"
)
"""The same work between sessions spreads by 6 % or more; a counter resolves 0.3 to 1 %."""
SIMULATED: Final = Known(
    sources.SIMULATED.value, sources.COUNTED_LEAST.value, 0.0, KEPT, 0.0, "a simulated meter"
)
"""A simulated meter repeats to the last digit; what a test tells it to spend may not."""


def suite_noise(tests: Sequence[Sequence[Sample]], known: Known, *, corrected: bool) -> Noise:
    """How much the typical test of a history scatters.

    Args:
        tests: The runs of each test, one from each session.
        known: What is known about such meters.
        corrected: Whether costs are divided by the reference workload's.
    """
    levels = [
        [each.level(corrected=corrected) for each in samples]
        for samples in tests
        if len(samples) >= FEWEST_SESSIONS
        and not is_short(samples, modelled=corrected)
        and all(each.cost_j > 0 and (each.reference_j or not corrected) for each in samples)
    ]
    if len(levels) < FEWEST_TESTS:
        return known.noise()
    own = [variance(each) for each in levels]
    # The median of variances with few degrees of freedom is below their mean (Wilson and Hilferty
    # 1931, PNAS 17:684: the cube root of chi-squared / df is nearly normal around 1 - 2 / (9 df)).
    degrees = median(each.degrees for each in own)
    typical = median(each.value for each in own) / (1 - 2 / (9 * degrees)) ** 3
    sd = max(math.sqrt(typical), known.least)
    calm = [
        farthest(of_test)
        for of_test, each in zip(levels, own, strict=True)
        if each.value <= NOISY * sd**2
    ]
    largest = max([*calm, known.largest])
    return known.noise()._replace(sd=sd, largest=largest, source="the history's sessions")


def noise_of(samples: Sequence[Sample], suite: Noise, *, corrected: bool) -> Noise:
    """How much one test scatters: the suite's noise, unless its own runs show otherwise.

    Variances are pooled by their degrees of freedom (Smyth 2004, Statistical Applications in
    Genetics and Molecular Biology 3:3). A test that scatters clearly more than the others is
    judged by its own sessions.

    Args:
        samples: Its runs, one from each session of the baseline.
        suite: The noise of the suite.
        corrected: Whether costs are divided by the reference workload's.
    """
    if len(samples) < FEWEST_SESSIONS:
        return suite
    levels = [each.level(corrected=corrected) for each in samples]
    own = variance(levels)
    if own.value > NOISY * suite.sd**2:
        largest = max(suite.largest, farthest(levels))
        return suite._replace(
            sd=math.sqrt(own.value), largest=largest, source="the test's own sessions"
        )
    degrees = suite.degrees + own.degrees
    pooled = (suite.degrees * suite.sd**2 + own.degrees * own.value) / degrees
    return suite._replace(sd=max(math.sqrt(pooled), suite.sd), degrees=degrees)


def _median_cost(count: int) -> float:
    """The variance of a median over that of a mean, for normal noise: exact, then its limit."""
    return {1: 1.0, 2: 1.0, 3: 1.35, 4: 1.19}.get(count, math.pi / 2)
