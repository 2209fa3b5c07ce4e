"""How the controller stops its workers when the session's budget is exhausted."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_scer.system import System


class StopFlag:
    """A flag file: when the controller creates it, the workers run no more tests.

    A worker would read a message only after the tests that are already queued for it.
    """

    def __init__(self, path: Path) -> None:
        """Use this file as the flag."""
        self.path = path
        self._name = str(path)

    def set(self) -> None:
        """Stop all workers before their next test."""
        self.path.touch()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> bool | None:
        """Skip the test if the flag is set."""
        try:
            System.stat(self._name)
        except OSError:
            return None
        return True
