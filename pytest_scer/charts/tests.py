"""The tests and fixtures that cost most, by component."""

from __future__ import annotations

import math
from typing import Final

from pytest_scer.charts.bars import Bar, stacked
from pytest_scer.charts.chart import Chart, vega_lite
from pytest_scer.charts.quantities import known_joules, percent
from pytest_scer.core import units
from pytest_scer.report.caveats import not_measured
from pytest_scer.report.model import Report
from pytest_scer.report.spending import Spent, spent

TOP: Final = 20
"""How many tests and fixtures are drawn."""


def chart(report: Report, top: int = TOP) -> Chart | None:
    """Draw the tests and fixtures that cost most.

    Args:
        report: The report.
        top: At most this number of them.
    """
    ranked = sorted(spent(report), key=lambda each: -each.known_j)
    known = [each for each in ranked if each.known_j > 0]
    if not known:
        return None
    shown, rest = known[:top], known[top:]
    named = "The tests and fixtures that cost most" if rest else "What each test and fixture cost"
    first = _energy(shown[0], report)
    return vega_lite(
        named,
        f"Bars of energy by component; {shown[0].name} is the largest with {first}.",
        stacked([_bar(each, report) for each in shown], report),
        "; ".join([*_others(rest, report), *not_measured(report.meters)]),
    )


def _bar(each: Spent, report: Report) -> Bar:
    cost = each.cost
    assert cost is not None
    total_j = report.totals.total_j
    share = percent(each.known_j / total_j if total_j else None)
    blur_j = cost.uncertainty_j if cost.complete else None
    return Bar(
        each.name,
        known_joules(each.parts),
        f"{_energy(each, report)}, {share}" if cost.complete else f"{_energy(each, report)} known",
        _energy(each, report),
        low_j=None if blur_j is None else max(each.known_j - blur_j, 0.0),
        high_j=None if blur_j is None else each.known_j + blur_j,
        data={"test": each.number, "uncertainty_j": blur_j},
    )


def _energy(each: Spent, report: Report) -> str:
    return units.quantity(each.known_j, "J", digits=report.digits)


def _others(rest: list[Spent], report: Report) -> list[str]:
    if not rest:
        return []
    rest_j = units.quantity(math.fsum(each.known_j for each in rest), "J", digits=report.digits)
    return [f"{len(rest):,} more cost {rest_j}"]
