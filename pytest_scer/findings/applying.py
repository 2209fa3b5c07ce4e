"""All rules, and how they are applied to a report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pytest_scer.findings import boundary, live_grid, outliers, reruns, unmeasured
from pytest_scer.findings.rule import SEVERITIES, Rule
from pytest_scer.report.model import Finding, Report

RULES: Final[dict[str, Rule]] = {
    module.KIND: module.find for module in (boundary, unmeasured, outliers, reruns, live_grid)
}
"""The kind of finding of each rule, and the rule."""


def add_findings(report: Report, more: Iterable[Rule] = ()) -> None:
    """Add what the rules find; a report that has findings of these rules gets them anew.

    A rule that fails adds a warning to the report instead.

    Args:
        report: The report, with its totals.
        more: Rules of other plugins.
    """
    report.findings = [each for each in report.findings if each.kind not in RULES]
    for rule in (*RULES.values(), *more):
        try:
            found = [_checked(each) for each in rule(report)]
        except Exception as error:
            report.warnings.append(f"the finding rule {_name(rule)} failed: {error!r}")
        else:
            report.findings += found


def _checked(finding: Finding) -> Finding:
    """A finding that the report can hold.

    Raises:
        TypeError: It is something else.
        ValueError: Its severity is unknown.
    """
    if not isinstance(finding, Finding):
        raise TypeError(f"{finding!r} is not a Finding")
    if finding.severity not in SEVERITIES:
        known = ", ".join(SEVERITIES)
        raise ValueError(f"severity {finding.severity!r} is unknown (known: {known})")
    return finding


def _name(rule: Rule) -> str:
    name = getattr(rule, "__qualname__", None) or type(rule).__qualname__
    return f"{getattr(rule, '__module__', '?')}.{name}"
