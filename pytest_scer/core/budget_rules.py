"""Budget rules of the configuration: a pattern, and the budget of the tests that match."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from pytest_scer.core.budget import Budget


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which tests are meant: node ids with ``*`` and ``?``, ``mark:NAME`` or ``model:NAME``."""

    text: str

    def matches(self, nodeid: str, marks: Collection[str], model: str | None) -> bool:
        """Whether a test is meant.

        Args:
            nodeid: The test's node id; brackets in a pattern are plain.
            marks: The names of the test's markers.
            model: The model that its ``scer`` marker names.
        """
        if self.text.startswith("mark:"):
            return self.text.removeprefix("mark:") in marks
        if self.text.startswith("model:"):
            return model is not None and self._glob(self.text.removeprefix("model:"), model)
        return self._glob(self.text, nodeid)

    @staticmethod
    def _glob(pattern: str, text: str) -> bool:
        expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
        return re.fullmatch(expression, text, re.DOTALL) is not None


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """``PATTERN = BUDGET`` for each test, or ``sum(PATTERN) = BUDGET`` for their total."""

    text: str
    pattern: Pattern
    budget: Budget
    is_sum: bool

    @classmethod
    def parse(cls, text: str) -> BudgetRule:
        """Read a rule.

        Raises:
            ValueError: It is none; the message says what would have been one.
        """
        left, equals, right = text.rpartition("=")
        pattern = left.strip()
        is_sum = pattern.startswith("sum(") and pattern.endswith(")")
        if is_sum:
            pattern = pattern.removeprefix("sum(").removesuffix(")").strip()
        if not equals or not pattern:
            raise ValueError(
                f"{text!r} is not a budget rule: expected PATTERN = BUDGET or sum(PATTERN) = "
                "BUDGET, as in 'tests/slow/* = 2 mgCO2e'"
            )
        return cls(text.strip(), Pattern(pattern), Budget.parse(right), is_sum)
