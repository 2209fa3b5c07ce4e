"""The page of a report, in the order in which a report is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.charts import budgets as budgets_chart
from pytest_scer.charts import components, runs, strip, timeline, treemap
from pytest_scer.charts import tests as tests_chart
from pytest_scer.charts.chart import Chart
from pytest_scer.formats import hosted
from pytest_scer.formats.page import (
    advice,
    budgets,
    changes,
    model_calls,
    models,
    table,
    trainings,
    variants,
)
from pytest_scer.formats.page.answer import answer
from pytest_scer.formats.page.basis import basis
from pytest_scer.formats.page.costs import fixtures
from pytest_scer.formats.page.drawing import drawn
from pytest_scer.formats.page.shell import Page, render
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names

TOP: Final = 10
"""How many budgets, tests and repeated tests are drawn; tables have the others."""
_SCRIPTS: Final = (
    "units.js",
    "restored.js",
    "table.js",
    "filters.js",
    "details.js",
    "runs.js",
    "permalinks.js",
    "saving.js",
    "report.js",
)


def dump_report(report: Report) -> Iterator[str]:
    """Yield the page as one HTML document."""
    names = Names(test.nodeid for test in report.tests)
    opening = answer(report)
    budget_rows, more_budgets = budgets.rows(report, names)
    first, others = advice.findings(report, names)
    fixture_rows, more_fixtures = fixtures(report)
    about_models = models.models(report)
    compared, pictures = variants.comparisons(report, names)
    training_rows, more_trainings = trainings.rows(report, names)
    block, content = table.details(report)
    page = Page(
        title=f"SCER report: {opening['verdict']}",
        template="report.html",
        context={
            "answer": opening,
            "budgets": budget_rows,
            "more_budgets": more_budgets,
            "changes": changes.changes(report, names),
            "fixtures": fixture_rows,
            "more_fixtures": more_fixtures,
            "hosted": hosted.rows(report),
            "hosted_remarks": [*hosted.remarks(report)],
            "findings": first,
            "other_findings": others,
            "calls": model_calls.calls(report, names),
            "models": about_models,
            "phases": models.phases(report),
            "comparisons": compared,
            "trainings": training_rows,
            "more_trainings": more_trainings,
            "tests": len(report.tests),
            "has_json": block == "report",
            "basis": basis(report),
        },
        charts={**_charts(report), **about_models.charts, **pictures},
        data={
            "tests": table.columns(report, names),
            "strip": drawn(strip.chart()),
            block: content,
        },
        scripts=_SCRIPTS,
    )
    yield render(page)


def _charts(report: Report) -> dict[str, Chart]:
    """The pictures that there is something to draw for."""
    drawn = {
        "budgets": budgets_chart.chart(report, TOP),
        "components": components.chart(report),
        "tests": tests_chart.chart(report, TOP),
        "treemap": treemap.chart(report),
        "runs": runs.chart(report, TOP),
        "power": timeline.power_chart(report),
        "lanes": timeline.lanes(report),
    }
    return {name: chart for name, chart in drawn.items() if chart is not None}
