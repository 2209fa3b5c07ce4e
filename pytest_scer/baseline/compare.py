"""Two sessions compared offline: every test, the session as a whole, and what is new or gone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from pytest_scer.baseline.fingerprint import Differences
from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.judging import Judged, Round, Run, worst_of
from pytest_scer.baseline.past import Past
from pytest_scer.baseline.renames import renamed
from pytest_scer.baseline.session import compare_sums
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.baseline_entry import BaselineEntry


@dataclass(frozen=True)
class Compared:
    """The result of comparing two sessions.

    Attributes:
        base: The name of the baseline.
        head: The name of the session.
        judged: Every test that both have, with its verdict.
        session: The sum of these.
        new: Tests that the baseline does not have.
        vanished: Tests that the session does not have.
        renamed: New tests that may be old ones, with the old node ID.
        differences: Of machine, meters and versions.
        sessions: The newest session of the baseline, and the one that was compared with it.
        directory: The history that the baseline is, or comes from; None if it is a file.
        is_saved: Whether the compared session is the newest of that history.
    """

    base: str
    head: str
    judged: Mapping[str, Judged]
    session: BaselineEntry
    new: tuple[str, ...]
    vanished: tuple[str, ...]
    renamed: Mapping[str, str]
    differences: Differences
    sessions: tuple[Past, Past]
    directory: Path | None = None
    is_saved: bool = False

    @cached_property
    def tests(self) -> Mapping[str, BaselineEntry]:
        """The report's entry for each of the tests that both have."""
        return {nodeid: judged.entry() for nodeid, judged in self.judged.items()}

    def count(self, verdict: str) -> int:
        """How many tests have this verdict."""
        return sum(judged.verdict == verdict for judged in self.judged.values())

    @property
    def regressed(self) -> bool:
        """Whether a test or the session as a whole is a regression."""
        return self.session.verdict == "regression" or self.count("regression") > 0


def compare(base: Baseline, head: Past, threshold: Threshold) -> Compared:
    """Compare a session with a baseline of at least one session."""
    opponents = base.opponents(head.fingerprint)
    opponent, *_ = opponents.values()
    rounds = [Round(threshold, each, head.tests.keys(), name) for name, each in opponents.items()]
    judged: dict[str, Judged] = {}
    for nodeid, test in head.tests.items():
        run = Run(nodeid, test, head.runs(nodeid, opponent.compared))
        results = [each.weigh(run) for each in rounds if each.knows(nodeid)]
        if results:
            judged[nodeid] = worst_of(results)
    new, gone = head.tests.keys() - judged.keys(), opponent.newest.tests.keys() - head.tests.keys()
    names = renamed(gone, new)
    return Compared(
        str(base.path),
        head.name,
        judged,
        compare_sums(head, opponents, threshold),
        tuple(sorted(new - names.keys())),
        tuple(sorted(gone - set(names.values()))),
        names,
        opponent.differences,
        (opponent.newest, head),
        base.directory,
        base.directory is not None and base.path != base.directory,
    )
