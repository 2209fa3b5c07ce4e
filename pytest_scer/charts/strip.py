"""Runs as points with the interval of their median, to be filled with data later.

A page has one such picture for every test that a reader opens; ``points`` and ``intervals`` are
filled in by its script.
"""

from __future__ import annotations

from typing import Final

from pytest_scer.charts.chart import Chart, Spec, vega_lite

STEP: Final = 40
"""Pixels from a lane to the next."""
_JOULES: Final = "replace(format(datum.value, '.3~s'), regexp('[a-zµ]?$', 'i'), ' $&') + 'J'"
"""Joules with the prefix that suits them: the unit is not known before there are data."""


def chart() -> Chart:
    """Return the picture without data.

    ``points`` have ``lane``, ``run`` and ``energy_j``, ``intervals`` have ``lane``, ``low_j``,
    ``middle_j`` and ``high_j``.
    """
    y: Spec = {"field": "lane", "type": "nominal", "title": None, "sort": None,
               "axis": {"labelLimit": 110}}  # fmt: skip
    joules = {
        "type": "quantitative",
        "title": "energy",
        "scale": {"zero": False, "padding": 12},
        "axis": {
            "labelExpr": _JOULES,
            "tickCount": 5,
        },
    }
    spec = {
        "datasets": {"points": [], "intervals": []},
        "data": {"name": "points"},
        "height": {"step": STEP},
        "layer": [
            {
                "data": {"name": "intervals"},
                "mark": {"type": "rule", "style": "interval"},
                "encoding": {"y": y, "x": {"field": "low_j", **joules}, "x2": {"field": "high_j"}},
            },
            {
                "mark": {"type": "point", "style": "dot", "filled": True, "size": 45,
                         "opacity": 0.7, "tooltip": True},
                "encoding": {
                    "y": y, "x": {"field": "energy_j", **joules},
                    "tooltip": [{"field": "run", "title": "run"},
                                {"field": "energy_j", "title": "energy (J)", "format": ".4g"}],
                },
            },
            {
                "data": {"name": "intervals"},
                "mark": {"type": "tick", "style": "interval", "size": 26},
                "encoding": {"y": y, "x": {"field": "middle_j", **joules}},
            },
        ],
    }  # fmt: skip
    return vega_lite(
        "Energy of each run", "Runs as points, with the interval of their median.", spec
    )
