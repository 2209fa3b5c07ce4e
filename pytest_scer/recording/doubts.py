"""Warnings that stay warnings, whatever the user's filters make of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from pytest_scer.errors import CarbonBudgetWarning


def surely(warn: Callable[[], object]) -> None:
    """Issue a warning, also if warnings are turned into errors: noise is not the test's fault.

    Args:
        warn: Issues a :class:`pytest_scer.errors.CarbonBudgetWarning`.
    """
    try:
        warn()
    except CarbonBudgetWarning:
        with warnings.catch_warnings():
            warnings.simplefilter("always", CarbonBudgetWarning)
            warn()
