"""Which findings matter most: what a reader with little time should do."""

from __future__ import annotations

import math
from typing import Final

from pytest_scer.findings.rule import SEVERITIES
from pytest_scer.report.model import Finding, Report

TRIVIAL_SHARE: Final = 0.01
"""Findings about less than this share of the session's energy are not worth doing: even without
them, the total would stay the same to two digits."""


def most_important(report: Report, most: int = 5) -> list[Finding]:
    """Return the findings to act on: most joules first, and warnings before hints.

    Warnings whose figure is not in joules come first: a budget that is not met or not checked, or
    energy that is charged to the wrong test, matters whatever its amount. Hints without joules come
    last. Left out are findings without a remedy, those that only inform, and those about less than
    :data:`TRIVIAL_SHARE` of the total.

    Args:
        report: The complete report.
        most: How many to return at most.
    """
    worth = [each for each in report.findings if each.remedy and _matters(each, report)]
    return sorted(worth, key=_rank)[:most]


def energy_j(finding: Finding) -> float | None:
    """The joules that a finding is about; None if its figure is something else."""
    return finding.value if finding.unit == "J" else None


def _matters(finding: Finding, report: Report) -> bool:
    joules, total_j = energy_j(finding), report.totals.total_j
    if finding.severity == "info":
        return False
    return joules is None or total_j is None or joules >= TRIVIAL_SHARE * total_j


def _rank(finding: Finding) -> tuple[float, int]:
    joules, severity = energy_j(finding), SEVERITIES.index(finding.severity)
    if joules is None:
        return math.inf if severity else -math.inf, severity
    return -joules, severity
