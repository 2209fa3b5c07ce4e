"""The scores of models with their intervals and letters, comparable models together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pytest_scer.charts.bars import BAR_OFFSET, PLAIN_BAR, STEP, TICKS, row_axis, texts
from pytest_scer.charts.chart import Chart, Spec, one_below_the_other, vega_lite
from pytest_scer.core import units
from pytest_scer.core.units import counted
from pytest_scer.report.model import Report
from pytest_scer.report.ratings import RatedScore, grams, grouped, rated_scores
from pytest_scer.scoring.functional_unit import FunctionalUnit, readable_unit

TOP: Final = 30
"""How many models of a group are drawn: those with the lowest scores."""
FIGURES: Final = 330
"""Pixels that the figures to the right of a name take."""


def chart(report: Report) -> Chart | None:
    """Draw the scores of all models, one picture for each group below the other."""
    groups = charts(report)
    description = f"Scores of models with intervals and letters in {len(groups):,} groups."
    return one_below_the_other("Scores of models", description, groups)


def charts(report: Report, top: int = TOP) -> list[Chart]:
    """Draw the scores of models; only those of one category, phase and unit share an axis.

    Args:
        report: The report.
        top: At most this number of models in each.
    """
    return [_group(rows, top) for rows in grouped(rated_scores(report))]


def _group(rows: Sequence[RatedScore], top: int) -> Chart:
    score = rows[0].score
    unit = readable_unit([grams(row) for row in rows], score.unit)
    names = (score.category or "no category", score.phase, score.protocol)
    about = ", ".join(name for name in names if name)
    rest = len(rows) - min(top, len(rows))
    caveats = dict.fromkeys(caveat for row in rows for caveat in row.caveats)
    return vega_lite(
        f"Models of {about}",
        f"Bars of CO2e per {unit.readable} with 95 % intervals and ratings of "
        f"{counted(len(rows), 'model')}; the lowest is {score.model}.",
        _spec([_row(number, row, unit) for number, row in enumerate(rows[:top])], unit),
        "; ".join([*([f"{rest:,} more models have higher scores"] if rest else []), *caveats]),
    )


def _row(number: int, row: RatedScore, unit: FunctionalUnit) -> dict[str, Any]:
    score = row.score.score
    assert score is not None
    stated, factor = score.per(unit), unit.per / score.unit.per
    blur = None if row.score.uncertainty_g is None else row.score.uncertainty_g * factor
    letter = row.rating.letter
    return {
        "row": number,
        "name": row.score.model,
        "letter": letter,
        "value_g": stated.value_g,
        "uncertainty_g": blur,
        "low_g": None if blur is None else max(stated.value_g - blur, 0.0),
        "high_g": None if blur is None else stated.value_g + blur,
        "figure": f"{stated.stated(row.digits)}, {letter or 'unrated'}",
        "brief": f"{units.quantity(stated.value_g, 'g', digits=row.digits)}, {letter or 'unrated'}",
        "basis": row.basis,
    }


def _spec(rows: list[dict[str, Any]], unit: FunctionalUnit) -> Spec:
    axis = {
        "type": "quantitative",
        "title": f"gCO2e per {unit.readable}",
        "axis": {"tickCount": TICKS},
    }
    layers: list[Spec] = [
        {
            "mark": PLAIN_BAR,
            "encoding": {
                "x": {"field": "value_g", **axis},
                "tooltip": [
                    {"field": "name", "title": "model"},
                    {"field": "figure", "title": "score"},
                    {"field": "basis", "title": "rating"},
                ],
            },
        },
        {
            "mark": {"type": "rule", "style": "interval", "yOffset": BAR_OFFSET},
            "encoding": {"x": {"field": "low_g", **axis}, "x2": {"field": "high_g"}},
        },
        *texts(FIGURES),
    ]
    return {
        "datasets": {"rows": rows},
        "data": {"name": "rows"},
        "height": {"step": STEP},
        "encoding": {"y": row_axis(len(rows))},
        "layer": layers,
    }
