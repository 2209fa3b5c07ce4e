"""The session over time: power by component, and the tests of each worker as spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pytest_scer.charts.bars import TICKS, legend
from pytest_scer.charts.chart import Chart, Spec, composed, vega_lite
from pytest_scer.charts.quantities import NOT_SPLIT, Unit, component_labels, power_domain
from pytest_scer.charts.spans import Span, joined, power, spans_of
from pytest_scer.charts.style import COMPONENT_COLOURS, KIND_COLOURS, WATTS_COLOURS
from pytest_scer.core import units
from pytest_scer.report.caveats import not_measured
from pytest_scer.report.model import Report

BINS: Final = 240
"""How many steps power has."""
LEFT: Final = 64
"""Pixels to the left of both pictures, so that their times are aligned."""
LANE: Final = 34
"""Pixels from a lane to the next."""
_KINDS: Final = ("fixture", "repeats", "idle")
_ABOVE: Final = {"titleAngle": 0, "titleAlign": "left", "titleX": -LEFT, "titleY": -12}
"""Where the title of an upright axis stands, so that it is read without turning one's head."""


def chart(report: Report) -> Chart | None:
    """Draw power over time and, below it, the tests; None if no start is known."""
    above, below = power_chart(report), lanes(report)
    if above is None or below is None:
        return None
    description = f"{above.description} {below.description}"
    return composed("The session over time", description, [[above], [below]], above.note, left=LEFT)


def power_chart(report: Report, bins: int = BINS) -> Chart | None:
    """Draw the power of tests, fixtures and repeats by component; None if no start is known.

    Args:
        report: The report.
        bins: How many steps it has.
    """
    spans = spans_of(report)
    found = power(spans, bins)
    if not found:
        return None
    rows = list(_steps(found, {**component_labels(report), NOT_SPLIT: NOT_SPLIT}))
    return vega_lite(
        "Power over time",
        "Power of tests and fixtures by component, from the start of the session to its end.",
        _power(rows, report, spans),
        "; ".join([*_without_overhead(report), *not_measured(report.meters)]),
    )


def _without_overhead(report: Report) -> Iterator[str]:
    """Yield what the picture lacks: when overhead was used is unknown."""
    overhead_j = report.totals.overhead_energy_j
    if overhead_j is not None and overhead_j > 0:
        shown = units.quantity(overhead_j, "J", digits=report.digits)
        yield f"without the {shown} of overhead, such as collection and imports"


