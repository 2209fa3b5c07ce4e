"""How the controller stops its workers once the session's budget is spent."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest


class StopFlag:
    """A file: once the controller makes it, its workers run no more tests.

    A message would reach a worker behind the tests that it was already handed.
    """

    def __init__(self, path: Path) -> None:
        """Look at this file."""
        self.path = path

    @classmethod
    def new(cls) -> StopFlag:
        """A flag that is not raised, in a directory of its own."""
        return cls(Path(tempfile.mkdtemp(prefix="pytest-scer-")) / "stop")

    def hoist(self) -> None:
        """Stop all workers before their next test."""
        self.path.touch()

    def remove(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.path.parent, ignore_errors=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> bool | None:
        """Run no test any more once the flag is there."""
        return True if self.path.exists() else None
