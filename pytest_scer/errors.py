"""What a test raises or warns of for a budget or a regression: the classes that users may catch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_scer.core.budget import Judgement
    from pytest_scer.report.baseline_entry import BaselineEntry


class CarbonBudgetWarning(UserWarning):
    """A verdict on a test that is not ``ok`` and does not fail it."""


class CarbonBudgetExceeded(pytest.fail.Exception):  # type: ignore[name-defined,misc]
    """A test used more than its budget allows.

    Attributes:
        judgements: The budgets that failed it, each with figure, uncertainty and limit.
    """

    def __init__(self, text: str, judgements: Sequence[Judgement]) -> None:
        """Fail a test.

        Args:
            text: What the user reads.
            judgements: The budgets that failed it.
        """
        self.judgements = list(judgements)
        super().__init__(text, pytrace=False)


class CarbonRegression(pytest.fail.Exception):  # type: ignore[name-defined,misc]
    """A test costs more than its baseline, by more than the threshold and the noise.

    Or the comparison is undecided, and ``--scer-fail-on`` names that verdict.

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