def _steps(found: Sequence[dict[str, float]], labels: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the power of each component in each step, stacked."""
    for each in found:
        start_s, end_s, below = each["start_s"], each["end_s"], 0.0
        for name, label in labels.items():
            if joules := each.get(name):
                watts = joules / (end_s - start_s)
                yield {
                    "component": label,
                    "start_s": start_s,
                    "end_s": end_s,
                    "energy_j": joules,
                    "power_w": watts,
                    "low_w": below,
                    "high_w": below + watts,
                }
                below += watts


def _power(rows: list[dict[str, Any]], report: Report, spans: Sequence[Span]) -> Spec:
    unit = Unit.of([row["high_w"] for row in rows], "W")
    labels = [*component_labels(report).values(), NOT_SPLIT]
    colours = {"domain": labels, "range": COMPONENT_COLOURS}
    shown = {row["component"] for row in rows}
    return {
        "datasets": {"power": rows},
        "data": {"name": "power"},
        "height": 150,
        "transform": unit.scaled("low_w", "high_w"),
        "mark": {"type": "rect", "strokeWidth": 0.6, "tooltip": True},
        "encoding": {
            "x": _time(report, spans),
            "x2": {"field": "end_s"},
            "y": {
                "field": "x_low_w",
                "type": "quantitative",
                "title": f"power ({unit.symbol})",
                "axis": {**_left(), **_ABOVE, "tickCount": TICKS},
            },
            "y2": {"field": "x_high_w"},
            "color": {
                "field": "component",
                "type": "nominal",
                "title": None,
                "scale": colours,
                "legend": legend([label for label in labels if label in shown]),
            },
            # No gaps between the steps.
            "stroke": {
                "field": "component",
                "type": "nominal",
                "scale": colours,
                "legend": None,
            },
            "tooltip": [
                {"field": "component", "title": "component"},
                {"field": "power_w", "title": "power (W)", "format": ".3~g"},
            ],
        },
    }


def lanes(report: Report) -> Chart | None:
    """Draw the tests as spans, one lane for each worker; None if no start is known."""
    spans = spans_of(report)
    if not spans:
        return None
    rows = [_row(span, report) for span in joined(spans)]
    count = len({span.lane for span in spans})
    where = "a lane" if count == 1 else f"{count:,} lanes, one for each worker"
    return vega_lite(
        "Tests over time",
        f"Tests as spans in {where}, coloured by average power.",
        _lanes(rows, report, spans),
        "; ".join(not_measured(report.meters)),
    )


def _row(span: Span, report: Report) -> dict[str, Any]:
    return {
        "lane": span.lane,
        "kind": span.kind,
        "name": span.name,
        "start_s": span.start_s,
        "end_s": span.end_s,
        "energy_j": span.energy_j,
        "power_w": span.power_w,
        "energy": units.quantity(span.energy_j, "J", digits=report.digits),
        "power": units.quantity(span.power_w, "W", digits=report.digits),
        "test": span.test,
    }


def _lanes(rows: list[dict[str, Any]], report: Report, spans: Sequence[Span]) -> Spec:
    watts = [row["power_w"] for row in rows if row["kind"] == "test"]
    others = [kind for kind in _KINDS if any(row["kind"] == kind for row in rows)]
    tooltip = [
        {"field": "name", "title": "name"},
        {"field": "energy", "title": "energy"},
        {"field": "power", "title": "average power"},
    ]
    mark = {"type": "rect", "style": "outline", "tooltip": True}
    return {
        "datasets": {"spans": rows},
        "data": {"name": "spans"},
        "height": {"step": LANE},
        "encoding": {
            "x": _time(report, spans),
            "x2": {"field": "end_s"},
            "y": {
                "field": "lane",
                "type": "nominal",
                "title": None,
                "axis": _left(),
                "scale": {"paddingInner": 0.2},
            },
        },
        "resolve": {"scale": {"color": "independent"}},
        "layer": [
            {
                "transform": [{"filter": "datum.kind === 'test'"}],
                "mark": mark,
                "encoding": {
                    "color": {
                        "field": "power_w",
                        "type": "quantitative",
                        "title": "average power (W)",
                        "scale": {"range": WATTS_COLOURS, "domain": power_domain(watts)},
                        "legend": {
                            "gradientLength": 140,
                            "gradientThickness": 10,
                            "direction": "horizontal",
                        },
                    },
                    "tooltip": tooltip,
                },
            },
            {
                "transform": [{"filter": "datum.kind !== 'test'"}],
                "mark": mark,
                "encoding": {
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "title": None,
                        "scale": {"domain": list(_KINDS), "range": KIND_COLOURS},
                        "legend": legend(others) if others else None,
                    },
                    "tooltip": tooltip,
                },
            },
        ],
    }


def _time(report: Report, spans: Sequence[Span]) -> Spec:
    """The encoding of time: the session, or longer if the reports of shards were merged."""
    end_s = max(report.session.duration_s, *(span.end_s for span in spans))
    return {
        "field": "start_s",
        "type": "quantitative",
        "title": "seconds since the session started",
        "scale": {"domain": [0, end_s], "nice": False},
        "axis": {"grid": False, "tickCount": TICKS},
    }


def _left() -> Spec:
    return {"minExtent": LEFT, "maxExtent": LEFT, "labelLimit": LEFT - 8}
