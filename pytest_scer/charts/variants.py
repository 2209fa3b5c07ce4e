"""Compared variants and the points of sweeps as bars, with the interval against the cheapest."""

from __future__ import annotations

from typing import Any, Final

from pytest_scer.charts.bars import PLAIN_BAR, STEP, TICKS, interval, row_axis, texts
from pytest_scer.charts.chart import Chart, Spec, one_below_the_other, vega_lite
from pytest_scer.charts.quantities import Unit
from pytest_scer.core import units
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.comparisons import SWEEP, ComparisonEntry, VariantEntry
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names

TOP: Final = 30
"""How many variants of a comparison are drawn, and how many comparisons."""
FIGURES: Final = 260
"""Pixels that the figures to the right of a name take."""
_NOTE: Final = "intervals are those of the ratio to the cheapest"


def chart(report: Report) -> Chart | None:
    """Draw all comparisons, one picture below the other."""
    found = charts(report)
    description = f"Costs of variants in {len(found):,} comparisons."
    return one_below_the_other("Variants", description, found)


def charts(report: Report) -> list[Chart]:
    """Draw each comparison in which a variant has a figure."""
    names = Names(test.nodeid for test in report.tests)
    found = [
        (names.attempt(test), entry)
        for test in last_attempts(report.tests)
        for entry in test.comparisons
        if entry.cheapest is not None
    ]
    return [_chart(name, entry, report.digits) for name, entry in found[:TOP]]


def _chart(name: str, entry: ComparisonEntry, digits: int) -> Chart:
    shown = list(entry.variants)
    if entry.kind != SWEEP:
        shown.sort(key=lambda each: each.cost_j(entry.unit) or float("inf"))
    rows = [_row(number, each, entry, digits) for number, each in enumerate(shown[:TOP])]
    what = "Points of a sweep" if entry.kind == SWEEP else "Variants"
    cheapest = entry.cheapest
    assert cheapest is not None
    rest = len(shown) - len(rows)
    return vega_lite(
        name,
        f"{what} of {name}: bars of energy{units.per(entry.unit)}; the cheapest of "
        f"{len(shown):,} is {cheapest.name}.",
        _spec(rows, entry.unit),
        "; ".join([*([f"{rest:,} more are in the report"] if rest > 0 else []), _NOTE]),
    )


def _row(number: int, variant: VariantEntry, entry: ComparisonEntry, digits: int) -> dict[str, Any]:
    cost_j = variant.cost_j(entry.unit)
    found, cheapest = entry.to_cheapest(variant), entry.cheapest
    least_j = None if cheapest is None else cheapest.cost_j(entry.unit)
    is_between = found is not None and found.pairs > 0 and found.high < float("inf")
    ends = (found.low, found.high) if found is not None and is_between else None
    shown = units.quantity(cost_j, "J", digits=digits)
    quality = "" if variant.quality is None else f", quality {variant.quality:.4g}"
    return {
        "row": number,
        "name": variant.name,
        "energy_j": cost_j,
        "low_j": None if ends is None or least_j is None else least_j * ends[0],
        "high_j": None if ends is None or least_j is None else least_j * ends[1],
        "figure": f"{shown}{units.per(entry.unit)}{quality}",
        "brief": shown,
    }


def _spec(rows: list[dict[str, Any]], unit_name: str | None) -> Spec:
    unit = Unit.of([value for row in rows for value in (row["energy_j"], row["high_j"])], "J")
    axis = {
        "type": "quantitative",
        "title": f"energy{units.per(unit_name)} ({unit.symbol})",
        "axis": {"tickCount": TICKS},
    }
    between = interval(unit)
    between["encoding"]["x"]["title"] = axis["title"]
    bars: Spec = {
        "transform": unit.scaled("energy_j"),
        "mark": PLAIN_BAR,
        "encoding": {
            "x": {"field": "x_energy_j", **axis},
            "tooltip": [
                {"field": "name", "title": "variant"},
                {"field": "figure", "title": "cost"},
            ],
        },
    }
    return {
        "datasets": {"rows": rows},
        "data": {"name": "rows"},
        "height": {"step": STEP},
        "encoding": {"y": row_axis(len(rows))},
        "layer": [bars, between, *texts(FIGURES)],
    }
