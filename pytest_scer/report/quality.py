"""How well the models of a report did, as their tests stated it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Report, TestEntry


def qualities(report: Report, model: str, category: str | None) -> dict[str, float]:
    """Return each metric of a model: the mean of the tests that stated it.

    Args:
        report: The report.
        model: The model.
        category: The category of the tests.
    """
    return mean_of(
        test
        for test in last_attempts(report.tests)
        if test.model == model and test.category == category
    )


def mean_of(tests: Iterable[TestEntry]) -> dict[str, float]:
    """The mean of each metric over the tests that stated it."""
    found: dict[str, list[float]] = defaultdict(list)
    for test in tests:
        for name, figure in test.quality.items():
            found[name].append(figure)
    return {name: math.fsum(figures) / len(figures) for name, figures in found.items()}
