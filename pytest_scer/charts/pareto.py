"""Quality against energy: which models are not beaten in both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pytest_scer.charts.bars import TICKS
from pytest_scer.charts.chart import Chart, Spec, one_below_the_other, vega_lite
from pytest_scer.charts.quantities import Unit
from pytest_scer.core import units
from pytest_scer.core.units import counted
from pytest_scer.report.model import Report
from pytest_scer.report.quality import qualities
from pytest_scer.report.ratings import RatedScore, grouped, rated_scores


def chart(report: Report) -> Chart | None:
    """Draw each metric of each group of models against their energy, one below the other."""
    found = charts(report)
    description = f"Quality of models against their energy, in {len(found):,} pictures."
    return one_below_the_other("Quality and energy of models", description, found)


def charts(report: Report) -> list[Chart]:
    """Draw the metrics that tests stated with ``carbon.quality()``, one picture each."""
    found = []
    for rows in grouped(rated_scores(report)):
        by_metric: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            for metric, figure in qualities(report, row.score.model, row.score.category).items():
                by_metric[metric].append(_row(row, figure))
        found += [_chart(metric, points, rows[0]) for metric, points in by_metric.items()]
    return found


def _row(row: RatedScore, figure: float) -> dict[str, Any]:
    per_unit_j = row.score.energy_per_unit_j
    blur_j = row.score.uncertainty_j
    share = blur_j / row.score.energy_j if blur_j is not None and row.score.energy_j else None
    around_j = None if share is None or per_unit_j is None else per_unit_j * share
    is_known = per_unit_j is not None and around_j is not None
    return {
        "model": row.score.model,
        "letter": row.rating.letter,
        "label": row.score.model + (f" ({row.rating.letter})" if row.rating.letter else ""),
        "quality": figure,
        "energy_j": per_unit_j,
        "uncertainty_j": around_j,
        "low_j": max((per_unit_j or 0.0) - (around_j or 0.0), 0.0) if is_known else None,
        "high_j": (per_unit_j or 0.0) + (around_j or 0.0) if is_known else None,
        "energy": units.uncertain(per_unit_j or 0.0, around_j, "J", digits=row.digits),
    }


def front(points: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The points that no other beats: none costs less with the same quality or more.

    Args:
        points: Each with ``energy_j`` and ``quality``; more quality is better.

    Returns:
        The front, by energy.
    """
    found: list[dict[str, Any]] = []
    for point in sorted(points, key=lambda each: (each["energy_j"], -each["quality"])):
        if not found or point["quality"] > found[-1]["quality"]:
            found.append(point)
    return found


def _chart(metric: str, points: list[dict[str, Any]], row: RatedScore) -> Chart:
    best = front(points)
    for point in points:
        point["is_on_front"] = point in best
    score = row.score
    about = ", ".join(filter(None, (score.category or "no category", score.phase)))
    named = ", ".join(point["model"] for point in best)
    return vega_lite(
        f"Energy and {metric} of {about}",
        f"{metric} of {counted(len(points), 'model')} against their energy per "
        f"{score.unit.name}; no model beats {named} in both.",
        _spec(metric, points, best, score.unit.name),
        "; ".join([f"a model on the line needs the least energy for its {metric}", *row.caveats]),
    )


def _spec(
    metric: str, points: list[dict[str, Any]], best: list[dict[str, Any]], unit_name: str
) -> Spec:
    ends = [value for point in points for value in (point["energy_j"], point["high_j"])]
    unit = Unit.of(ends, "J")
    x = {
        "type": "quantitative",
        "title": f"energy per {unit_name} ({unit.symbol})",
        "scale": {"zero": True},
        "axis": {"tickCount": TICKS},
    }
    y = {
        "field": "quality",
        "type": "quantitative",
        "title": metric,
        "scale": {"zero": False, "padding": 24},
        "axis": {"tickCount": TICKS},
    }
    tooltip = [
        {"field": "model", "title": "model"},
        {"field": "energy", "title": "energy per unit"},
        {"field": "quality", "title": "quality"},
        {"field": "letter", "title": "rating"},
    ]
    on_front = {"test": "datum.is_on_front", "value": 1}
    return {
        "datasets": {"points": points, "front": best},
        "data": {"name": "points"},
        "height": 280,
        "transform": unit.scaled("energy_j", "low_j", "high_j"),
        "layer": [
            {
                "data": {"name": "front"},
                "transform": unit.scaled("energy_j"),
                "mark": {"type": "line", "style": "guide", "interpolate": "step-after"},
                "encoding": {"x": {"field": "x_energy_j", **x}, "y": y},
            },
            {
                "mark": {"type": "rule", "style": "interval"},
                "encoding": {"x": {"field": "x_low_j", **x}, "x2": {"field": "x_high_j"}, "y": y},
            },
            {
                "mark": {"type": "point", "style": "dot", "filled": True, "size": 110},
                "encoding": {
                    "x": {"field": "x_energy_j", **x},
                    "y": y,
                    "opacity": {"condition": on_front, "value": 0.45},
                    "tooltip": tooltip,
                },
            },
            {
                "mark": {"type": "text", "style": "name", "dy": -14, "limit": 200},
                "encoding": {
                    "x": {"field": "x_energy_j", **x},
                    "y": y,
                    "text": {"field": "label"},
                },
            },
        ],
    }
