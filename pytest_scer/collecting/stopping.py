"""Run no more tests in this process after the session's budget is exhausted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

NAMED: Final = 3
"""How many of the tests that did not run are named; ``not_run`` in the report has all."""


def why_stopped(exhausted: str, not_run: Sequence[str]) -> str:
    """Say which budget stopped the session, and which tests did not run.

    Args:
        exhausted: The budget, with what was used of it.
        not_run: The node IDs of the tests that did not run.
    """
    named = ", ".join(not_run[:NAMED])
    more = len(not_run) - NAMED
    left = f"{named} and {more} more" if more > 0 else named or "none"
    return f"{exhausted}; not run: {left}"


class NoMoreTests:
    """A plugin that skips every test; registered when this process should run no more tests."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> bool:
        """Claim that the test was handled, so that pytest does not run it."""
        return True
