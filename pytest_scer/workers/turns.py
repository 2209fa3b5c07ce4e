"""Run one budgeted test at a time across all workers of a host.

This uses a file lock and not an xdist group: a group ties the tests to one worker and one
distribution mode, and pytest-xdist 3.8 does not see groups on pytest 9.2.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pytest_scer.report.files import reason
from pytest_scer.workers.shared_directory import locked


class Turnstile:
    """Lets one process of a host through at a time; a process that dies frees its place."""

    def __init__(
        self,
        path: Path,
        is_budgeted: Callable[[pytest.Item], bool],
        report_fault: Callable[[str, str], None],
    ) -> None:
        """Create the lock.

        Args:
            path: The file to lock, the same for all processes of a session.
            is_budgeted: Whether a test has to wait for its turn.
            report_fault: Called with a node ID and the reason why that test did not wait.

        Raises:
            OSError: The file cannot be created or locked.
        """
        with locked(path):
            pass
        self._path = path
        self._is_budgeted = is_budgeted
        self._report_fault = report_fault

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Wait for the test's turn, and release it when the test has ended."""
        if not self._is_budgeted(item):
            return (yield)
        with ExitStack() as turn:
            try:
                turn.enter_context(locked(self._path, wait_s=None))
            except OSError as error:
                self._report_fault(item.nodeid, f"it did not wait for its turn: {reason(error)}")
            return (yield)
