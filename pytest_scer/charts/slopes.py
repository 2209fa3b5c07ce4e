"""What changed between two sessions, as slopes from the baseline to now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from pytest_scer.baseline.compare import Compared
from pytest_scer.charts.bars import BAR_OFFSET, STEP, TICKS, row_axis, texts
from pytest_scer.charts.chart import Chart, Spec, vega_lite
from pytest_scer.charts.style import VERDICT_COLOURS, VERDICTS
from pytest_scer.core import units
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.names import Names

TOP: Final = 24
"""How many tests are drawn: those that changed by most joules, regressions first."""
MEANINGS: Final = {
    "regression": "bad",
    "improved": "good",
    "inconclusive": "doubtful",
    "ok": "none",
    "unmeasured": "none",
}
TOOLTIP: Final = [
    {"field": "name", "title": "test"},
    {"field": "energy", "title": "energy"},
    {"field": "range", "title": "change"},
    {"field": "verdict", "title": "verdict"},
]
FIGURES: Final = 230
"""Pixels that the figures to the right of a name take."""
LINE: Final = 15
"""Pixels from a label to the next."""
_HEIGHT: Final = 260
_WORST_FIRST: Final = ("regression", "improved", "inconclusive", "ok", "unmeasured")
_WORDS: Final = {"regression": "REGRESSION", "ok": "within the threshold"}
_MOST: Final = 4.0
"""The steepest slope, as a multiple of the baseline; steeper ones end there."""


def chart(compared: Compared, top: int = TOP) -> Chart | None:
    """Draw how much tests changed as slopes, each relative to its baseline.

    Args:
        compared: The comparison.
        top: At most this number of tests.
    """
    rows, rest = _rows(compared, top)
    if not rows:
        return None
    ends = _place_labels(rows)
    return vega_lite(
        "Change of each test against the baseline",
        f"Lines from the baseline to now for {len(rows):,} tests; {_counts(compared)}.",
        _slopes(rows, ends),
        _note(compared, rest),
    )


def intervals(compared: Compared, top: int = TOP) -> Chart | None:
    """Draw how much tests changed, with the interval that noise leaves open.

    Args:
        compared: The comparison.
        top: At most this number of tests.
    """
    rows, rest = _rows(compared, top)
    if not rows:
        return None
    return vega_lite(
        "Change of each test with its interval",
        f"Points with intervals for {len(rows):,} tests; {_counts(compared)}.",
        _intervals(rows),
        _note(compared, rest),
    )


def _rows(compared: Compared, top: int) -> tuple[list[dict[str, Any]], int]:
    """The tests to draw, those with a verdict and most joules first, and how many are left."""
    found = [
        (nodeid, entry) for nodeid, entry in compared.tests.items() if entry.change is not None
    ]
    found.sort(key=lambda row: (_WORST_FIRST.index(row[1].verdict), -abs(_grown_j(row[1])), row[0]))
    names = Names(compared.tests)
    rows = [
        _row(number, names.short(nodeid), nodeid, entry)
        for number, (nodeid, entry) in enumerate(found[:top])
    ]
    return rows, len(found) - len(rows)


def _counts(compared: Compared) -> str:
    return f"{compared.count('regression'):,} regressed and {compared.count('improved'):,} improved"


def _note(compared: Compared, rest: int) -> str:
    said = [f"energy of {' + '.join(compared.session.components)}"]
    if any(entry.corrected_by is not None for entry in compared.tests.values()):
        said.append("corrected for machine speed")
    if rest:
        said.append(f"{rest:,} more tests changed less or are within the threshold")
    return "; ".join(said)


def _grown_j(entry: BaselineEntry) -> float:
    return (entry.corrected_j or 0.0) - (entry.value or 0.0)


def _row(number: int, name: str, nodeid: str, entry: BaselineEntry) -> dict[str, Any]:
    change, noise = entry.change or 0.0, entry.noise
    around = "" if noise is None else f" ± {noise:.0%}"
    return {
        "row": number,
        "name": name,
        "nodeid": nodeid,
        "verdict": entry.verdict,
        "meaning": MEANINGS[entry.verdict],
        "before_j": entry.value,
        "after_j": entry.corrected_j,
        "change": change,
        "noise": noise,
        "ratio": 1 + change,
        "shown": min(1 + change, _MOST),
        "low": None if noise is None else min(max(1 + change - noise, 0.0), _MOST),
        "high": None if noise is None else min(1 + change + noise, _MOST),
        "energy": f"{units.quantity(entry.value, 'J')} to {units.quantity(entry.corrected_j, 'J')}",
        "range": f"{change:+.0%}{around}",
        "brief": f"{change:+.0%}{around}",
        "figure": f"{change:+.0%}{around}, {_WORDS.get(entry.verdict, entry.verdict)}",
        "label": f"{change:+.0%} {name}",
        "base": 1,
        "before": 0,
        "after": 1,
    }


def _place_labels(rows: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Place the labels as near to the ends of their lines as they can be without overlapping.

    Returns:
        The ends of the axis.
    """
    low = min([*(row["shown"] for row in rows), 0.9])
    high = max([*(row["shown"] for row in rows), 1.1])
    step = (high - low) * LINE / height(len(rows))
    ranked = sorted(rows, key=lambda row: row["shown"])
    places = spread([row["shown"] for row in ranked], step, low, high)
    for row, place in zip(ranked, places, strict=True):
        row["label_at"] = place
    return low, high


