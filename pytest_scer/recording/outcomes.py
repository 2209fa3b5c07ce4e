"""The outcome of a test, from the reports of its stages."""

from __future__ import annotations

import pytest


def outcome_after(before: str, report: pytest.TestReport) -> str:
    """Return the outcome of a test after one more of its reports."""
    if report.outcome == "passed" and report.when != "call":
        return before
    expected = hasattr(report, "wasxfail")
    if report.when == "call" or (report.when == "setup" and not report.passed):
        if report.failed:
            return "failed" if report.when == "call" else "error"
        if report.skipped:
            return "xfailed" if expected else "skipped"
        if before == "failed":
            return before  # one of its subtests failed
        return "xpassed" if expected else "passed"
    if report.when == "teardown" and report.failed:
        return "failed" if before == "failed" else "error"
    return before
