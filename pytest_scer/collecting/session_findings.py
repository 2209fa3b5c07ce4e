"""The findings of a session: those of all rules, and that it was stopped."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain

import pytest

from pytest_scer.collecting.stopping import why_stopped
from pytest_scer.collecting.unused_budgets import about, unused_budgets
from pytest_scer.config.settings import Settings
from pytest_scer.findings.applying import add_findings
from pytest_scer.findings.rule import Rule
from pytest_scer.report.model import Finding, Report


def find(
    report: Report,
    config: pytest.Config,
    settings: Settings,
    deselected: Collection[str],
    exhausted: str | None,
) -> None:
    """Add the findings to a report.

    Args:
        report: The report, with its totals.
        config: The pytest config object, whose plugins may have rules.
        settings: The settings, with lines of budgets.
        deselected: The tests that were deselected.
        exhausted: The budget that stopped the session; None if none did.
    """
    report.unused_budgets = unused_budgets(report, settings, config, deselected)
    report.warnings += about(report.unused_budgets, settings)
    add_findings(report, _rules_of_plugins(report, config))
    if exhausted is not None:
        text = f"stopped by --scer-stop: {why_stopped(exhausted, report.not_run)}"
        report.findings.append(Finding("stopped", text, severity="warning"))


def _rules_of_plugins(report: Report, config: pytest.Config) -> list[Rule]:
    """The rules of other plugins; a plugin that fails must not cost the user the report."""
    try:
        return list(chain.from_iterable(config.hook.pytest_scer_finding_rules(config=config)))
    except Exception as error:
        report.warnings.append(f"the hook pytest_scer_finding_rules failed: {error!r}")
        return []
