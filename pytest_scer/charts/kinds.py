"""The kinds of pictures by name, as ``pytest-scer plot`` knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pytest_scer.charts import (
    budgets,
    components,
    models,
    pareto,
    runs,
    tests,
    timeline,
    treemap,
)
from pytest_scer.charts.chart import Chart
from pytest_scer.report.model import Report

OF_REPORT: Final[Mapping[str, tuple[Callable[[Report], Chart | None], str]]] = {
    "tests": (tests.chart, "no test or fixture has a figure"),
    "runs": (runs.chart, "no test repeated a call: use carbon(fn), or --scer-confirm"),
    "components": (components.chart, "the session has no total"),
    "timeline": (timeline.chart, "no test has a start: the report is of an early release"),
    "treemap": (treemap.chart, "no test or fixture has a figure"),
    "budgets": (budgets.chart, "no test has a budget"),
    "models": (models.chart, "no model has a score: count its units with carbon.count()"),
    "pareto": (
        pareto.chart,
        "no model has both a score and a quality: state it with carbon.quality(accuracy=...)",
    ),
}
"""The pictures of a report, each with why there may be nothing to draw."""
HISTORY: Final = "history"
"""The picture of a history."""
KINDS: Final = (
    "tests",
    "runs",
    "components",
    "timeline",
    "treemap",
    "budgets",
    "models",
    HISTORY,
    "pareto",
)
"""All of them, in the order of the help."""
