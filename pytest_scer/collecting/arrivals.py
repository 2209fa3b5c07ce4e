"""Tests that have ended, on their way into the report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pytest_scer.core.memory import uncollected
from pytest_scer.report.compact import Compact
from pytest_scer.report.model import TestEntry

AT_ONCE: Final = 100
"""How many tests wait for their entries. Made at once, they take 12 us each in a suite of empty
tests; one by one 19, ten at once 13, a thousand no less than a hundred (measured)."""


class Arrivals:
    """Takes tests as they end, and makes the entries of those in compact form, many at once."""

    def __init__(self, tests: list[TestEntry], load: Callable[[Compact], TestEntry]) -> None:
        """Wait for the first test.

        Args:
            tests: The tests of the report, to which the entries are added.
            load: Makes the entry of a test from its compact form.
        """
        self._tests = tests
        self._load = load
        self._waiting: list[TestEntry | Compact] = []

    def add(self, test: TestEntry | Compact) -> None:
        """Add a test that has ended: its entry, or its compact form."""
        self._waiting.append(test)
        if len(self._waiting) >= AT_ONCE:
            self.settle()

    def settle(self) -> None:
        """Add the entries of all tests that have ended to the report, in the order of their end."""
        with uncollected():
            self._tests += [
                test if isinstance(test, TestEntry) else self._load(test) for test in self._waiting
            ]
        self._waiting.clear()
