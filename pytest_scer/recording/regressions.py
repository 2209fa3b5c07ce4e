"""Compare tests with the baseline where they run, and measure suspects again."""

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
"""Pause between two runs of a suspect, in seconds. It spreads the runs, so that one slow phase of
the machine, which lasts about a second, does not affect all of them."""

Again = Callable[[], TestEntry]
"""Runs the test once more and returns the entry of that run."""


class Comparing:
    """Compares the tests of this process with the baseline."""

    def __init__(
        self,
        settings: Settings,
        baseline: Baseline,
        fingerprint: Fingerprint,
        nodeids: Collection[str],
    ) -> None:
        """Choose the sessions to compare with.

        Args:
            settings: The threshold, and how often to measure again.
            baseline: The baseline to compare with.
            fingerprint: The fingerprint of this session.
            nodeids: The tests of this session.
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
        """Compare with the baseline in the settings; None if it has no session yet."""
        if settings.baseline is None or not settings.baseline.sessions:
            return None
        return cls(settings, settings.baseline, fingerprint, nodeids)

    def compare(
        self, test: TestEntry, reference: Reference, again: Again | None
    ) -> BaselineEntry | None:
        """Compare a test with its baseline.

        Args:
            test: The test with its figures.
            reference: The reference workload, run before and after each repeat.
            again: Runs the test once more; None if that is not possible.

        Returns:
            The worse result of rolling baseline and anchor; None for a new test.
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
                problem = f"repeated {len(runs) - 1} times, then stopped by {error}"
                break
            once_more.reference_j, once_more.reference_moved = reference.after(force=True)
            runs.append(past_test(once_more, compared))
            run = Run.of(test.nodeid, runs, compared)
            suspects = [each for each in suspects if not each.is_decided(run, most)]
        entries = [each.judge(run, problem) for each in rounds]
        return worst_of(entries)
