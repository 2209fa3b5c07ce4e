"""Budgets for the session and for sums of tests."""

from __future__ import annotations

import math
from dataclasses import replace

from pytest_scer.config.settings import Settings
from pytest_scer.core import COMPONENTS
from pytest_scer.core.budget import Judgement, Limit, Verdict, judge
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import HostTotals
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
            (judge(limit, whole, units, conversion), None) for limit in self._settings.budget
        ]
        for rule in self._settings.budgets:
            if rule.is_sum:
                matching = [
                    test
                    for test in report.tests
                    if rule.pattern.matches(test.nodeid, test.marks, test.model)
                ]
                limit = Limit(rule.budget, f"{self._settings.sources['budgets']}: {rule.text}")
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
        whole = _whole(report, replace(totals, **_at_least(report, totals)))
        for limit in self._settings.budget:
            if limit.budget.is_cumulative:
                judgement = judge(limit, whole, {}, conversion)
                if judgement.verdict is Verdict.EXCEEDED:
                    self.exhausted = judgement.text
                    return True
        return False


def _at_least(report: Report, totals: HostTotals) -> dict[str, float | None]:
    """Joules of each component: what the host used, or its tests if that is more."""
    measured = list(build.stages(report.tests))
    used = {}
    for name in (f"{component}_j" for component in COMPONENTS):
        counts = [getattr(each, name) for each in measured]
        known = [joules for joules in counts if joules is not None and not math.isnan(joules)]
        counted = getattr(totals, name)
        used[name] = None if counted is None else max(counted, math.fsum(known))
    return used


def _whole(report: Report, totals: HostTotals) -> Measurement:
    """What the session used, as one measurement."""
    return Measurement(
        duration_s=totals.duration_s,
        cpu_time_s=math.fsum(stage.cpu_time_s for stage in build.stages(report.tests)),
        cpu_j=totals.cpu_j,
        gpu_j=totals.gpu_j,
        ram_j=totals.ram_j,
        uncertainty_j=totals.noise_j,
    )
