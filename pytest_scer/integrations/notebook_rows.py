"""The rows of the tables in a notebook: flat, in SI units, None for a missing figure."""

from __future__ import annotations

import math
from typing import Any, Final

from pytest_scer.baseline.trends import Trends
from pytest_scer.charts.quantities import percent
from pytest_scer.core import units
from pytest_scer.core.measurement import Measurement, water_l
from pytest_scer.report.model import BudgetEntry, Report, TestEntry
from pytest_scer.report.ratings import rated_scores
from pytest_scer.report.spending import cost_of, spent

Row = dict[str, Any]
_TOP: Final = 10


def of_tests(report: Report) -> list[Row]:
    """A row for each attempt of each test; its figures are those that budgets read."""
    counted = sorted({unit for test in report.tests for unit in test.units})
    metrics = sorted({name for test in report.tests for name in test.quality})
    return [
        {
            **_of_test(test, report),
            **{f"units.{unit}": test.units.get(unit) for unit in counted},
            **{f"quality.{name}": test.quality.get(name) for name in metrics},
        }
        for test in report.tests
    ]


def _of_test(test: TestEntry, report: Report) -> Row:
    cost, verdicts = cost_of(test), dict.fromkeys(budget.verdict for budget in test.budgets)
    compared = test.baseline
    return {
        "nodeid": test.nodeid,
        "outcome": test.outcome,
        "attempt": test.attempt,
        "worker": test.worker,
        "host": test.host,
        "model": test.model,
        "category": test.category,
        "phase": test.phase,
        "start_s": test.start_s,
        **_figures(test.measurement, report),
        "cost_j": None if cost is None else _known(cost.total_j),
        "budgets": ", ".join(verdicts) or None,
        "baseline": None if compared is None else compared.verdict,
        "change": None if compared is None else compared.change,
        "unmeasured": test.unmeasured,
    }


def _figures(measured: Measurement | None, report: Report) -> Row:
    total_j = None if measured is None else _known(measured.total_j)
    wue = report.wue_l_per_kwh
    return {
        "duration_s": None if measured is None else measured.duration_s,
        "cpu_time_s": None if measured is None else _known(measured.cpu_time_s),
        "energy_j": total_j,
        "cpu_j": None if measured is None else _known(measured.cpu_j),
        "gpu_j": None if measured is None else _known(measured.gpu_j),
        "ram_j": None if measured is None else _known(measured.ram_j),
        "uncertainty_j": None if measured is None else _known(measured.uncertainty_j),
        "power_w": None if measured is None else measured.power_w,
        "co2e_g": None if total_j is None else report.conversion.grams(total_j),
        "water_l": None if total_j is None or wue is None else water_l(total_j, wue),
        "runs": None if measured is None else measured.run_count,
    }


def of_fixtures(report: Report) -> list[Row]:
    """A row for each time that a fixture was built."""
    return [
        {
            "name": fixture.name,
            "scope": fixture.scope,
            "nodeid": fixture.nodeid,
            "worker": fixture.worker,
            "start_s": fixture.start_s,
            **_figures(fixture.measurement, report),
        }
        for fixture in report.fixtures
    ]


def of_budgets(report: Report) -> list[Row]:
    """A row for each budget; figures are in its unit."""
    of_session = [_of_budget(budget, None) for budget in report.budgets]
    return of_session + [
        _of_budget(budget, test) for test in report.tests for budget in test.budgets
    ]


def _of_budget(budget: BudgetEntry, test: TestEntry | None) -> Row:
    return {
        "nodeid": None if test is None else test.nodeid,
        "attempt": None if test is None else test.attempt,
        "sum_of": budget.target,
        "limit": budget.limit,
        "limit_value": budget.limit_value,
        "unit": budget.unit,
        "actual": budget.actual,
        "uncertainty": budget.uncertainty,
        "runs": budget.runs,
        "verdict": budget.verdict,
        "reason": budget.reason,
        "set_by": budget.where,
    }


def of_models(report: Report) -> list[Row]:
    """A row for each score."""
    return [
        {
            "model": rated.score.model,
            "category": rated.score.category,
            "phase": rated.score.phase,
            "unit": f"gCO2eq per {rated.score.unit}",
            "score": None if rated.score.score is None else rated.score.score.value_g,
            "uncertainty": rated.score.uncertainty_g,
            "energy_per_unit_j": rated.score.energy_per_unit_j,
            "rating": rated.rating.letter,
            "basis": rated.basis,
            "caveats": "; ".join(rated.caveats) or None,
        }
        for rated in rated_scores(report)
    ]


def of_history(trends: Trends) -> list[Row]:
    """A row for each test in each session, the oldest session first."""
    found = [
        {
            "session": trends.sessions[point.session].session,
            "started_at": trends.sessions[point.session].started_at,
            "commit": trends.sessions[point.session].commit,
            "branch": trends.sessions[point.session].branch,
            "nodeid": trend.nodeid,
            "energy_j": point.energy_j,
            "regression": point.regressed,
        }
        for trend in trends.tests
        for point in trend.points
    ]
    return sorted(found, key=lambda row: (str(row["started_at"]), str(row["nodeid"])))


def most_expensive(report: Report) -> list[Row]:
    """The tests and fixtures that cost most in words, all stages and runs included."""
    ranked = sorted(spent(report), key=lambda each: -each.known_j)[:_TOP]
    total_j, digits = report.totals.total_j, report.digits
    return [
        {
            "name": each.name,
            "energy": units.quantity(each.known_j, "J", digits=digits),
            "CO2e": units.quantity(report.conversion.grams(each.known_j), "g", digits=digits),
            "share": percent(each.known_j / total_j if total_j else None),
        }
        for each in ranked
        if each.parts
    ]


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value
