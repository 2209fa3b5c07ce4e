"""What a session is compared with: one earlier session, or the most recent ones of a history.

A history is a directory of baselines or reports. Its most recent sessions on a comparable machine
are the rolling baseline. The sessions in its folder ``anchor`` are a fixed second baseline, which
reveals growth that is too slow for the rolling one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from statistics import median, quantiles
from typing import Final, NamedTuple

from pytest_scer.baseline.fingerprint import Differences, Fingerprint, differences
from pytest_scer.baseline.gate import COUNTED, MODELLED, PRIOR_RUNS, Spread
from pytest_scer.baseline.noise import Runs, Sample, Variance, levelled
from pytest_scer.baseline.store import Past, PastTest, read_past

ROLLING: Final = 10
"""Number of most recent comparable sessions in the rolling baseline."""
FEWEST_SESSIONS: Final = 3
"""Minimum number of sessions for a test to have its own variance."""
FEWEST_TESTS: Final = 5
"""Minimum number of tests with a variance to estimate how noisy tests are in general."""
RUNS_WORTH: Final = (4, 40)
"""Minimum and maximum weight of the general variance, in runs. With the quartiles of 40 variances,
a larger weight cannot be distinguished from 40."""
QUARTILES_APART: Final = 1.349
"""Distance between the quartiles of a normal distribution, in standard deviations."""
ANCHOR: Final = "anchor"


@dataclass(frozen=True)
class Baseline:
    """The baseline that the user named.

    Attributes:
        sessions: The earlier sessions, newest last; empty for a new history.
        anchor: The sessions of the anchor; empty if there are none.
        path: The file or directory as the user gave it.
    """

    sessions: Sequence[Past]
    anchor: Sequence[Past]
    path: Path

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Read a file or all ``*.json`` files of a directory; a missing path has no sessions.

        Raises:
            BadBaseline: A file is not a valid baseline; the message names it.
        """
        if not path.exists():
            return cls([], [], path)
        if not path.is_dir():
            return cls([read_past(path)], [], path)
        return cls(_sessions(path), _sessions(path / ANCHOR), path)

    @property
    def why_empty(self) -> str:
        """Why the baseline has no session."""
        return "no *.json file in this directory" if self.path.is_dir() else "no such file"

    def against(self, fingerprint: Fingerprint) -> Opponent:
        """The rolling baseline for a session with this fingerprint."""
        return Opponent.of(self.sessions, fingerprint)

    def anchored(self, fingerprint: Fingerprint) -> Opponent | None:
        """The anchor for a session with this fingerprint; None if none is comparable."""
        opponent = Opponent.of(self.anchor, fingerprint) if self.anchor else None
        return None if opponent is None or opponent.differences.blocking else opponent

    def lost_anchor(self, fingerprint: Fingerprint) -> list[str]:
        """Why the anchor is not comparable with this fingerprint; empty if it is."""
        return Opponent.of(self.anchor, fingerprint).differences.blocking if self.anchor else []

    def opponents(self, fingerprint: Fingerprint) -> dict[str, Opponent]:
        """Everything that a session with this fingerprint is compared with, by name.

        The rolling baseline comes first, then the anchor if there is a comparable one.
        """
        anchored = self.anchored(fingerprint)
        rolling = {str(self.path): self.against(fingerprint)}
        return rolling if anchored is None else {**rolling, str(self.path / ANCHOR): anchored}


def _sessions(directory: Path) -> list[Past]:
    if not directory.is_dir():
        return []
    found = [read_past(path) for path in sorted(directory.glob("*.json"))]
    return sorted(found, key=lambda past: past.started_at)