def spread(
    values: Sequence[float], step: float, low: float = -math.inf, high: float = math.inf
) -> list[float]:
    """Move values as little as possible so that neighbours are at least a step apart.

    Isotonic regression of what is left without the steps, by pooling neighbours that violate the
    order (Ayer et al. 1955, Annals of Mathematical Statistics 26:641).

    Args:
        values: The values in ascending order.
        step: The least distance.
        low: The least place.
        high: The greatest place, at least as many steps above that as there are values.
    """
    blocks: list[tuple[float, int]] = []
    for index, value in enumerate(values):
        block = (value - index * step, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, count = blocks.pop()
            whole = count + block[1]
            block = ((mean * count + block[0] * block[1]) / whole, whole)
        blocks.append(block)
    highest = high - step * (len(values) - 1)
    means = [min(max(mean, low), highest) for mean, count in blocks for _ in range(count)]
    return [mean + index * step for index, mean in enumerate(means)]


def height(count: int) -> int:
    """Pixels of the picture: enough for all labels."""
    return max(_HEIGHT, count * LINE + LINE)


def _slopes(rows: list[dict[str, Any]], ends: tuple[float, float]) -> Spec:
    y = {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": list(ends), "nice": False, "zero": False},
        "axis": {"labelExpr": "format(datum.value - 1, '+.0%')", "tickCount": 6},
    }
    x = {
        "type": "quantitative",
        "scale": {"domain": [-0.1, 2.2], "nice": False},
        "title": None,
        "axis": {
            "values": [0, 1],
            "grid": False,
            "orient": "top",
            "labelExpr": "datum.value ? 'now' : 'baseline'",
        },
    }
    sure = {"test": "datum.verdict === 'inconclusive'", "value": [5, 3]}
    width = {"condition": {"test": "datum.meaning === 'none'", "value": 1}, "value": 2.25}
    return {
        "datasets": {"rows": rows},
        "data": {"name": "rows"},
        "height": height(len(rows)),
        "layer": [
            {
                "mark": {"type": "rule", "tooltip": True},
                "encoding": {
                    "x": {"field": "before", **x},
                    "x2": {"field": "after"},
                    "y": {"field": "base", **y},
                    "y2": {"field": "shown"},
                    "color": colour(),
                    "size": width,
                    "strokeDash": {"condition": sure, "value": [1, 0]},
                    "tooltip": TOOLTIP,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 40, "opacity": 1},
                "encoding": {
                    "x": {"field": "after", **x},
                    "y": {"field": "shown", **y},
                    "color": colour(),
                    "tooltip": TOOLTIP,
                },
            },
            {
                "mark": {
                    "type": "text",
                    "style": "name",
                    "align": "left",
                    "dx": 12,
                    "limit": {"expr": "width * 0.5"},
                },
                "encoding": {
                    "x": {"field": "after", **x},
                    "y": {"field": "label_at", **y},
                    "text": {"field": "label"},
                },
            },
        ],
    }


def colour() -> Spec:
    """The encoding of verdicts as colours."""
    return {
        "field": "meaning",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(VERDICTS), "range": VERDICT_COLOURS},
    }


def _intervals(rows: list[dict[str, Any]]) -> Spec:
    x = {
        "type": "quantitative",
        "title": "change against the baseline",
        "scale": {"zero": False},
        "axis": {"labelExpr": "format(datum.value - 1, '+.0%')", "tickCount": TICKS},
    }
    y = {"y": row_axis(len(rows))}
    return {
        "datasets": {"rows": rows, "baseline": [{"base": 1}]},
        "data": {"name": "rows"},
        "height": {"step": STEP},
        "layer": [
            {
                "data": {"name": "baseline"},
                "mark": {"type": "rule", "style": "limit"},
                "encoding": {"x": {"field": "base", **x}},
            },
            {
                "mark": {"type": "rule", "strokeWidth": 2, "yOffset": BAR_OFFSET},
                "encoding": {
                    **y,
                    "x": {"field": "low", **x},
                    "x2": {"field": "high"},
                    "color": colour(),
                },
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 60,
                    "opacity": 1,
                    "yOffset": BAR_OFFSET,
                },
                "encoding": {
                    **y,
                    "x": {"field": "shown", **x},
                    "color": colour(),
                    "tooltip": TOOLTIP,
                },
            },
            *({**layer, "encoding": {**layer["encoding"], **y}} for layer in texts(FIGURES)),
        ],
    }
