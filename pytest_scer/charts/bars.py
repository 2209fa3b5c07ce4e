"""Horizontal bars from zero, stacked by component, each below its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from pytest_scer.charts.chart import Spec
from pytest_scer.charts.quantities import NOT_SPLIT, Unit, component_labels, present
from pytest_scer.charts.style import COMPONENT_COLOURS
from pytest_scer.core import COMPONENTS
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.model import Report

STEP: Final = 38
"""Pixels from a row to the next: a line of text, and a bar."""
BAR: Final = 11
"""Pixels of a bar."""
BAR_OFFSET: Final = 8
"""Pixels that a bar lies below the middle of its row."""
PLAIN_BAR: Final[Spec] = {
    "type": "bar",
    "style": "plain",
    "size": BAR,
    "yOffset": BAR_OFFSET,
    "tooltip": True,
}
"""The mark of a bar that is not stacked."""
TEXT_OFFSET: Final = -8
"""Pixels that its name lies above."""
TICKS: Final = 6
"""About how many lines the axis of figures has."""
NARROW: Final = 480
"""Pixels of a picture that has no room for long figures."""
BRIEF: Final = 118
"""Pixels that brief figures take."""
LEAST_NAME: Final = 60
"""Pixels that a name has at least, where there is no room for its figures, too."""
FIGURES: Final = 150
"""Pixels that the figures to the right of a name take."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row.

    Attributes:
        name: What it is.
        parts: Joules of each component.
        figure: Its figures in words.
        brief: The same with fewer.
        rest_j: Joules whose components are unknown.
        low_j: The lower end of its 95 % interval in joules; None if unknown.
        high_j: The upper end.
        data: Fields that its data have in addition.
    """

    name: str
    parts: Mapping[str, float]
    figure: str
    brief: str
    rest_j: float = 0.0
    low_j: float | None = None
    high_j: float | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def stacked(bars: Sequence[Bar], report: Report) -> Spec:
    """Lay out bars stacked by component.

    Args:
        bars: The rows, the first on top.
        report: Where they come from, for how its components are metered.
    """
    labels = component_labels(report)
    parts = [part for number, bar in enumerate(bars) for part in _parts(number, bar, labels)]
    rows = [
        {
            "row": number,
            "name": bar.name,
            "figure": bar.figure,
            "brief": bar.brief,
            "low_j": bar.low_j,
            "high_j": bar.high_j,
            "energy_j": sum(bar.parts.values()) + bar.rest_j,
            **bar.data,
        }
        for number, bar in enumerate(bars)
    ]
    unit = Unit.of([value for row in rows for value in (row["energy_j"], row["high_j"])], "J")
    domain = [*(labels[name] for name in COMPONENTS), NOT_SPLIT]
    shown = [labels[name] for name in present(report)]
    if any(bar.rest_j for bar in bars):
        shown.append(NOT_SPLIT)
    colour = {
        "field": "component",
        "type": "nominal",
        "title": None,
        "scale": {"domain": domain, "range": COMPONENT_COLOURS},
        "legend": legend(shown),
    }
    layers: list[Spec] = [
        {
            "data": {"name": "parts"},
            "transform": unit.scaled("energy_j"),
            "mark": {"type": "bar", "size": BAR, "yOffset": BAR_OFFSET, "tooltip": True},
            "encoding": {
                "x": {
                    "field": "x_energy_j",
                    "type": "quantitative",
                    "stack": "zero",
                    "title": f"energy ({unit.symbol})",
                    "axis": {"tickCount": TICKS},
                },
                "color": colour,
                "order": {"field": "order"},
                "tooltip": [
                    {"field": "name", "title": "name"},
                    {"field": "component", "title": "component"},
                    {"field": "figure", "title": "energy"},
                ],
            },
        },
        *texts(),
    ]
    if any(bar.high_j is not None for bar in bars):
        layers.insert(1, interval(unit))
    return {
        "datasets": {"parts": parts, "rows": rows},
        "data": {"name": "rows"},
        "height": {"step": STEP},
        "encoding": {"y": row_axis(len(bars))},
        "layer": layers,
    }


def _parts(number: int, bar: Bar, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    joules = {labels[name]: bar.parts[name] for name in COMPONENTS if bar.parts.get(name)}
    if bar.rest_j:
        joules[NOT_SPLIT] = bar.rest_j
    return [
        {
            "row": number,
            "name": bar.name,
            "figure": bar.figure,
            "component": component,
            "order": order,
            "energy_j": value,
        }
        for order, (component, value) in enumerate(joules.items())
    ]


def row_axis(count: int) -> Spec:
    """The encoding of rows, which have no axis: their names stand above the bars."""
    return {
        "field": "row",
        "type": "ordinal",
        "axis": None,
        "scale": {"domain": list(range(count))},
    }


def interval(unit: Unit) -> Spec:
    """A layer of 95 % intervals, from ``low_j`` to ``high_j``."""
    return {
        "transform": unit.scaled("low_j", "high_j"),
        "mark": {"type": "rule", "style": "interval", "yOffset": BAR_OFFSET},
        "encoding": {
            "x": {"field": "x_low_j", "type": "quantitative", "title": f"energy ({unit.symbol})"},
            "x2": {"field": "x_high_j"},
        },
    }


def texts(figures: int = FIGURES) -> list[Spec]:
    """Layers with the name of each row above its bar, and its figures to the right.

    A narrow picture has ``brief`` instead of ``figure``. Of a name that is too long the end is
    shown, which tells tests apart.

    Args:
        figures: Pixels that the figures take.
    """
    room = f"(width < {NARROW} ? {BRIEF} : {figures})"
    return [
        {
            "mark": {
                "type": "text",
                "style": "name",
                "align": "left",
                "dir": "rtl",  # which side is cut
                "dy": TEXT_OFFSET,
                "limit": {"expr": f"max(width - {room}, {LEAST_NAME})"},
            },
            "encoding": {"x": {"value": 0}, "text": {"field": "name"}},
        },
        {
            "mark": {
                "type": "text",
                "style": "figure",
                "align": "right",
                "dy": TEXT_OFFSET,
                "limit": {"expr": room},
            },
            "encoding": {
                "x": {"value": "width"},
                "text": {"value": {"expr": f"width < {NARROW} ? datum.brief : datum.figure"}},
            },
        },
    ]


def legend(values: Sequence[str]) -> Spec:
    """A legend above the picture: one line, or a column where that has no room.

    Args:
        values: What it explains.
    """
    return {"values": list(values), "columns": {"expr": f"width < {NARROW} ? 1 : 0"}}
