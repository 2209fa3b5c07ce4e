"""What a session is compared with: one earlier session, or those of a history.

A directory of baselines or reports is a history. Every complete session stays in it; which of them
a test is compared with is decided when the history is read. The sessions in its folder ``anchor``
never change, so growth too slow for the recent sessions is found as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Final

from pytest_scer.baseline.fingerprint import Differences, Fingerprint, differences
from pytest_scer.baseline.levels import LEVELS_FILE, Level, read_levels
from pytest_scer.baseline.noise import (
    COUNTED,
    MODELLED,
    SIMULATED,
    UNCORRECTED,
    Known,
    Noise,
    Sample,
    is_short,
    suite_noise,
)
from pytest_scer.baseline.past import Past, PastTest
from pytest_scer.baseline.store import BadBaseline, read_past
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.files import status_of

ROLLING: Final = 10
"""A test's baseline is the median of this number of sessions, the newest that count."""
ANCHOR: Final = "anchor"
"""The folder of a history with the sessions that every later one is also compared with."""


@dataclass(frozen=True)
class Baseline:
    """What a session is compared with.

    Attributes:
        sessions: The earlier sessions, the newest last; none when a history begins.
        anchor: Those of the anchor; empty if there is none.
        path: The file or directory as the user named it.
        levels: The tests whose new level the user accepted.
        directory: The history that it is, or of which it is a session; None if it is a file.
    """

    sessions: Sequence[Past]
    anchor: Sequence[Past]
    path: Path
    levels: Mapping[str, Level] = field(default_factory=dict)
    directory: Path | None = None

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Read a file, or all ``*.json`` files of a directory; no file is no session.

        Raises:
            BadBaseline: A file is not a baseline; the message names it.
        """
        try:
            if status_of(path) is None:
                return cls([], [], path)
        except OSError as error:
            raise BadBaseline(f"{path}: {error.strerror}") from None
        if not path.is_dir():
            return cls([read_past(path)], [], path)
        return cls(_sessions(path), _sessions(path / ANCHOR), path, read_levels(path), path)

    @property
    def name(self) -> str:
        """Its path as reports show it: without the directories of the user."""
        if not self.path.is_absolute():
            return str(self.path)
        here = Path.cwd()
        return str(
            self.path.relative_to(here) if self.path.is_relative_to(here) else self.path.name
        )

    @property
    def why_empty(self) -> str:
        """Why there is no session."""
        return "no *.json file in this directory" if self.path.is_dir() else "no such file"

    def against(self, fingerprint: Fingerprint) -> Opponent:
        """Choose what a session with this fingerprint is compared with."""
        return Opponent.of(self.sessions, fingerprint, self.levels)

    def anchored(self, fingerprint: Fingerprint) -> Opponent | None:
        """The anchor for a session with this fingerprint; None if none is comparable."""
        opponent = Opponent.of(self.anchor, fingerprint, self.levels) if self.anchor else None
        return None if opponent is None or opponent.differences.blocking else opponent

    def lost_anchor(self, fingerprint: Fingerprint) -> list[str]:
        """Why a session with this fingerprint cannot be compared with the anchor, if it cannot."""
        if not self.anchor:
            return []
        return Opponent.of(self.anchor, fingerprint, {}).differences.blocking

    def opponents(self, fingerprint: Fingerprint) -> dict[str, Opponent]:
        """Everything that a session with this fingerprint is compared with, by name.

        The recent sessions come first, then the anchor if it is comparable.
        """
        anchored = self.anchored(fingerprint)
        name = self.name
        rolling = {name: self.against(fingerprint)}
        return rolling if anchored is None else {**rolling, f"{name}/{ANCHOR}": anchored}


def _sessions(directory: Path) -> list[Past]:
    if not directory.is_dir():
        return []
    files = (path for path in sorted(directory.glob("*.json")) if path.name != LEVELS_FILE)
    return sorted(map(read_past, files), key=lambda past: past.started_at)


@dataclass(frozen=True)
class Opponent:
    """The sessions that another one is compared with.

    Attributes:
        sessions: The comparable ones, the newest last; if there is none, only the newest of all.
        differences: How the newest of them differs from the session.
        fingerprint: The session's.
        levels: The tests whose new level the user accepted.
    """

    sessions: Sequence[Past]
    differences: Differences
    fingerprint: Fingerprint
    levels: Mapping[str, Level]

    @classmethod
    def of(
        cls, sessions: Sequence[Past], fingerprint: Fingerprint, levels: Mapping[str, Level]
    ) -> Opponent:
        """The comparable ones of these sessions."""
        comparable = [
            past for past in sessions if not differences(past.fingerprint, fingerprint).blocking
        ]
        chosen = comparable or [sessions[-1]]
        apart = differences(chosen[-1].fingerprint, fingerprint)
        return cls(chosen, apart, fingerprint, levels)

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """The components that are compared."""
        return self.fingerprint.compared

    @property
    def newest(self) -> Past:
        """The session whose grid and versions are the baseline's."""
        return self.sessions[-1]

    @cached_property
    def g_per_j(self) -> float:
        """Grams per joule at the baseline's carbon intensity and PUE."""
        return self.newest.g_per_kwh * self.newest.pue / 3.6e6

    @cached_property
    def _counting(self) -> dict[str, list[Past]]:
        """The sessions that count for each test, the newest last."""
        found: dict[str, list[Past]] = {}
        for past in self.sessions:
            for nodeid in self.counted(past):
                found.setdefault(nodeid, []).append(past)
        return found

    @property
    def nodeids(self) -> AbstractSet[str]:
        """The tests of all sessions that count: the newest may have run some of them only."""
        return self._counting.keys()

    def counted(self, past: Past) -> AbstractSet[str]:
        """The tests for whose baseline a session counts."""
        doubtful = past.regressed | self.levels.keys()  # only they need a closer look
        left_out = {nodeid for nodeid in doubtful if not self.counts(past, nodeid)}
        return past.tests.keys() - left_out if left_out else past.tests.keys()

    def counts(self, past: Past, nodeid: str) -> bool:
        """Whether a session counts for the baseline of a test.

        It does unless the test was a regression in it. Once the user accepted a new level, the
        sessions before it don't count, and those in which the test reached it do.
        """
        if nodeid not in past.tests:
            return False
        level = self.levels.get(nodeid)
        if level is not None and past.started_at < level.since:
            return False
        accepted = level is not None and past.started_at <= level.until
        return accepted or nodeid not in past.regressed

    def test(self, nodeid: str) -> PastTest | None:
        """The newest record of a test in the sessions that count."""
        sessions = self._counting.get(nodeid)
        return None if sessions is None else sessions[-1].tests[nodeid]

    @cached_property
    def _known_samples(self) -> dict[str, list[Sample]]:
        return {}

    def samples(self, nodeid: str) -> Sequence[Sample]:
        """One run of a test from each of the last sessions that count, the newest last.

        If only some of them have the reference workload, the others are left out: their costs can't
        be corrected.
        """
        known = self._known_samples.get(nodeid)
        if known is None:
            known = self._known_samples[nodeid] = self._samples_of(nodeid)
        return known

    def _samples_of(self, nodeid: str) -> list[Sample]:
        newest = self.test(nodeid)
        found = [
            sample
            for past in self._counting.get(nodeid, ())
            if newest is not None
            and past.tests[nodeid].reads == newest.reads
            and (sample := past.sample(nodeid, self.compared)) is not None
        ]
        if self.is_modelled:
            found = [sample for sample in found if sample.reference_j] or found
        return found[-ROLLING:]

    def may_regress(self, nodeid: str) -> bool:
        """Whether noise could make a test a regression: it is not too short for that."""
        return not is_short(self.samples(nodeid), modelled=self.is_corrected)

    @cached_property
    def is_modelled(self) -> bool:
        """Whether costs depend on machine speed and must be corrected for it."""
        return self.fingerprint.modelled

    @cached_property
    def is_corrected(self) -> bool:
        """Whether the baseline can correct its costs for machine speed, at least of some tests."""
        return self.is_modelled and any(each.reference_j for runs in self._runs for each in runs)

    @cached_property
    def _runs(self) -> list[Sequence[Sample]]:
        return [samples for nodeid in self.nodeids if (samples := self.samples(nodeid))]

    @cached_property
    def suite(self) -> Noise:
        """How much its tests scatter: from the history, or the known noise of such meters."""
        return suite_noise(
            self._runs, self._known(corrected=self.is_corrected), corrected=self.is_corrected
        )

    @cached_property
    def uncorrected(self) -> Noise:
        """The same for costs that are not corrected."""
        if not self.is_corrected:
            return self.suite
        return suite_noise(self._runs, self._known(corrected=False), corrected=False)

    def _known(self, *, corrected: bool) -> Known:
        if self.is_modelled:
            return MODELLED if corrected else UNCORRECTED
        return SIMULATED if self.fingerprint.simulated else COUNTED
