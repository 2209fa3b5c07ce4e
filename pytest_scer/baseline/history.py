"""What a session is compared with: one earlier session, or the last ones of a history.

A directory of baselines or reports is a history: its last sessions on a comparable machine are
the rolling baseline, and what lies in its folder ``anchor`` stays the same beside it, so that
growth too slow for the rolling baseline is found as well.
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
"""So many of the last comparable sessions are the rolling baseline."""
FEWEST_SESSIONS: Final = 3
"""So many tell of a spread of their own."""
FEWEST_TESTS: Final = 5
"""So many tests with a spread tell how noisy tests are in general."""
RUNS_WORTH: Final = (4, 40)
"""So many runs what is known of noise in general is worth, at least and at most: from the quartiles
of 40 variances more cannot be told from 40."""
QUARTILES_APART: Final = 1.349
"""Of a normal distribution, in standard deviations."""
ANCHOR: Final = "anchor"


@dataclass(frozen=True)
class Baseline:
    """What a session is compared with.

    Attributes:
        sessions: The earlier sessions, the newest last; none where a history begins.
        anchor: Those that stay; empty where there are none.
        path: The file or directory as the user named it.
    """

    sessions: Sequence[Past]
    anchor: Sequence[Past]
    path: Path

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Read a file, or all ``*.json`` files of a directory; what is not there has no session.

        Raises:
            BadBaseline: One of them is no baseline; the message names it.
        """
        if not path.exists():
            return cls([], [], path)
        if not path.is_dir():
            return cls([read_past(path)], [], path)
        return cls(_sessions(path), _sessions(path / ANCHOR), path)

    @property
    def why_empty(self) -> str:
        """Why there is no session."""
        return "no *.json file in this directory" if self.path.is_dir() else "no such file"

    def against(self, fingerprint: Fingerprint) -> Opponent:
        """Choose what a session with this fingerprint is compared with."""
        return Opponent.of(self.sessions, fingerprint)

    def anchored(self, fingerprint: Fingerprint) -> Opponent | None:
        """The anchor for a session with this fingerprint; None where none is comparable."""
        opponent = Opponent.of(self.anchor, fingerprint) if self.anchor else None
        return None if opponent is None or opponent.differences.blocking else opponent

    def lost_anchor(self, fingerprint: Fingerprint) -> list[str]:
        """Why a session with this fingerprint cannot be held against the anchor, if it cannot."""
        return Opponent.of(self.anchor, fingerprint).differences.blocking if self.anchor else []

    def opponents(self, fingerprint: Fingerprint) -> dict[str, Opponent]:
        """All that a session with this fingerprint is held against, by name.

        The rolling baseline first, then the anchor where there is one that can be compared.
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
    """The sessions that another one is held against.

    Attributes:
        sessions: The newest last; where none is comparable, only the newest of all.
        differences: What sets the newest of them apart from the session.
        compared: The components that are compared.
    """

    sessions: Sequence[Past]
    differences: Differences
    compared: tuple[str, ...]

    @classmethod
    def of(cls, sessions: Sequence[Past], fingerprint: Fingerprint) -> Opponent:
        """The last comparable sessions."""
        comparable = [
            past for past in sessions if not differences(past.fingerprint, fingerprint).blocking
        ][-ROLLING:]
        chosen = comparable or [sessions[-1]]
        return cls(chosen, differences(chosen[-1].fingerprint, fingerprint), fingerprint.compared)

    @property
    def newest(self) -> Past:
        """The session whose grid and versions are the baseline's."""
        return self.sessions[-1]

    @property
    def g_per_j(self) -> float:
        """Grams for a joule at the baseline's intensity and PUE."""
        return self.newest.g_per_kwh * self.newest.pue / 3.6e6

    @property
    def nodeids(self) -> set[str]:
        """The tests of all sessions: the newest may have run some of them only."""
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
        """How noisy tests are: as the history shows it, or as is known of such meters.

        The history's tests are taken together by the median of their variances, which some noisy
        ones do not move. Costs are divided by the reference workload's if that makes it smaller.
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
    """How noisy the tests of a history are, taken together.

    Attributes:
        variance: Of the logarithm of a run, of the tests in the middle.
        runs: How many runs of its own a test must have to outweigh it.
    """

    variance: float
    runs: int

    @classmethod
    def of(cls, tests: Iterable[Sequence[Sample]], *, normalised: bool) -> _Pooled | None:
        """Of tests with runs from enough sessions; None where they are too few.

        The cube root of a variance of so many runs is nearly normal, with a known mean and spread
        (Wilson and Hilferty 1931, PNAS 17:684). What the tests' variances differ by beyond that is
        their own, and tells how far the general one can be relied on, as in Smyth 2004, section
        6.2; quartiles are taken instead of moments, which the noisy tests would rule.
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
    """Of a run, less what follows the reference; what that took of the scatter is given back."""
    found = levelled([samples], calm)
    own, degrees = found.sides[0].variance, len(samples) - 1
    return Variance(own.value * degrees / (degrees - found.spent), own.degrees)


def _runs_worth(variances: Sequence[float], general: float, by_chance: float) -> int:
    """How many runs the general variance is worth, by how much the tests' own differ from it."""
    if not general:
        return PRIOR_RUNS
    low, _, high = quantiles([(each / general) ** (1 / 3) for each in variances], n=4)
    beyond_chance = ((high - low) / QUARTILES_APART) ** 2 - by_chance
    least, most = RUNS_WORTH
    return round(min(max(2 / (9 * beyond_chance), least), most)) if beyond_chance > 0 else most


def renamed(gone: Iterable[str], new: Iterable[str]) -> dict[str, str]:
    """Guess which new tests are old ones under another name: same file or same function.

    Returns:
        The old node id by the new one.
    """
    left = sorted(gone)
    pairs: dict[str, str] = {}
    for nodeid in sorted(new):
        file, _, name = nodeid.partition("::")
        moved = [each for each in left if each.partition("::")[2] == name]
        beside = {_bare(each): each for each in left if each.partition("::")[0] == file}
        alike = get_close_matches(_bare(nodeid), beside, n=1, cutoff=0.6)
        if moved or alike:
            pairs[nodeid] = old = moved[0] if moved else beside[alike[0]]
            left.remove(old)
    return pairs


def _bare(nodeid: str) -> str:
    """The name of a test without what all names have in common."""
    return nodeid.partition("::")[2].removeprefix("test_")
