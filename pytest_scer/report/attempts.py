"""The attempts of tests that were run more than once."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_scer.report.model import TestEntry


def last_attempts(tests: Sequence[TestEntry]) -> list[TestEntry]:
    """Return the tests without attempts that were rerun: only the last one counts."""
    rerun = _rerun(tests)
    if not rerun:
        return list(tests)
    return [test for test in tests if _key(test, test.attempt) not in rerun]


def rerun_attempts(tests: Sequence[TestEntry]) -> list[TestEntry]:
    """Return the attempts that were rerun."""
    rerun = _rerun(tests)
    return [test for test in tests if _key(test, test.attempt) in rerun] if rerun else []


def _rerun(tests: Sequence[TestEntry]) -> set[tuple[str, str, str, int]]:
    return {_key(test, test.attempt - 1) for test in tests if test.attempt > 1}


def _key(test: TestEntry, attempt: int) -> tuple[str, str, str, int]:
    return test.nodeid, test.worker, test.host, attempt