@dataclass(frozen=True)
class Opponent:
    """The earlier sessions that the current session is compared with.

    Attributes:
        sessions: The sessions, newest last; if none is comparable, only the newest of all.
        differences: The differences between the newest of them and the current session.
        compared: The components that are compared.
    """

    sessions: Sequence[Past]
    differences: Differences
    compared: tuple[str, ...]

    @classmethod
    def of(cls, sessions: Sequence[Past], fingerprint: Fingerprint) -> Opponent:
        """Choose the most recent comparable sessions."""
        comparable = [
            past for past in sessions if not differences(past.fingerprint, fingerprint).blocking
        ][-ROLLING:]
        chosen = comparable or [sessions[-1]]
        return cls(chosen, differences(chosen[-1].fingerprint, fingerprint), fingerprint.compared)

    @property
    def newest(self) -> Past:
        """The newest session, whose grid and versions count as the baseline's."""
        return self.sessions[-1]

    @property
    def g_per_j(self) -> float:
        """Grams of CO2e per joule at the baseline's carbon intensity and PUE."""
        return self.newest.g_per_kwh * self.newest.pue / 3.6e6

    @property
    def nodeids(self) -> set[str]:
        """The tests of all sessions, because the newest may have run only some of them."""
        return {nodeid for past in self.sessions for nodeid in past.tests}

    def test(self, nodeid: str) -> PastTest | None:
        """The newest record of a test."""
        for past in reversed(self.sessions):
            if nodeid in past.tests:
                return past.tests[nodeid]
        return None

    def samples(self, nodeid: str) -> list[Sample]:
        """One run of a test from each session that has it."""
        return list(self._samples(nodeid))

    def _samples(self, nodeid: str) -> Iterator[Sample]:
        newest = self.test(nodeid)
        for past in self.sessions:
            test = past.tests.get(nodeid)
            if test is None or newest is None or test.reads != newest.reads:
                continue
            sample = test.sample(self.compared)
            if sample is not None:
                yield sample

    def spread(self, fingerprint: Fingerprint) -> Spread:
        """How noisy tests are: estimated from the history, else the known value for such meters.

        The estimate is the median of the variances of the history's tests, which is robust against
        a few noisy tests. Costs are divided by that of the reference workload if that reduces it.
        """
        known = MODELLED if fingerprint.modelled else COUNTED
        found = [samples for nodeid in self.nodeids if (samples := self.samples(nodeid))]
        plain = _Pooled.of(found, normalised=False)
        if plain is None:
            return known
        divided = _Pooled.of(found, normalised=True)
        normalised = divided is not None and divided.variance < plain.variance
        chosen = divided if normalised and divided is not None else plain
        single = max(math.sqrt(chosen.variance), known.least)
        share = known.session / known.single
        source = f"{len(self.sessions)} sessions"
        return Spread(single, share * single, normalised, source, chosen.runs)


class _Pooled(NamedTuple):
    """The noise of all tests of a history, pooled.

    Attributes:
        variance: Variance of the logarithm of one run; the median over the tests.
        runs: The weight of this variance, in runs of a single test.
    """

    variance: float
    runs: int

    @classmethod
    def of(cls, tests: Iterable[Sequence[Sample]], *, normalised: bool) -> _Pooled | None:
        """Pool the tests that have runs from enough sessions; None if there are too few.

        The cube root of a variance of that number of runs is nearly normal, with a known mean and
        spread (Wilson and Hilferty 1931, PNAS 17:684). Any further difference between the tests'
        variances is real, and shows how far the general variance can be trusted, as in Smyth 2004,
        section 6.2. Quartiles replace moments, which the noisy tests would dominate.
        """
        usable = [
            samples
            for samples in tests
            if len(samples) >= FEWEST_SESSIONS
            and all(each.cost_j > 0 for each in samples)
            and (not normalised or all(each.reference_j for each in samples))
        ]
        if len(usable) < FEWEST_TESTS:
            return None
        first = cls._of([Runs.of(each, normalised=normalised).variance for each in usable])
        if not normalised or not first.variance:
            return first
        return cls._of([_variance_levelled(each, first.variance) for each in usable])

    @classmethod
    def _of(cls, own: Sequence[Variance]) -> _Pooled:
        by_chance = 2 / (9 * max(each.degrees for each in own))
        general = median(each.value for each in own) / (1 - by_chance) ** 3
        return cls(general, _runs_worth([each.value for each in own], general, by_chance))


def _variance_levelled(samples: Sequence[Sample], calm: float) -> Variance:
    """The variance of a run without what follows the reference, corrected for that fit."""
    found = levelled([samples], calm)
    own, degrees = found.sides[0].variance, len(samples) - 1
    return Variance(own.value * degrees / (degrees - found.spent), own.degrees)


def _runs_worth(variances: Sequence[float], general: float, by_chance: float) -> int:
    """The weight of the general variance in runs: less if the tests' own variances differ more."""
    if not general:
        return PRIOR_RUNS
    low, _, high = quantiles([(each / general) ** (1 / 3) for each in variances], n=4)
    beyond_chance = ((high - low) / QUARTILES_APART) ** 2 - by_chance
    least, most = RUNS_WORTH
    return round(min(max(2 / (9 * beyond_chance), least), most)) if beyond_chance > 0 else most


def renamed(gone: Iterable[str], new: Iterable[str]) -> dict[str, str]:
    """Guess which new tests are renamed old ones: same name in another file, or similar name.

    Returns:
        The old node ID of each renamed test, by its new node ID.
    """
    left = sorted(gone)
    pairs: dict[str, str] = {}
    for nodeid in sorted(new):
        file, _, name = nodeid.partition("::")
        moved = [each for each in left if each.partition("::")[2] == name]
        same_file = {_bare(each): each for each in left if each.partition("::")[0] == file}
        similar = get_close_matches(_bare(nodeid), same_file, n=1, cutoff=0.6)
        if moved or similar:
            pairs[nodeid] = old = moved[0] if moved else same_file[similar[0]]
            left.remove(old)
    return pairs


def _bare(nodeid: str) -> str:
    """The name of a test without the prefix that all names share."""
    return nodeid.partition("::")[2].removeprefix("test_")
