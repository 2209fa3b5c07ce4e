"""Comparing tests with the baseline where they run, and measuring suspects again."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from statistics import median
from typing import Final

from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.judging import Round, Run, worst_of
from pytest_scer.baseline.past import PastTest, past_test
from pytest_scer.baseline.reference import Reference
from pytest_scer.config.settings import Settings
from pytest_scer.core.uncertainty import Noise
from pytest_scer.recording.repeat_time import RepeatTime
from pytest_scer.recording.rerun import CannotRunAgain
from pytest_scer.report.baseline_entry import BaselineEntry, times
from pytest_scer.report.model import TestEntry
from pytest_scer.system import System

APART_S: Final = 0.1
"""The pause between two runs of a suspect: a slow moment of the machine, which lasts about a
second, should not hold all of them."""
CONTROLS: Final = 3
"""The number of controls: tests that are not suspects but are measured again once there is a
suspect, to see whether repeats cost more than first runs here, whatever the test."""
CONTROL_REPEATS: Final = 3
"""How often each control is measured again."""
NOISE_OF_CONTROLS: Final = 1.6
"""How much more three controls may cost when repeated by noise alone, in standard deviations of a
single run: two standard errors of the median of three differences between one run and the median of
three, ``2 * sqrt((1 + 0.45) * 0.45)``."""
CONTROL_S: Final = 0.5
"""A test that takes longer is no control: it would cost too much time."""

Again = Callable[[], TestEntry]
"""Runs the test once more and returns what that run cost."""


class RegressionCheck:
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
            settings: Threshold, and how often to measure again.
            baseline: What to compare with.
            fingerprint: This session's.
            nodeids: Its tests.
        """
        self._settings = settings
        self._excess: list[float] = []
        self._has_suspect = False
        self._rounds = [
            Round(settings.max_regression, opponent, nodeids, name, repeats=settings.confirm)
            for name, opponent in baseline.opponents(fingerprint).items()
        ]

    @classmethod
    def begin(
        cls, settings: Settings, fingerprint: Fingerprint, nodeids: Collection[str]
    ) -> RegressionCheck | None:
        """Compare with the baseline of the settings; None if there is none yet."""
        if settings.baseline is None or not settings.baseline.sessions:
            return None
        return cls(settings, settings.baseline, fingerprint, nodeids)

    def noise(self, nodeid: str, known: Noise) -> Noise | None:
        """How much a test's figures differ between the recent sessions; None if they are too few.

        Args:
            nodeid: The test.
            known: What is known about such meters.
        """
        most = max(known.cpu, known.gpu, known.ram)
        scatter = self._rounds[0].scatter(nodeid, most)
        return None if scatter is None else Noise.of_total(scatter, "noise in the test's history")

    def compare(
        self, test: TestEntry, reference: Reference, again: Again | None, left: RepeatTime
    ) -> BaselineEntry | None:
        """Compare a test with its baseline.

        Args:
            test: What it cost.
            reference: The workload that runs in turn with repeats.
            again: Runs it once more; None if that is impossible.
            left: The time for repeats.

        Returns:
            The worse result of recent sessions and anchor; None for a new test.
        """
        rounds = [each for each in self._rounds if each.knows(test.nodeid)]
        if not rounds:
            return None
        runs = _Runs(test, rounds[0].compared, reference, again)
        suspects = [each for each in rounds if each.is_suspect(runs.run)]
        if suspects:
            self._has_suspect = True
            self._measure_again(runs, suspects, left)
        elif self._is_control(test, runs) and not left.is_spent:
            self._control(runs, left)
            runs = _Runs(test, rounds[0].compared, reference, again)
        excess = self._clear_excess(rounds[0])
        return worst_of(each.judge(runs.run, runs.problem, excess) for each in rounds)

    def _clear_excess(self, compared: Round) -> float:
        """How much more repeats cost than first runs here, beyond what noise explains."""
        if len(self._excess) < CONTROLS:
            return 0.0
        return max(median(self._excess) - NOISE_OF_CONTROLS * compared.noise_sd, 0.0)

    def _measure_again(self, runs: _Runs, suspects: list[Round], left: RepeatTime) -> None:
        most = self._settings.confirm if runs.can_repeat else 0
        while suspects and runs.count <= most and runs.problem is None:
            if left.is_spent:
                runs.problem = left.why_no_more(runs.count - 1)
                return
            with left.spending(f"suspected regression: repeat {runs.count} of up to {most}"):
                runs.repeat()
            suspects = [
                each for each in suspects if not each.is_decided(runs.run, self._clear_excess(each))
            ]

    def _is_control(self, test: TestEntry, runs: _Runs) -> bool:
        """Whether this test, not a suspect, should show what repeats cost here."""
        wanted = self._has_suspect and self._settings.confirm > 0
        measured = test.measurement
        return (
            wanted
            and len(self._excess) < CONTROLS
            and runs.can_repeat
            and measured is not None
            and 0.005 < measured.duration_s <= CONTROL_S
        )

    def _control(self, runs: _Runs, left: RepeatTime) -> None:
        for number in range(1, CONTROL_REPEATS + 1):
            if runs.problem is None:
                with left.spending(f"control for suspects: repeat {number} of {CONTROL_REPEATS}"):
                    runs.repeat()
        excess = runs.excess()
        if excess is not None:
            self._excess.append(excess)


class _Runs:
    """The runs of one test, and how to make more of them."""

    def __init__(
        self,
        test: TestEntry,
        compared: tuple[str, ...],
        reference: Reference,
        again: Again | None,
    ) -> None:
        self._compared = compared
        self._nodeid = test.nodeid
        self._reference = reference
        self._again = again
        self._runs: list[PastTest | None] = [past_test(test, compared)]
        self.problem: str | None = None
        """Why there can be no more runs."""

    @property
    def can_repeat(self) -> bool:
        return self._again is not None

    @property
    def count(self) -> int:
        return len(self._runs)

    @property
    def run(self) -> Run:
        return Run.of(self._nodeid, self._runs, self._compared)

    def repeat(self) -> None:
        """Run the test once more, next to the reference workload."""
        assert self._again is not None
        System.sleep(APART_S)
        self._reference.before_again()
        try:
            once_more = self._again()
        except CannotRunAgain as error:
            self.problem = f"measured again {times(self.count - 1)}, then: {error}"
            return
        cost = self._reference.after(force=True)
        once_more.reference_j, once_more.reference_moved, once_more.other_cores = cost
        self._runs.append(past_test(once_more, self._compared))

    def excess(self) -> float | None:
        """How much more repeats cost than the first run, as a logarithm."""
        samples = self.run.samples
        if len(samples) <= CONTROL_REPEATS or min(each.cost_j for each in samples) <= 0:
            return None
        corrected = all(each.reference_j for each in samples)
        first, *again = (each.level(corrected=corrected) for each in samples)
        return median(again) - first if math.isfinite(first) else None
