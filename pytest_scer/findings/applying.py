"""All rules, and how they are applied to a report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pytest_scer.findings import (
    babbling,
    batch_of_one,
    boundary,
    busy_cpu,
    constant_share,
    costly_fixture,
    costly_parameters,
    embodied,
    failed_tests,
    gate_cost,
    idle_gpu,
    late_skips,
    live_grid,
    location,
    loose_budget,
    nothing_counted,
    outliers,
    over_budget,
    padding,
    rebuilt_fixture,
    repeated_prefill,
    repeated_setup,
    reruns,
    slow_tokenizer,
    tight_budget,
    unconfirmed,
    unknown_chip,
    unmeasured,
    unusable_counts,
    unused_budgets,
    waiting,
)
from pytest_scer.findings.rule import SEVERITIES, Rule
from pytest_scer.report.model import Finding, Report

RULES: Final[dict[str, Rule]] = {
    module.KIND: module.find
    for module in (
        over_budget,
        tight_budget,
        unconfirmed,
        loose_budget,
        unused_budgets,
        nothing_counted,
        outliers,
        waiting,
        babbling,
        repeated_prefill,
        batch_of_one,
        padding,
        slow_tokenizer,
        rebuilt_fixture,
        repeated_setup,
        costly_fixture,
        costly_parameters,
        failed_tests,
        reruns,
        late_skips,
        idle_gpu,
        busy_cpu,
        gate_cost,
        constant_share,
        unknown_chip,
        location,
        live_grid,
        boundary,
        embodied,
        unusable_counts,
        unmeasured,
    )
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
