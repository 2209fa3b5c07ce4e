"""Where the energy of the session went: stages, fixtures, repeats and overhead by component."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

from pytest_scer.charts.bars import Bar, stacked
from pytest_scer.charts.chart import Chart, vega_lite
from pytest_scer.charts.quantities import known_joules, percent
from pytest_scer.core import COMPONENTS, units
from pytest_scer.report.caveats import not_measured
from pytest_scer.report.model import Report

_STAGES: Final = {
    "setup": "set-up of tests",
    "call": "calls of tests",
    "teardown": "tear-down of tests",
}


def chart(report: Report) -> Chart | None:
    """Draw the parts of the session's energy; None if it has no total.

    The parts sum to the total of the session.
    """
    total_j = report.totals.total_j
    if total_j is None or not math.isfinite(total_j):
        return None
    bars = [bar for bar in _bars(report, total_j) if bar.parts or bar.rest_j]
    shown = units.quantity(total_j, "J", digits=report.digits)
    return vega_lite(
        "Where the energy of the session went",
        f"Bars of energy by component for each part of the session, {shown} in total.",
        stacked(bars, report),
        "; ".join([*_range(report), *not_measured(report.meters)]),
    )


def _bars(report: Report, total_j: float) -> Iterator[Bar]:
    totals = report.totals
    parts: dict[str, Mapping[str, float]] = {
        called: known_joules(stage for test in report.tests if (stage := test.stages.get(name)))
        for name, called in _STAGES.items()
    }
    parts["fixtures of wider scope"] = known_joules(each.measurement for each in report.fixtures)
    for name, joules in parts.items():
        yield _bar(name, joules, 0.0, report, total_j)
    again_j, overhead_j = totals.confirming_energy_j, totals.overhead_energy_j or 0.0
    if again_j:
        yield _bar("repeats for verdicts", {}, again_j, report, total_j)
        yield _bar("overhead", {}, overhead_j, report, total_j)
        return
    left = {
        name: whole - math.fsum(each.get(name, 0.0) for each in parts.values())
        for name in COMPONENTS
        if (whole := getattr(totals, f"{name}_j")) is not None
    }
    yield _bar("overhead", left, 0.0, report, total_j)


def _bar(
    name: str, joules: Mapping[str, float], rest_j: float, report: Report, total_j: float
) -> Bar:
    part_j = math.fsum(joules.values()) + rest_j
    energy = units.quantity(part_j, "J", digits=report.digits)
    share = percent(part_j / total_j if total_j else None)
    return Bar(name, joules, f"{energy}, {share}", energy, rest_j)


def _range(report: Report) -> list[str]:
    plausible = report.plausible_j
    if plausible is None:
        return []
    low, high = (units.quantity(each, "J", digits=2) for each in plausible)
    return [f"the true total is probably between {low} and {high}"]
