"""The session over time: power by component, and the tests of each worker as spans."""

from __future__ import annotations

from typing import Any, Final

from pytest_scer.charts.bars import TICKS
from pytest_scer.charts.chart import Chart, Spec, vega_lite
from pytest_scer.charts.quantities import Unit, component_labels, power_domain, present
from pytest_scer.charts.spans import joined, power, spans_of
from pytest_scer.charts.style import COMPONENT_COLOURS, KIND_COLOURS, WATTS_COLOURS
from pytest_scer.core import COMPONENTS, units
from pytest_scer.report.caveats import not_measured
from pytest_scer.report.model import Report

BINS: Final = 240
"""How many steps power has."""
LEFT: Final = 64
"""Pixels to the left of both pictures, so that their times are aligned."""
ABOVE: Final = {"titleAngle": 0, "titleAlign": "left", "titleX": -LEFT, "titleY": -12}
"""Where the title of an upright axis stands, so that it is read without turning one's head."""
_KINDS: Final = ("fixture", "repeats", "idle")


def lanes(report: Report) -> Chart | None:
    """Draw the tests as spans, one lane for each worker; None if no start is known."""
    spans = joined(spans_of(report))
    if not spans:
        return None
    names = list(dict.fromkeys(span.lane for span in spans))
    rows = [
        {"lane": span.lane, "kind": span.kind, "name": span.name, "start_s": span.start_s,
         "end_s": span.end_s, "energy_j": span.energy_j, "power_w": span.power_w,
         "energy": units.quantity(span.energy_j, "J", digits=report.digits),
         "power": units.quantity(span.power_w, "W", digits=report.digits), "test": span.test}
        for span in spans
    ]  # fmt: skip
    return vega_lite(
        "Tests over time",
        f"Tests as spans in {len(names):,} lanes, one for each worker, coloured by average power.",
        _lanes(rows, report),
        "; ".join(not_measured(report.meters)),
    )


def _lanes(rows: list[dict[str, Any]], report: Report) -> Spec:
    tests = [row["power_w"] for row in rows if row["kind"] == "test"]
    tooltip = [
        {"field": "name", "title": "name"},
        {"field": "energy", "title": "energy"},
        {"field": "power", "title": "average power"},
    ]
    span = {"type": "rect", "style": "outline", "tooltip": True}
    return {
        "datasets": {"spans": rows},
        "data": {"name": "spans"},
        "height": {"step": 34},
        "encoding": {
            "x": _time("start_s", report),
            "x2": {"field": "end_s"},
            "y": {"field": "lane", "type": "nominal", "title": None, "axis": _left(),
                  "scale": {"paddingInner": 0.2}},
        },
        "resolve": {"scale": {"color": "independent"}},
        "layer": [
            {
                "transform": [{"filter": "datum.kind === 'test'"}],
                "mark": span,
                "encoding": {
                    "color": {"field": "power_w", "type": "quantitative", "title": "average power (W)",
                              "scale": {"range": WATTS_COLOURS, "domain": power_domain(tests)},
                              "legend": {"gradientLength": 140, "gradientThickness": 10,
                                         "direction": "horizontal"}},
                    "tooltip": tooltip,
                },
            },
            {
                "transform": [{"filter": "datum.kind !== 'test'"}],
                "mark": span,
                "encoding": {
                    "color": {"field": "kind", "type": "nominal", "title": None,
                              "scale": {"domain": list(_KINDS), "range": KIND_COLOURS},
                              "legend": _legend(rows)},
                    "tooltip": tooltip,
                },
            },
        ],
    }  # fmt: skip


def power_chart(report: Report, bins: int = BINS) -> Chart | None:
    """Draw the power of all tests and fixtures by component; None if no start is known.

    Args:
        report: The report.
        bins: How many steps it has.
    """
    found = power(spans_of(report), bins)
    if not found:
        return None
    labels, rows = component_labels(report), []
    for each in found:
        seconds, below = each["end_s"] - each["start_s"], 0.0
        for name in COMPONENTS:
            if joules := each.get(name):
                rows.append({"component": labels[name], "start_s": each["start_s"], "end_s": each["end_s"],
                             "energy_j": joules, "low_w": below, "high_w": below + joules / seconds})  # fmt: skip
                below += joules / seconds
    unit = Unit.of([row["high_w"] for row in rows], "W")
    spec = {
        "datasets": {"power": rows},
        "data": {"name": "power"},
        "height": 150,
        "transform": unit.scaled("low_w", "high_w"),
        "mark": {"type": "rect", "tooltip": True},
        "encoding": {
            "x": _time("start_s", report),
            "x2": {"field": "end_s"},
            "y": {"field": "x_low_w", "type": "quantitative", "title": f"power ({unit.symbol})",
                  "axis": {**_left(), "tickCount": TICKS, **ABOVE}},
            "y2": {"field": "x_high_w"},
            "color": {"field": "component", "type": "nominal", "title": None,
                      "scale": {"domain": [*(labels[name] for name in COMPONENTS), ""],
                                "range": COMPONENT_COLOURS},
                      "legend": {"values": [labels[name] for name in present(report)]}},
        },
    }  # fmt: skip
    return vega_lite(
        "Power over time",
        "Power of the tests and fixtures by component, from the start of the session to its end.",
        spec,
        "; ".join(not_measured(report.meters)),
    )


chart = lanes


def _time(field: str, report: Report) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": "seconds since the session started",
        "scale": {"domain": [0, report.session.duration_s], "nice": False},
        "axis": {"grid": False, "tickCount": TICKS},
    }


def _left() -> Spec:
    return {"minExtent": LEFT, "maxExtent": LEFT, "labelLimit": LEFT - 8}


def _legend(rows: list[dict[str, Any]]) -> Spec | None:
    """The legend of what is no test; None if all are: Vega's picture of an empty one is endless."""
    shown = [kind for kind in _KINDS if any(row["kind"] == kind for row in rows)]
    return {"values": shown} if shown else None
