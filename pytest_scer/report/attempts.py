"""The attempts of tests that were run more than once."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_scer.report.model import TestEntry


def last_attempts(tests: Sequence[TestEntry]) -> list[TestEntry]:
    """Return the tests without attempts that were rerun: only the last one counts."""
    rerun = {(test.nodeid, test.worker, test.attempt - 1) for test in tests if test.attempt > 1}
    return [test for test in tests if (test.nodeid, test.worker, test.attempt) not in rerun]
