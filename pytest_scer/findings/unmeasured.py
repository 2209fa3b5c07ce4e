"""A test has no figure.

Evidence: `unmeasured` of a test that was not skipped: a fault of a meter, no meter, or a call of
`carbon.unmeasured()`.

Threshold: none.

Remedy: none; the text is the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.report.model import Finding, Report

KIND: Final = "unmeasured"


def find(report: Report) -> Iterator[Finding]:
    """Find the tests without a figure."""
    for test in report.tests:
        if test.unmeasured and test.outcome != "skipped":
            yield Finding(KIND, test.unmeasured, [test.nodeid])
