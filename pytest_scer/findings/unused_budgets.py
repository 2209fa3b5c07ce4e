"""A pattern of `scer_budgets` matches no test.

Evidence: the lines of `scer_budgets` that match none of the tests, `unused_budgets` of the report.
Only lines whose tests were all collected and ran: a session of a part of the suite says nothing
about the rest.

Threshold: none.

Remedy: the same line with the most similar node ID, if there is one, or with the parenthesis that
`sum(` lacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from pytest_scer.core.budget_rules import is_open_sum
from pytest_scer.core.units import counted
from pytest_scer.report.model import Finding, Report

KIND: Final = "unused budget"

SIMILAR: Final = 0.6
"""difflib's own cut-off for a match that is close enough."""
MOST_COMPARED: Final = 10_000
"""Comparing takes about 10 us for each node ID."""


def find(report: Report) -> Iterator[Finding]:
    """Find the patterns that match nothing."""
    nodeids = list(dict.fromkeys(test.nodeid for test in report.tests))
    for source in report.unused_budgets:
        key, _, line = source.partition(": ")
        pattern, _, limit = (part.strip() for part in line.rpartition("="))
        similar = get_close_matches(pattern, nodeids[:MOST_COMPARED], n=1, cutoff=SIMILAR)
        if is_open_sum(pattern):
            similar = [f"{pattern})"]
        yield Finding(
            KIND,
            f"{key}: none of {counted(len(nodeids), 'test')} matches {pattern!r}",
            [],
            "warning",
            f"{similar[0]} = {limit}" if similar else f"remove the line {line!r}",
            float(len(nodeids)),
            "tests",
        )
