"""The session's energy as areas: folders, files, classes and tests, coloured by power."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pytest_scer.charts.chart import Chart, Spec, vega
from pytest_scer.charts.quantities import percent, power_domain
from pytest_scer.charts.style import WATTS_COLOURS
from pytest_scer.charts.tree import Node, drawable, tree_of
from pytest_scer.core import units
from pytest_scer.report.caveats import not_measured
from pytest_scer.report.model import Report

LEAST: Final = 0.002
"""The least share of the total that is drawn alone: 500 parts at most have it."""
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
    whole_j = tree.energy_j
    if not whole_j > 0:
        return None
    tree = drawable(tree, LEAST * whole_j)
    if not tree.children:  # a single part
        tree = Node("session", "group", children={"only": tree})
    rows = list(_rows(tree, None, report, whole_j, iter(range(10**9))))
    shown = units.quantity(whole_j, "J", digits=report.digits)
    return vega(
        "Energy by folder, file, class and test",
        f"Areas in proportion to energy, {shown} in total, coloured by average power.",
        _spec(rows, width),
        "; ".join(not_measured(report.meters)),
    )


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
        "name": node.shown if parent is not None else f"session, {energy}",
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
    area = {
        "x": {"field": "x0"},
        "x2": {"field": "x1"},
        "y": {"field": "y0"},
        "y2": {"field": "y1"},
    }
    fits = "datum.x1 - datum.x0 > 34 && datum.y1 - datum.y0 > {}"
    has_room, has_two_lines = fits.format(13), fits.format(28)
    is_dark = "isValid(datum.power_w) && luminance(scale('watts', datum.power_w)) < 0.35"
    text_colour = [{"test": is_dark, "value": "#ffffff"}, {"value": "#1b1f24"}]
    limit = {"signal": "max(datum.x1 - datum.x0 - 8, 0)"}
    return {
        "width": width,
        "height": HEIGHT,
        "autosize": {"type": "pad"},
        "signals": [
            {"name": "width", "init": container,
             "on": [{"events": {"source": "window", "type": "resize"}, "update": container}]}
        ],
        "data": [
            {
                "name": "tree",
                "values": rows,
                "transform": [
                    {"type": "stratify", "key": "id", "parentKey": "parent"},
                    {"type": "treemap", "field": "energy_j", "sort": {"field": "value", "order": "descending"},
                     "method": "squarify", "ratio": 1.4, "round": True, "paddingInner": 2,
                     "paddingOuter": 2, "paddingTop": 18,
                     "size": [{"signal": "width"}, {"signal": "height"}]},
                ],
            },
            {"name": "groups", "source": "tree", "transform": [{"type": "filter", "expr": "datum.children > 0"}]},
            {"name": "leaves", "source": "tree", "transform": [{"type": "filter", "expr": "!datum.children"}]},
        ],
        "scales": [
            {"name": "watts", "type": "linear", "range": WATTS_COLOURS, "zero": False, "nice": True,
             "domain": power_domain(row["power_w"] for row in rows)},
        ],
        "legends": [
            {"fill": "watts", "title": "average power (W)", "orient": "bottom", "direction": "horizontal",
             "gradientLength": 180, "gradientThickness": 10, "tickCount": 4},
        ],
        "marks": [
            {
                "type": "rect", "from": {"data": "groups"}, "style": "frame", "interactive": False,
                "encode": {"update": {**area, "fill": {"value": "transparent"}}},
            },
            {
                "type": "text", "from": {"data": "groups"}, "style": "strong", "interactive": False,
                "encode": {"update": {
                    "x": {"field": "x0", "offset": 4}, "y": {"field": "y0", "offset": 5},
                    "baseline": {"value": "top"}, "limit": limit,
                    "fontSize": {"value": 11},
                    "text": {"signal": "datum.x1 - datum.x0 > 24 ? datum.name : ''"},
                }},
            },
            {
                "type": "rect", "from": {"data": "leaves"}, "name": "parts",
                "encode": {"update": {
                    **area,
                    "fill": [{"test": "isValid(datum.power_w)", "scale": "watts", "field": "power_w"},
                             {"value": "#c9ced4"}],
                    "tooltip": {"signal": "{'name': datum.name, 'energy': datum.energy, 'average power': datum.power}"},
                }},
            },
            {
                "type": "text", "from": {"data": "leaves"}, "interactive": False,
                "encode": {"update": {
                    "x": {"field": "x0", "offset": 4}, "y": {"field": "y0", "offset": 4},
                    "baseline": {"value": "top"}, "limit": limit, "fontSize": {"value": 11},
                    "fill": text_colour,
                    "text": {"signal": f"{has_room} ? datum.name : ''"},
                }},
            },
            {
                "type": "text", "from": {"data": "leaves"}, "interactive": False,
                "encode": {"update": {
                    "x": {"field": "x0", "offset": 4}, "y": {"field": "y0", "offset": 18},
                    "baseline": {"value": "top"}, "limit": limit, "fontSize": {"value": 10},
                    "fill": text_colour, "opacity": {"value": 0.8},
                    "text": {"signal": f"{has_two_lines} ? datum.energy : ''"},
                }},
            },
        ],
    }  # fmt: skip
