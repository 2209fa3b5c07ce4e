"""What to do: the findings of a report, the ones to act on first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pytest_scer.findings.ranking import most_important
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.model import Finding, Report
from pytest_scer.report.names import Names

STATES: Final = {"warning": "doubtful"}
_MOST_NAMES: Final = 5
"""How many tests of a finding are named."""


@dataclass(frozen=True)
class Item:
    """A finding.

    Attributes:
        kind: The rule that found it.
        text: What was found.
        state: Whether a figure misleads.
        tests: The short name and node ID of the first tests that it is about.
        more: How many tests more it is about.
        remedy: What to do, to be copied; empty if nothing is known.
        explanation: What follows the remedy.
    """

    kind: str
    text: str
    state: str
    tests: Sequence[tuple[str, str]]
    more: int
    remedy: str
    explanation: str


def findings(report: Report, names: Names) -> tuple[Sequence[Item], Sequence[Item]]:
    """Return the findings that matter most, and the others."""
    first = most_important(report)
    others = [each for each in report.findings if each not in first and each.kind != "boundary"]
    return items(first, names), items(others, names)


def items(found: Iterable[Finding], names: Names) -> list[Item]:
    """Findings as a page lists them."""
    return [_item(each, names) for each in found]


def _item(finding: Finding, names: Names) -> Item:
    remedy, explanation = finding.remedy_parts
    named = [(names.short(nodeid), nodeid) for nodeid in finding.nodeids[:_MOST_NAMES]]
    return Item(
        finding.kind,
        finding.text,
        STATES.get(finding.severity, ""),
        named,
        len(finding.nodeids) - len(named),
        remedy,
        explanation,
    )
