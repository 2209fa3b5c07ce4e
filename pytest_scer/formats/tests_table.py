"""The terminal's table of tests."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

from tabulate import tabulate

from pytest_scer.core import COMPONENTS, units
from pytest_scer.core.measurement import Measurement
from pytest_scer.formats.layout import with_names
from pytest_scer.meters.base import Provenance
from pytest_scer.report.model import BudgetEntry, Report, TestEntry

_BUDGET_WIDTH: Final = 8
"""Width to which tabulate pads the header of budgets; a narrower column is dropped."""
_WORST: Final = ("exceeded", "unmeasured", "inconclusive", "ok")


def _sorted(report: Report, key: str) -> list[TestEntry]:
    if key == "order":
        return report.tests
    if key == "name":
        return sorted(report.tests, key=lambda test: test.nodeid)

    def size(test: TestEntry) -> float:
        measured = test.measurement
        if measured is None:
            return -1.0
        return measured.duration_s if key == "duration" else measured.known_j

    return sorted(report.tests, key=size, reverse=True)


def _worst(budgets: Iterable[BudgetEntry]) -> BudgetEntry | None:
    return min(budgets, key=lambda budget: _WORST.index(budget.verdict), default=None)


def _cells(test: TestEntry, components: list[str], report: Report) -> list[str]:
    measured, budget = test.measurement, _worst(test.budgets)
    verdict = budget.verdict if budget else ""
    if measured is None:
        dash = ["-"] * (len(components) + 4)
        return [*dash, budget.limit if budget else "", verdict or "not measured"]
    total_j = measured.total_j if measured.complete else None
    grams = None if total_j is None else report.conversion.grams(total_j)
    return [
        units.quantity(measured.duration_s, "s"),
        *(_joules(getattr(measured, f"{component}_j")) for component in components),
        units.quantity(total_j, "J"),
        units.quantity(grams, "g"),
        _relative(measured),
        budget.limit if budget else "",
        verdict,
    ]


def _joules(joules: float | None) -> str:
    return units.quantity(None if joules is None or math.isnan(joules) else joules, "J")


def _relative(measured: Measurement) -> str:
    """Return the uncertainty as a share of the figure."""
    if not measured.complete or measured.uncertainty_j is None or not measured.total_j:
        return "-"
    share = 100 * measured.uncertainty_j / measured.total_j
    if share < 0.1:
        return "<0.1%"
    return f"{share:.0f}%" if share >= 9.5 else f"{share:.1f}%"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 3] + "..."


def lines(report: Report, sort: str, top: int, width: int) -> Iterator[str]:
    """Yield the rows of the table, and how many tests it leaves out.

    Args:
        report: The report.
        sort: Order of the tests, one of ``SORT_KEYS``.
        top: How many tests to show.
        width: Columns of the terminal.
    """
    components = [
        component
        for component in COMPONENTS
        if report.meters[component].provenance is not Provenance.ABSENT
    ]
    tests = _sorted(report, sort)
    shown = tests[:top]
    names = [test.nodeid + (f" #{test.attempt}" if test.attempt > 1 else "") for test in shown]
    headers = ["time", *map(str.upper, components), "total", "CO2e", "±", "budget", "verdict"]
    align = ["right"] * (len(headers) - 2) + ["left", "left"]
    rows = [_cells(test, components, report) for test in shown]
    if not rows:
        yield "no test was measured"
        return

    def tabulated() -> list[str]:
        table = tabulate(rows, headers, tablefmt="plain", colalign=align, disable_numparse=True)
        return table.splitlines()

    table = tabulated()
    excess = max(map(len, table)) + 3 - width
    if excess > 0:  # shorten the budgets: those that are not ok are listed in full below
        room = max(len(row[-2]) for row in rows) - excess
        for row in (headers, align, *rows):
            row[-2:-1] = [_cut(row[-2], room)] if room >= _BUDGET_WIDTH else []
        table = tabulated()
    yield from with_names(names, table, width)
    if len(tests) > len(shown):
        rest = len(tests) - len(shown)
        yield f"... and {rest} more tests (--scer-top {len(tests)} shows all)"
