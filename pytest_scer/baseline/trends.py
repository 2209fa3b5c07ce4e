"""How the costs of tests developed over the sessions of a history: figures and their levels."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from pytest_scer.baseline.history import ROLLING, Baseline, Opponent
from pytest_scer.baseline.noise import FEWEST_SESSIONS, Sample
from pytest_scer.baseline.past import Past
from pytest_scer.core.change_points import change_points
from pytest_scer.lazy_dataclass import dataclass

MOST_SESSIONS: Final = 200
"""How many sessions are looked at, the newest: nobody sees more in a picture."""
_OF_DIFFERENCE: Final = 0.9539
"""The median distance of two standard normal values: 0.6745 times the square root of 2."""
_NORMAL_95: Final = 1.96
"""The two-sided 95 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a test cost in a session.

    Attributes:
        session: The index of the session.
        energy_j: Joules of the compared components.
        regressed: Whether the test was a regression in it.
    """

    session: int
    energy_j: float
    regressed: bool = False


@dataclass(frozen=True, slots=True)
class LevelSpan:
    """Sessions in which a test cost the same, apart from noise.

    Attributes:
        first: The index of the first session.
        last: That of the last one.
        energy_j: The median.
        low_j: Where 95 % of single sessions are expected to be: from this ...
        high_j: ... to this.
    """

    first: int
    last: int
    energy_j: float
    low_j: float
    high_j: float


@dataclass(frozen=True, slots=True)
class Trend:
    """The figures of a test, or of several together.

    Attributes:
        nodeid: The test; None for several.
        points: One for each session that has a figure, the newest last.
        levels: The levels, the newest last.
        accepted: The index of the first session of the level that the user accepted; None if there
            is none.
        tests: How many tests it sums.
    """

    nodeid: str | None
    points: Sequence[Point]
    levels: Sequence[LevelSpan]
    accepted: int | None = None
    tests: int = 1

    @property
    def moved(self) -> float:
        """How far the newest figures lie from the first level: a logarithm, 0 if they do not.

        Of a test that stays on its level, this is the distance of its last figure.
        """
        if len(self.levels) > 1:
            return math.log(self.levels[-1].energy_j / self.levels[0].energy_j)
        level_j, last_j = self.levels[-1].energy_j, self.points[-1].energy_j
        return math.log(last_j / level_j) if level_j > 0 and last_j > 0 else 0.0

    @property
    def moved_j(self) -> float:
        """The same in joules."""
        if len(self.levels) > 1:
            return self.levels[-1].energy_j - self.levels[0].energy_j
        return self.points[-1].energy_j - self.levels[-1].energy_j


@dataclass(frozen=True, slots=True)
class Trends:
    """The trends of a history.

    Attributes:
        sessions: The sessions that the indices stand for: the newest and those that are comparable
            with it, the newest last.
        components: The components that are compared.
        left_out: How many sessions of the history are not comparable.
        branch: The branch with most sessions, whose levels these are; None if no branch is known.
        total: The tests that all of these sessions have, together; None if there are fewer than
            two.
        tests: Each test that has a figure, those whose level moved most joules first.
    """

    sessions: Sequence[Past]
    components: tuple[str, ...]
    left_out: int
    branch: str | None
    total: Trend | None
    tests: Sequence[Trend]


def trends_of(baseline: Baseline) -> Trends:
    """Return the trends of a history of at least one session."""
    opponent = baseline.against(baseline.sessions[-1].fingerprint)
    sessions = opponent.sessions[-MOST_SESSIONS:]
    branch = _branch(sessions)
    own = {index for index, past in enumerate(sessions) if past.branch == branch}
    samples = _samples(opponent, sessions)
    tests = [_of_test(nodeid, found, opponent, sessions, own) for nodeid, found in samples.items()]
    ranked = sorted(
        tests, key=lambda trend: (len(trend.levels) < 2, -abs(trend.moved_j), trend.nodeid)
    )
    return Trends(
        sessions=sessions,
        components=opponent.compared,
        left_out=len(baseline.sessions) - len(opponent.sessions),
        branch=branch,
        total=_total(samples, opponent, len(sessions), own),
        tests=ranked,
    )


def _branch(sessions: Sequence[Past]) -> str | None:
    """The branch with most sessions; the one that has the newest of equal ones."""
    counts = Counter(past.branch for past in reversed(sessions))
    return counts.most_common(1)[0][0]


def _samples(opponent: Opponent, sessions: Sequence[Past]) -> dict[str, dict[int, Sample]]:
    """What each test cost in each session, with the stages that the newest record covers."""
    found: dict[str, dict[int, Sample]] = {}
    reads: dict[str, str] = {}
    for index in reversed(range(len(sessions))):
        for nodeid, test in sessions[index].tests.items():
            if test.reads != reads.setdefault(nodeid, test.reads):
                continue
            sample = sessions[index].sample(nodeid, opponent.compared)
            if sample is not None:
                found.setdefault(nodeid, {})[index] = sample
    return {nodeid: dict(reversed(each.items())) for nodeid, each in found.items()}


def _of_test(
    nodeid: str,
    samples: Mapping[int, Sample],
    opponent: Opponent,
    sessions: Sequence[Past],
    own: Collection[int],
) -> Trend:
    points = [
        Point(index, sample.cost_j, nodeid in sessions[index].regressed)
        for index, sample in samples.items()
    ]
    level = opponent.levels.get(nodeid)
    since = (
        None
        if level is None
        else next((i for i in samples if sessions[i].started_at >= level.since), None)
    )
    return Trend(nodeid, points, _levels(samples, opponent, own), since)


def _total(
    samples: Mapping[str, Mapping[int, Sample]],
    opponent: Opponent,
    count: int,
    own: Collection[int],
) -> Trend | None:
    """The tests that every session has; of the last ten if few tests are in all."""
    indices = range(count)
    common = [each for each in samples.values() if len(each) == count]
    newest = sum(count - 1 in each for each in samples.values())
    if 2 * len(common) < newest:
        indices = range(max(count - ROLLING, 0), count)
        common = [each for each in samples.values() if all(index in each for index in indices)]
    if len(common) < 2:
        return None
    sums = {index: _sum([each[index] for each in common]) for index in indices}
    points = [Point(index, sample.cost_j) for index, sample in sums.items()]
    return Trend(None, points, _levels(sums, opponent, own), tests=len(common))


def _sum(samples: Sequence[Sample]) -> Sample:
    references = [each.reference_j for each in samples if each.reference_j]
    reference_j = math.fsum(references) if len(references) == len(samples) else None
    return Sample(math.fsum(each.cost_j for each in samples), reference_j)


def _levels(
    samples: Mapping[int, Sample], opponent: Opponent, own: Collection[int]
) -> list[LevelSpan]:
    """The levels, found in costs that are corrected for machine speed where they can be.

    Args:
        samples: What was measured in each session.
        opponent: The sessions.
        own: The sessions of the branch; if none has a figure, all count.
    """
    indices = [index for index in samples if index in own] or [*samples]
    values = [samples[index] for index in indices]
    if not all(each.cost_j > 0 for each in values):
        return [_span(indices, values, 0.0)]
    corrected = opponent.is_corrected and all(each.reference_j for each in values)
    suite = opponent.suite if corrected else opponent.uncorrected
    costs = [each.level(corrected=False) for each in values]
    compared = [each.level(corrected=True) for each in values] if corrected else costs
    edges = [0, *change_points(compared, max(suite.sd, _sd(compared))), len(values)]
    shown_sd = max(opponent.uncorrected.sd, _sd(costs))
    return [
        _span(indices[start:end], values[start:end], shown_sd) for start, end in pairwise(edges)
    ]


def _sd(levels: Sequence[float]) -> float:
    """How much single figures scatter, whatever levels they have: from neighbours' distances."""
    distances = [abs(after - before) for before, after in pairwise(levels)]
    return median(distances) / _OF_DIFFERENCE if len(distances) >= FEWEST_SESSIONS else 0.0


def _span(indices: Sequence[int], samples: Sequence[Sample], sd: float) -> LevelSpan:
    """A level; its range is that of costs as they are, which are not corrected."""
    middle_j, factor = median(each.cost_j for each in samples), math.exp(_NORMAL_95 * sd)
    return LevelSpan(indices[0], indices[-1], middle_j, middle_j / factor, middle_j * factor)
