"""Holding tests against the baseline where they run, and measuring the suspects again."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Final

from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.judging import Round, Run, worst_of
from pytest_scer.baseline.reference import Reference
from pytest_scer.baseline.store import past_test
from pytest_scer.config.settings import Settings
from pytest_scer.recording.rerun import CannotRunAgain
from pytest_scer.report.model import BaselineEntry, TestEntry

APART_S: Final = 0.1
"""Between two runs of a suspect: a slow moment of the machine, which lasts about a second, should
not hold all of them."""

Again = Callable[[], TestEntry]
"""Runs the test once more and tells what that run cost."""


class Comparing:
    """Compares the tests of this process."""

    def __init__(
        self,
        settings: Settings,
        baseline: Baseline,
        fingerprint: Fingerprint,
        nodeids: Collection[str],
    ) -> None:
        """Choose the sessions to compare with.

        Args:
            settings: Threshold, and how often to measure again.
            baseline: What to compare with.
            fingerprint: Of this session.
            nodeids: Its tests.
        """
        self._settings = settings
        self._rounds = [
            Round(settings.max_regression, opponent, fingerprint, nodeids, name)
            for name, opponent in baseline.opponents(fingerprint).items()
        ]

    @classmethod
    def begin(
        cls, settings: Settings, fingerprint: Fingerprint, nodeids: Collection[str]
    ) -> Comparing | None:
        """Compare with the baseline of the settings; None where there is none yet."""
        if settings.baseline is None or not settings.baseline.sessions:
            return None
        return cls(settings, settings.baseline, fingerprint, nodeids)

    def compare(
        self, test: TestEntry, reference: Reference, again: Again | None
    ) -> BaselineEntry | None:
        """Hold a test against its baseline.

        Args:
            test: What it cost.
            reference: Run in turn with what is measured again.
            again: Runs it once more; None where that cannot be done.

        Returns:
            What came of it, the worse of rolling baseline and anchor; None for a new test.
        """
        rounds = [each for each in self._rounds if each.knows(test.nodeid)]
        if not rounds:
            return None
        compared = rounds[0].compared
        runs = [past_test(test, compared)]
        run = Run.of(test.nodeid, runs, compared)
        suspects = [each for each in rounds if each.is_suspect(run)]
        problem = None
        most = self._settings.confirm if again is not None else 0
        while suspects and again is not None and len(runs) <= most:
            time.sleep(APART_S)
            reference.before_again()
            try:
                once_more = again()
            except CannotRunAgain as error:
                problem = f"measured again {len(runs) - 1} times, then: {error}"
                break
            once_more.reference_j, once_more.reference_moved = reference.after(anew=True)
            runs.append(past_test(once_more, compared))
            run = Run.of(test.nodeid, runs, compared)
            suspects = [each for each in suspects if not each.is_decided(run, most)]
        entries = [each.judge(run, problem) for each in rounds]
        return worst_of(entries)
