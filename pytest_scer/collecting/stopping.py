"""Run no more tests in this process after the session's budget is exhausted."""

from __future__ import annotations

import pytest


class NoMoreTests:
    """A plugin that skips every test; registered when this process should run no more tests."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> bool:
        """Claim that the test was handled, so that pytest does not run it."""
        return True
