"""Running no more tests in this process once the session's budget is spent."""

from __future__ import annotations

import pytest


class NoMoreTests:
    """A plugin that is registered once this process is to run no test any more."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> bool:
        """Say that the test is done with."""
        return True
