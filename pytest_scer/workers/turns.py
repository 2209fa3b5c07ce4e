"""Run one budgeted test at a time across all workers of a host.

This uses a file lock and not an xdist group: a group ties the tests to one worker and one
distribution mode, and pytest-xdist 3.8 does not see groups on pytest 9.2.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from pytest_scer.system import ON_WINDOWS

if sys.platform != "win32":
    import fcntl


class Turnstile:
    """Lets one process of a host through at a time; a process that dies frees its place."""

    def __init__(self, path: Path, is_budgeted: Callable[[pytest.Item], bool]) -> None:
        """Open the file to lock.

        Args:
            path: The file to lock, the same for all processes of a session.
            is_budgeted: Whether a test has to wait for its turn.

        Raises:
            pytest.UsageError: This system has no file locks.
        """
        if ON_WINDOWS:
            raise pytest.UsageError("--scer-serialize: not available on Windows")
        self._file = path.open("ab")
        self._is_budgeted = is_budgeted

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Wait for the test's turn, and release it when the test has ended."""
        if not self._is_budgeted(item):
            return (yield)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            return (yield)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def pytest_unconfigure(self) -> None:
        """Close the file."""
        self._file.close()
