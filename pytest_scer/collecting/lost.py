"""The entry of a test whose process died under it."""

from __future__ import annotations

from pytest_scer.report.model import TestEntry


def lost_test(nodeid: str, outcome: str, worker: str, host: str, reason: str) -> TestEntry:
    """An entry without a figure.

    Args:
        nodeid: The test.
        outcome: Of the test, to pytest.
        worker: The process that ran it.
        host: The anonymous label of its host.
        reason: Why there is no figure.
    """
    return TestEntry(
        nodeid=nodeid,
        outcome=outcome,
        worker=worker,
        host=host,
        attempt=1,
        phase=None,
        category=None,
        model=None,
        unmeasured=reason,
        stages={"setup": None, "call": None, "teardown": None},
        measurement=None,
        units={},
        sections=[],
        budgets=[],
        marks=[],
    )
