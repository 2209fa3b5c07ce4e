"""The session's energy as areas: folders, files, classes and tests, coloured by power."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any, Final

from pytest_scer.charts.chart import Chart, Spec, vega
from pytest_scer.charts.quantities import percent, power_domain
from pytest_scer.charts.style import UNKNOWN_COLOURS, WATTS_COLOURS
from pytest_scer.charts.tree import Node, drawable, tree_of
from pytest_scer.core import units
from pytest_scer.report.caveats import not_measured
from pytest_scer.report.model import Report

LEAST: Final = 0.002
"""The least share of the total that is drawn alone: 500 parts at most have it."""
_ROUNDING: Final = 1e-6
"""A smaller share of the total is an error of floating point numbers."""
WIDTH: Final = 760
HEIGHT: Final = 420
_WIDTH: Final = (
    "max(isValid(containerSize()[0]) && containerSize()[0] > 0 ? containerSize()[0] - 8 : {}, 200)"
)


def chart(report: Report, width: int = WIDTH) -> Chart | None:
    """Draw the session's energy as areas that sum to its total.

    Args:
        report: The report.
        width: Pixels where there is no container.
    """
    tree = tree_of(report)
    parts_j = tree.energy_j
    if not parts_j > 0:
        return None
    total_j = report.totals.total_j
    whole_j = total_j if total_j is not None and total_j > 0 else parts_j
    shown = units.quantity(whole_j, "J", digits=report.digits)
    tree = replace(drawable(tree, LEAST * parts_j), name=f"session, {shown}")
    rows = list(_rows(tree, None, report, whole_j, count()))
    return vega(
        "Energy by folder, file, class and test",
        f"Areas in proportion to energy, {shown} in total, coloured by average power.",
        _spec(rows, width),
        "; ".join([*_excess(report), *not_measured(report.meters)]),
    )


def _excess(report: Report) -> Iterator[str]:
    """Yield that the parts exceed the total: there is no area for negative overhead."""
    overhead_j = report.totals.overhead_energy_j
    if overhead_j is not None and -overhead_j > _ROUNDING * (report.totals.total_j or 0.0):
        excess = units.quantity(-overhead_j, "J", digits=2)
        yield f"tests, fixtures and repeats sum to {excess} more than the total"


def _rows(
    node: Node, parent: int | None, report: Report, whole_j: float, numbers: Iterator[int]
) -> Iterator[dict[str, Any]]:
    """Yield the node and all below it, each with its parent."""
    number = next(numbers)
    energy_j, power_w = node.energy_j, node.power_w
    energy = units.quantity(energy_j, "J", digits=report.digits)
    leaf = not node.children
    yield {
        "id": number,
        "parent": parent,
        "name": node.shown,
        "kind": node.kind,
        "test": node.test,
        "energy_j": energy_j if leaf else None,
        "power_w": power_w if leaf else None,
        "energy": f"{energy}, {percent(energy_j / whole_j)}",
        "power": units.quantity(power_w, "W", digits=report.digits) if leaf else "-",
    }
    for each in node.children.values():
        yield from _rows(each, number, report, whole_j, numbers)


def _spec(rows: list[dict[str, Any]], width: int) -> Spec:
    container = _WIDTH.format(width)
    watts = power_domain(row["power_w"] for row in rows)
    return {
        "width": width,
        "height": HEIGHT,
        "autosize": {"type": "pad"},
        "signals": [
            {
                "name": "width",
                "init": container,
                "on": [{"events": {"source": "window", "type": "resize"}, "update": container}],
            }
        ],
        "data": [
            {"name": "tree", "values": rows, "transform": _LAYOUT},
            _part("groups", "datum.children > 0"),
            _part("leaves", "!datum.children"),
        ],
        "scales": [
            {
                "name": "watts",
                "type": "linear",
                "range": WATTS_COLOURS,
                "zero": False,
                "nice": True,
                "domain": watts,
            },
            {"name": "unknown", "type": "ordinal", "domain": [0], "range": UNKNOWN_COLOURS},
        ],
        "legends": [
            {
                "fill": "watts",
                "title": "average power (W)",
                "orient": "bottom",
                "direction": "horizontal",
                "gradientLength": 180,
                "gradientThickness": 10,
                "tickCount": 4,
            }
        ],
        "marks": [
            _areas("groups", "frame", {"fill": {"value": "transparent"}}, interactive=False),
            _text("groups", f"{_WIDE} > 24 ? datum.name : ''", 5, "strong"),
            _areas("leaves", "part", {"fill": _FILL, "tooltip": {"signal": _TOOLTIP}}),
            _text("leaves", _fits("name", 13), 4, "name", {"fill": _INK}),
            _text("leaves", _fits("energy", 28), 18, "name", {"fill": _INK}),
        ],
    }


_WIDE: Final = "datum.x1 - datum.x0"
_LAYOUT: Final[list[Spec]] = [
    {"type": "stratify", "key": "id", "parentKey": "parent"},
    {
        "type": "treemap",
        "field": "energy_j",
        "sort": {"field": "value", "order": "descending"},
        "method": "squarify",
        "ratio": 1.4,
        "round": True,
        "paddingInner": 2,
        "paddingOuter": 2,
        "paddingTop": 18,
        "size": [{"signal": "width"}, {"signal": "height"}],
    },
]
_KNOWN: Final = "isValid(datum.power_w)"
_FILL: Final[list[Spec]] = [
    {"test": _KNOWN, "scale": "watts", "field": "power_w"},
    {"scale": "unknown", "value": 0},
]
_AREA: Final = f"{_KNOWN} ? scale('watts', datum.power_w) : scale('unknown', 0)"
_INK: Final[list[Spec]] = [
    {"test": f"luminance({_AREA}) < 0.2", "value": "#ffffff"},
    {"value": "#1b1f24"},
]
"""The colour of a text by that of the area below it."""
_TOOLTIP: Final = "{name: datum.name, energy: datum.energy, 'average power': datum.power}"


def _part(name: str, condition: str) -> Spec:
    return {
        "name": name,
        "source": "tree",
        "transform": [{"type": "filter", "expr": condition}],
    }


def _fits(name: str, height: int) -> str:
    """The text of a field, or none where there is no room for it."""
    return f"{_WIDE} > 34 && datum.y1 - datum.y0 > {height} ? datum.{name} : ''"


def _areas(data: str, style: str, more: Spec, *, interactive: bool = True) -> Spec:
    corners = {"x": "x0", "x2": "x1", "y": "y0", "y2": "y1"}
    area = {channel: {"field": name} for channel, name in corners.items()}
    return {
        "type": "rect",
        "from": {"data": data},
        "style": style,
        "interactive": interactive,
        "encode": {"update": {**area, **more}},
    }


def _text(data: str, text: str, down: int, style: str, more: Spec | None = None) -> Spec:
    """A line of text at the top of each area.

    Args:
        data: The areas.
        text: An expression.
        down: Pixels below the upper edge.
        style: Its style.
        more: What else it encodes.
    """
    return {
        "type": "text",
        "from": {"data": data},
        "style": style,
        "interactive": False,
        "encode": {
            "update": {
                "x": {"field": "x0", "offset": 4},
                "y": {"field": "y0", "offset": down},
                "baseline": {"value": "top"},
                "limit": {"signal": f"max({_WIDE} - 8, 0)"},
                "fontSize": {"value": 11},
                "text": {"signal": text},
                **(more or {}),
            }
        },
    }
