"""The report as the terminal shows it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

import pytest

from pytest_scer.core import COMPONENTS, units
from pytest_scer.formats import comparison, model_table, tests_table
from pytest_scer.formats.layout import wrapped
from pytest_scer.meters.base import Provenance
from pytest_scer.report.files import Output
from pytest_scer.report.model import BudgetEntry, Report
from pytest_scer.report.ratings import rated_scores
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

_COLORS: Final = {
    "exceeded": "red",
    "regression": "red",
    "inconclusive": "yellow",
    "unmeasured": "yellow",
}


@dataclass(frozen=True)
class View:
    """Which parts of a report to print.

    Attributes:
        whole: Whether to print the whole report, or only what failed the session.
        sort: Order of the table of tests, one of ``SORT_KEYS``.
        top: How many tests that table shows.
    """

    whole: bool
    sort: str = "energy"
    top: int = 20


def show(
    report: Report, terminal: pytest.TerminalReporter, view: View, outputs: Iterable[Output]
) -> None:
    """Print the report, or only what failed the session.

    Args:
        report: The report.
        terminal: Where to print.
        view: Which parts to print.
        outputs: The files that were written.
    """
    if view.whole:
        _section(terminal, "SCER report", _report_lines(report, terminal.verbosity, view))
    else:
        for title, shown in (
            ("SCER budgets of the session", _session_budgets(report)),
            ("SCER baseline", chain(comparison.lines(report), comparison.findings(report))),
            ("SCER live grid", _live_grid(report)),
        ):
            _section(terminal, title, shown)
    for warning in report.warnings:
        terminal.line(f"pytest-scer warning: {warning}", yellow=True)
    if terminal.verbosity >= 0:
        for output in outputs:
            terminal.line(f"SCER report: {output.path}")


def _section(terminal: pytest.TerminalReporter, title: str, shown: Iterable[str]) -> None:
    """Print lines under a title; nothing if there are none."""
    for number, line in enumerate(shown):
        if number == 0:
            terminal.section(title)
        terminal.line(line, **_markup(line))


def _report_lines(report: Report, verbosity: int, view: View) -> Iterator[str]:
    if verbosity < 0:
        yield from _brief(report)
        return
    yield from lines(report, sort=view.sort, top=view.top)
    if verbosity > 0 and report.baseline is not None:
        yield from _block(comparison.rule(), shutil.get_terminal_size().columns)


def _live_grid(report: Report) -> Iterator[str]:
    for finding in report.findings:
        if finding.kind == "live grid":
            yield ": ".join((*finding.nodeids, finding.text))


def _markup(line: str) -> dict[str, bool]:
    words = line.split()
    return {
        color: True
        for verdict, color in _COLORS.items()
        if verdict in words[-1:] or f"{verdict}:" in words[:1]
    }


def _brief(report: Report) -> Iterator[str]:
    yield _total_line(report)
    yield from _session_budgets(report)
    yield from _test_budgets(report)
    yield from comparison.lines(report)


def lines(report: Report, *, sort: str, top: int) -> Iterator[str]:
    """Yield the lines of the whole report, wrapped to the terminal's width.

    Args:
        report: The report.
        sort: Order of the table of tests, one of ``SORT_KEYS``.
        top: How many tests that table shows.
    """
    width = shutil.get_terminal_size().columns
    for line in _where(report):
        yield from wrapped(line, width)
    yield ""
    yield from tests_table.lines(report, sort, top, width)
    yield ""
    for line in _totals(report):
        yield from wrapped(line, width)
    for block in (_fixtures, _phases):
        yield from _block(block(report), width)
    yield from model_table.lines(rated_scores(report), width)
    for block in (
        _session_budgets,
        _test_budgets,
        comparison.lines,
        _not_measured,
        _findings,
    ):
        yield from _block(block(report), width)


def _block(texts: Iterable[str], width: int) -> Iterator[str]:
    """Yield lines after a blank line; nothing if there are none."""
    for number, text in enumerate(texts):
        if number == 0:
            yield ""
        yield from wrapped(text, width)


def all_budgets(report: Report) -> Iterator[BudgetEntry]:
    """Yield every budget of the session and of its tests."""
    yield from report.budgets
    for test in report.tests:
        yield from test.budgets


def _where(report: Report) -> Iterator[str]:
    grid = report.carbon_intensity
    year = f", {grid.year}" if grid.year else ""
    yield f"grid: {grid.g_per_kwh:g} gCO2e per kWh, {grid.location}"
    yield f"      {grid.method}{year}; {grid.source}"
    if report.idle is not None:
        yield (
            f"idle: {units.quantity(report.idle.power_w, 'W')} over "
            f"{units.quantity(report.idle.duration_s, 's')} before the first test "
            f"(charged to a test: {units.quantity(report.idle.charged_w, 'W')})"
        )
    if report.pue != 1 or report.wue_l_per_kwh is not None:
        wue = f", WUE {report.wue_l_per_kwh:g} L per kWh" if report.wue_l_per_kwh else ""
        yield f"site: PUE {report.pue:g}{wue}"
    for component in COMPONENTS:
        info = report.meters[component]
        mode = f", {info.tracking_mode.value}" if info.tracking_mode else ""
        if info.provenance is Provenance.ABSENT:
            yield f"{component}:  absent"
        else:
            yield f"{component}:  {info.provenance.value}{mode}: {info.source}"
        if info.detail:
            yield f"      {info.detail}"


def _total_line(report: Report) -> str:
    total_j, embodied_g = report.totals.total_j, report.embodied_co2e_g
    grams = None if total_j is None else report.conversion.grams(total_j)
    boundary = (
        OPERATIONAL_ONLY
        if embodied_g is None
        else f"operational, plus embodied {units.quantity(embodied_g, 'g', suffix='CO2e')}"
    )
    return (
        f"total: {units.quantity(total_j, 'J')}, {units.quantity(grams, 'g', suffix='CO2e')} in "
        f"{units.quantity(report.session.duration_s, 's')} ({boundary})"
    )


def _totals(report: Report) -> Iterator[str]:
    totals = report.totals
    parts = (
        ("tests", totals.tests_energy_j),
        ("fixtures", totals.fixtures_energy_j),
        *([("gate", totals.confirming_energy_j)] if totals.confirming_energy_j else ()),
        ("overhead", totals.overhead_energy_j),
    )
    yield _total_line(report)
    yield "  = " + " + ".join(f"{name} {units.quantity(joules, 'J')}" for name, joules in parts)
    components = (
        f"{component} {units.quantity(joules, 'J')}"
        for component in COMPONENTS
        if (joules := getattr(totals, f"{component}_j")) is not None
    )
    yield "  = " + " + ".join(components)


def _fixtures(report: Report) -> Iterator[str]:
    for fixture in report.fixtures:
        measured = fixture.measurement
        yield (
            f"fixture {fixture.name} ({fixture.scope}): {units.quantity(measured.known_j, 'J')} "
            f"in {units.quantity(measured.duration_s, 's')}, first used by {fixture.nodeid}"
        )


def _phases(report: Report) -> Iterator[str]:
    """Yield training and inference separately: the call stages of the tests of each phase."""
    joules: dict[str, float] = defaultdict(float)
    for test in report.tests:
        call = test.stages.get("call")
        if test.phase is not None and call is not None:
            joules[test.phase] += call.known_j
    for phase, total_j in sorted(joules.items(), reverse=True):
        grams = report.conversion.grams(total_j)
        co2e = units.quantity(grams, "g", suffix="CO2e")
        yield f"{phase}: {units.quantity(total_j, 'J')}, {co2e}"


def _session_budgets(report: Report) -> Iterator[str]:
    for budget in report.budgets:
        what = f"sum of {budget.target}" if budget.target else "session"
        yield f"{budget.verdict}: {what}: {_against(budget)}"


def _test_budgets(report: Report) -> Iterator[str]:
    """Yield every budget of a test that is not ok."""
    for test in report.tests:
        for budget in test.budgets:
            if budget.verdict != "ok":
                yield f"{budget.verdict}: {test.nodeid}: {_against(budget)}"


def _against(budget: BudgetEntry) -> str:
    if budget.actual is None:
        return f"{budget.reason}; limit {budget.limit} ({budget.source})"
    si_unit = budget.unit[0]
    suffix = budget.unit[1:]
    shown = units.uncertain(budget.actual, budget.uncertainty, si_unit, suffix=suffix)
    return f"{shown}, limit {budget.limit} ({budget.source})"


def _not_measured(report: Report) -> Iterator[str]:
    for test in report.tests:
        if test.unmeasured and test.outcome != "skipped":
            yield f"not measured: {test.nodeid}: {test.unmeasured}"
    if report.not_run:
        yield f"not run: {len(report.not_run)} of the collected tests"


def _findings(report: Report) -> Iterator[str]:
    for finding in report.findings:
        if finding.kind not in ("boundary", "unmeasured"):
            where = "".join(f"{nodeid}: " for nodeid in finding.nodeids)
            yield f"{finding.kind}: {where}{finding.text}"
