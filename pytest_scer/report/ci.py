"""What people see where CI runs: annotations at the test's line, and a summary of the step.

Nothing is sent anywhere: GitHub's runner reads both from the job's output and from a file that it
names itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pytest_scer.core import units
from pytest_scer.report import comparison
from pytest_scer.report.model import Report, TestEntry

Place = tuple[str, int | None]
"""File relative to the root, and line from 1; None where it is not known."""

MOST_ROWS: Final = 20


def workflow_commands(
    report: Report, places: Mapping[str, Place], fail_on: frozenset[str]
) -> Iterator[str]:
    """A workflow command for each budget that is not kept and each regression.

    (GitHub Docs, "Workflow commands for GitHub Actions", setting an error message.)

    Args:
        report: The report.
        places: Where each test is.
        fail_on: Which verdicts fail the run: these are errors, the others warnings.
    """
    for test in report.tests:
        for verdict, text in _verdicts(test):
            level = "error" if verdict in fail_on else "warning"
            file, line = places.get(test.nodeid, (test.nodeid.partition("::")[0], None))
            where = f"file={_property(file)}" + (f",line={line}" if line else "")
            title = _property(f"{verdict}: {test.nodeid}")
            yield f"::{level} {where},title={title}::{_data(text)}"


def _verdicts(test: TestEntry) -> Iterator[tuple[str, str]]:
    for budget in test.budgets:
        if budget.verdict != "ok":
            figure = units.quantity(budget.actual, budget.unit[0], suffix=budget.unit[1:])
            said = budget.reason if budget.actual is None else f"{figure}, limit {budget.limit}"
            name = "budget" if budget.verdict == "exceeded" else budget.verdict
            yield name, f"{said} ({budget.source})"
    if test.baseline is not None and test.baseline.verdict in ("regression", "inconclusive"):
        notes = "".join(f"\n{note}" for note in test.baseline.notes)
        yield test.baseline.verdict, test.baseline.text + notes


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def summary(report: Report) -> Iterator[str]:
    """The session in Markdown, for the page of the step."""
    total_j = report.totals.total_j
    grams = None if total_j is None else report.conversion.grams(total_j)
    yield "### Energy and CO2e of the tests"
    yield ""
    yield (
        f"{units.quantity(total_j, 'J')}, {units.quantity(grams, 'g', suffix='CO2e')} in "
        f"{units.quantity(report.session.duration_s, 's')}; "
        f"{report.carbon_intensity.g_per_kwh:g} gCO2e per kWh ({report.carbon_intensity.location})"
    )
    rows = [(test.nodeid, *each) for test in report.tests for each in _verdicts(test)]
    if rows:
        yield ""
        yield "| test | verdict | |"
        yield "| --- | --- | --- |"
        for nodeid, verdict, text in rows[:MOST_ROWS]:
            cells = (f"`{nodeid}`", verdict, text.replace("\n", "<br>"))
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        if len(rows) > MOST_ROWS:
            yield f"\nand {len(rows) - MOST_ROWS} more"
    for line in comparison.lines(report):
        if line.startswith(("baseline", "regression: session")):
            yield f"\n{line}"


def metrics(report: Report) -> Iterator[str]:
    """The figures in OpenMetrics text, as GitLab's metrics reports read it.

    (GitLab Docs, "Metrics reports"; OpenMetrics 1.0.) A figure that is missing has no line.
    """
    yield "# TYPE scer_test_energy_joules gauge\n"
    for test in report.tests:
        if test.measurement is not None and test.measurement.complete:
            joules = test.measurement.total_j or 0.0
            yield f'scer_test_energy_joules{{test="{_label(test.nodeid)}"}} {joules:.6g}\n'
    yield "# TYPE scer_test_co2e_grams gauge\n"
    for test in report.tests:
        if test.measurement is not None and test.measurement.complete:
            grams = report.conversion.grams(test.measurement.total_j or 0.0)
            yield f'scer_test_co2e_grams{{test="{_label(test.nodeid)}"}} {grams:.6g}\n'
    if report.totals.total_j is not None:
        yield "# TYPE scer_session_energy_joules gauge\n"
        yield f"scer_session_energy_joules {report.totals.total_j:.6g}\n"
        yield "# TYPE scer_session_co2e_grams gauge\n"
        grams = report.conversion.grams(report.totals.total_j)
        yield f"scer_session_co2e_grams {grams:.6g}\n"
    yield "# EOF\n"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def properties(record: Mapping[str, Any]) -> Iterator[tuple[str, float | str]]:
    """Figures of a test as properties of its case in JUnit XML.

    Args:
        record: The row of the test in the JSON report.
    """
    measured = record["measurement"]
    if measured is not None:
        figures = {
            "scer_energy_j": measured["energy_j"]["total"],
            "scer_co2e_g": measured["co2e_g"],
            "scer_uncertainty_j": measured["uncertainty_j"],
            "scer_cpu_time_s": measured["cpu_time_s"],
        }
        yield from ((name, value) for name, value in figures.items() if value is not None)
    if record["unmeasured"] is not None:
        yield "scer_unmeasured", record["unmeasured"]
    for budget in record["budgets"]:
        yield "scer_budget", f"{budget['limit']}: {budget['verdict']}"
    if record["baseline"] is not None:
        yield "scer_baseline", record["baseline"]["verdict"]
        if record["baseline"]["change"] is not None:
            yield "scer_baseline_change", record["baseline"]["change"]
