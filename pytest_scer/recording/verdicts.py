"""Judge a test by its budgets and its baseline, and run it again if that is needed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pytest_scer.config.marker import Marker
from pytest_scer.config.settings import Settings
from pytest_scer.core.judgement import Judgement, Verdict
from pytest_scer.core.uncertainty import Noise
from pytest_scer.errors import CarbonBudgetExceeded, CarbonBudgetWarning, CarbonRegression
from pytest_scer.meters.noise import noise_of
from pytest_scer.recording.confirmation import confirm, is_open
from pytest_scer.recording.doubts import surely
from pytest_scer.recording.failure import budget_failure
from pytest_scer.recording.metering import Metered
from pytest_scer.recording.progress import Progress
from pytest_scer.recording.repeat_time import RepeatTime
from pytest_scer.recording.rerun import can_run_again
from pytest_scer.recording.testrun import TestRun
from pytest_scer.report.model import TestEntry

if TYPE_CHECKING:
    from pytest_scer.baseline.reference import Reference
    from pytest_scer.recording.regressions import RegressionCheck


class Judge:
    """Judges the tests of one process, each right after the stages that its budgets cover."""

    def __init__(
        self,
        settings: Settings,
        metered: Metered,
        as_entry: Callable[[TestRun], TestEntry],
        run_again: Callable[[pytest.Item, TestRun], TestRun],
        progress: Progress,
    ) -> None:
        """Judge only budgets until :meth:`compare` is called.

        Args:
            settings: What fails a test, and how often to measure again.
            metered: Meter and carbon intensity, for failure messages.
            as_entry: Makes the entry of a run.
            run_again: Runs a test once more, within its call stage.
            progress: Where to show that a test is measured again.
        """
        self._settings = settings
        self._metered = metered
        self._as_entry = as_entry
        self._run_again = run_again
        self._comparing: RegressionCheck | None = None
        self._reference: Reference | None = None
        self._left = RepeatTime(settings.confirm_time, progress)
        self.noise = noise_of(metered.infos)
        """How much figures differ between sessions, as long as no history shows it."""

    def compare(self, comparing: RegressionCheck | None, components: tuple[str, ...]) -> None:
        """Run the reference workload between the tests, and compare them with a baseline.

        Args:
            comparing: The comparison; None if this session is only saved as a baseline.
            components: The components whose energy is compared.
        """
        from pytest_scer.baseline.reference import Reference
        from pytest_scer.meters.hardware import HardwareMeter

        self._comparing = comparing
        meter = self._metered.meter
        watts = meter.modelled_w if isinstance(meter, HardwareMeter) else None
        self._reference = Reference(self._metered.read, components, watts)

    def noise_of(self, nodeid: str) -> Noise:
        """How much a test's figures differ between sessions: from its history, or as known."""
        own = None if self._comparing is None else self._comparing.noise(nodeid, self.noise)
        return own or self.noise

    @property
    def measures(self) -> bool:
        """Whether judging may run the reference workload, or tests again."""
        return self._reference is not None or self._settings.confirm > 0

    def before_call(self) -> None:
        """Run the reference workload, if one is used, before a test's call is measured."""
        if self._reference is not None:
            self._reference.before()

    def judge(self, item: pytest.Item, test: TestRun) -> None:
        """Judge a test: warn about verdicts that do not fail it, raise for those that do.

        Raises:
            CarbonBudgetExceeded: A budget fails the test.
            CarbonRegression: No budget fails the test, but its baseline does.
        """
        regression = self._regression(item, test)
        if test.marker.limits:
            self._judge_budgets(item, test)
        if regression is not None:
            test.budget_failed = True
            raise regression

    def _regression(self, item: pytest.Item, test: TestRun) -> CarbonRegression | None:
        """Compare a test with its baseline; return the failure, if it should fail."""
        if self._reference is None or test.unmeasured is not None or test.cut_short is not None:
            return None
        test.reference_j, test.reference_moved, test.other_cores = self._reference.after()
        if self._comparing is None:
            return None
        test.baseline = self._comparing.compare(
            self._as_entry(test),
            self._reference,
            (lambda: self._as_entry(self._run_again(item, test)))
            if _can_run_again(item, test)
            else None,
            self._left,
        )
        if test.baseline is None:
            return None
        named = test.baseline.verdict in self._settings.fail_on
        if named and test.marker.on_exceed != "warn":
            return CarbonRegression(test.baseline)
        if named or test.baseline.verdict in ("regression", "inconclusive"):
            _warn_of(CarbonBudgetWarning(test.baseline.headline), item)
        return None

    def _judge_budgets(self, item: pytest.Item, test: TestRun) -> None:
        judgements = test.judge()
        most = self._settings.confirm if _can_run_again(item, test) else 0
        if most and is_open(test):
            problem = confirm(test, lambda: self._run_again(item, test), most, self._left)
            judgements = test.judge(problem)
        for judgement in judgements:
            item.ihook.pytest_scer_budget_judged(item=item, judgement=judgement)
        failing = [each for each in judgements if self._fails(each, test.marker)]
        for judgement in judgements:
            if judgement.verdict is not Verdict.OK and judgement not in failing:
                _warn_of(CarbonBudgetWarning(judgement.text), item)
        if failing:
            test.budget_failed = True
            raise CarbonBudgetExceeded(budget_failure(test, failing, self._metered), failing)

    def _fails(self, judgement: Judgement, marker: Marker) -> bool:
        if marker.on_exceed == "warn":
            return False
        name = "budget" if judgement.verdict is Verdict.EXCEEDED else judgement.verdict.value
        return name in self._settings.fail_on


def _can_run_again(item: pytest.Item, test: TestRun) -> bool:
    """Whether the test can be run again where it is judged, which must be its call stage."""
    return test.marker.covers == "call" and can_run_again(item)


def _warn_of(warning: CarbonBudgetWarning, item: pytest.Item) -> None:
    """Issue a warning at the location of the test, for a verdict that does not fail it."""
    path, line, _ = item.reportinfo()
    where = str(path), (line or 0) + 1
    surely(partial(warnings.warn_explicit, warning, CarbonBudgetWarning, *where))
