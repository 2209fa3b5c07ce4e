"""Budget rules in the configuration: a pattern, and the budget of the tests that match it."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from pytest_scer.core.budget import Budget
from pytest_scer.core.glob import Glob
from pytest_scer.lazy_dataclass import dataclass

_glob = lru_cache(maxsize=1024)(Glob)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Selects tests: a node ID with ``*`` and ``?``, ``mark:NAME`` or ``model:NAME``."""

    text: str

    def matches(self, nodeid: str, marks: Collection[str], model: str | None) -> bool:
        """Whether a test matches.

        Args:
            nodeid: The test's node ID; brackets in a pattern match literally.
            marks: The names of the test's markers.
            model: The model named by its ``scer`` marker; None if it names none.
        """
        if self.text.startswith("mark:"):
            return self.text.removeprefix("mark:") in marks
        if self.text.startswith("model:"):
            return model is not None and _glob(self.text.removeprefix("model:")).matches(model)
        return _glob(self.text).matches(nodeid)


def is_open_sum(pattern: str) -> bool:
    """Whether a pattern begins with ``sum(`` and lacks the closing parenthesis."""
    return pattern.startswith("sum(") and pattern.count("(") > pattern.count(")")


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """``PATTERN = BUDGET`` for each test, or ``sum(PATTERN) = BUDGET`` for their total.

    Attributes:
        text: The rule as the user wrote it.
        pattern: The tests that it applies to.
        budget: Their budget.
        is_sum: Whether it limits their total.
        place: Where the rule is set, as ``file:line``; None if unknown.
    """

    text: str
    pattern: Pattern
    budget: Budget
    is_sum: bool
    place: str | None = None

    @property
    def likely_mistake(self) -> str | None:
        """What is wrong with a rule that matches nothing; None if that cannot be seen."""
        pattern = self.pattern.text
        if not is_open_sum(pattern):
            return None
        return f"sum( has no closing parenthesis: write sum({pattern[4:]}) = {self.budget.text}"

    @classmethod
    def parse(cls, text: str) -> BudgetRule:
        """Parse a rule.

        Raises:
            ValueError: The text is not a rule; the message names the expected format.
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
