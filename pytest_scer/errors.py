"""The exceptions and warnings for budgets and regressions, which users may catch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_scer.core.judgement import Judgement
    from pytest_scer.report.baseline_entry import BaselineEntry


class CarbonBudgetWarning(UserWarning):
    """A verdict other than ``ok`` that does not fail the test."""


class CarbonBudgetExceeded(pytest.fail.Exception):  # type: ignore[name-defined,misc]
    """A test used more than its budget allows.

    Attributes:
        judgements: The budgets that failed the test, each with figure, uncertainty and limit.
    """

    def __init__(self, text: str, judgements: Sequence[Judgement]) -> None:
        """Fail a test.

        Args:
            text: The message for the user.
            judgements: The budgets that failed the test.
        """
        self.judgements = list(judgements)
        super().__init__(text, pytrace=False)


class CarbonInconclusive(pytest.fail.Exception):  # type: ignore[name-defined,misc]
    """A comparison that noise leaves open, or that has no figure.

    Raised where ``--scer-fail-on`` names ``inconclusive`` or ``unmeasured``; otherwise such a
    comparison is a :class:`CarbonBudgetWarning`.
    """

    def __init__(self, text: str) -> None:
        """Fail a test.

        Args:
            text: The message for the user.
        """
        super().__init__(text, pytrace=False)


class CarbonRegression(pytest.fail.Exception):  # type: ignore[name-defined,misc]
    """A test costs more than its baseline, by more than the threshold and the noise.

    Also raised for other verdicts that ``--scer-fail-on`` names, such as ``inconclusive``.

    Attributes:
        entry: What was compared, and the result.
    """

    def __init__(self, entry: BaselineEntry) -> None:
        """Fail a test.

        Args:
            entry: What was compared, and the result.
        """
        self.entry = entry
        super().__init__(entry.failure_text, pytrace=False)
