"""Budgets for the session and for sums of tests."""

from __future__ import annotations

import math

from pytest_scer.config.settings import Settings
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.judgement import Judgement, Limit, Verdict, judge
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import HostTotals
from pytest_scer.meters.noise import noise_of
from pytest_scer.report import build
from pytest_scer.report.model import BudgetEntry, Report


class SessionBudgets:
    """Judges the budgets of the session and of sums, and detects when one is exhausted."""

    def __init__(self, settings: Settings) -> None:
        """Judge nothing yet.

        Args:
            settings: The budgets, and which verdicts fail the run.
        """
        self._settings = settings
        self.exhausted: str | None = None
        """The text of the budget that was exhausted while tests ran; None if none was."""

    def judge(self, report: Report, final: HostTotals, conversion: Conversion) -> bool:
        """Judge all budgets after the last test, and add the verdicts to the report.

        Args:
            report: The report with all tests.
            final: What the session used.
            conversion: Converts joules to grams of CO2e.

        Returns:
            Whether one of the budgets fails the run.
        """
        whole, units = _whole(report, final), build.sum_of_units(report.tests)
        judgements: list[tuple[Judgement, str | None]] = [
            (judge(limit, whole, units, conversion, who=build.TESTS), None)
            for limit in self._settings.budget
        ]
        for rule in self._settings.budgets:
            if rule.is_sum:
                matching = [
                    test
                    for test in report.tests
                    if rule.pattern.matches(test.nodeid, test.marks, test.model)
                ]
                source = f"{self._settings.sources['budgets']}: {rule.text}"
                limit = Limit(rule.budget, source, rule.place)
                judgement = build.judge_sum(limit, matching, conversion)
                judgements.append((judgement, rule.pattern.text))
        report.budgets = [BudgetEntry.of(each, target) for each, target in judgements]
        return any(self._fails(judgement) for judgement, _ in judgements)

    def _fails(self, judgement: Judgement) -> bool:
        verdict = judgement.verdict
        name = "budget" if verdict is Verdict.EXCEEDED else verdict.value
        return name in self._settings.fail_on

    def is_spent(self, report: Report, totals: HostTotals, conversion: Conversion) -> bool:
        """Whether a budget of the session is already exceeded.

        The meter of this process may not count what tests in other processes used: on other hosts,
        and with simulated meters. Then the sum of the tests counts.

        Args:
            report: The report with the tests that have ended.
            totals: What the session has used so far.
            conversion: Converts joules to grams of CO2e.
        """
        whole = _whole(report, build.at_least(report, totals))
        for limit in self._settings.budget:
            if limit.budget.is_cumulative:
                judgement = judge(limit, whole, {}, conversion, who=build.TESTS)
                if judgement.verdict is Verdict.EXCEEDED:
                    self.exhausted = judgement.text
                    return True
        return False


def _whole(report: Report, totals: HostTotals) -> Measurement:
    """What the session used, as one measurement.

    Its noise between sessions is that of its meters. Neighbours, and the workers among each other,
    prolonged the rest of the session as they did the tests.
    """
    of_tests = list(build.stages(report.tests))
    whole = Measurement(
        duration_s=totals.duration_s,
        cpu_time_s=math.fsum(stage.cpu_time_s for stage in of_tests),
        cpu_j=totals.cpu_j,
        gpu_j=totals.gpu_j,
        ram_j=totals.ram_j,
        uncertainty_j=totals.noise_j,
    )
    tests_j = math.fsum(stage.known_j for stage in of_tests)
    if tests_j > 0:
        contended_j = math.fsum(stage.contention_j for stage in of_tests)
        whole.contention_j = contended_j / tests_j * whole.known_j
    return noise_of(report.meters).add_to(whole)
