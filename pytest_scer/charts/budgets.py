"""Budgets as bars against their limits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pytest_scer.charts.bars import BAR, BAR_OFFSET, STEP, row_axis, texts
from pytest_scer.charts.chart import Chart, Spec, vega_lite
from pytest_scer.charts.style import VERDICT_COLOURS, VERDICTS
from pytest_scer.core import units
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.caveats import not_measured
from pytest_scer.report.model import BudgetEntry, Report
from pytest_scer.report.names import Names

TOP: Final = 30
"""How many budgets are drawn: the worst ones."""
MOST: Final = 3.0
"""The longest bar, in limits; a longer one would make all others too short to tell apart."""
FIGURES: Final = 330
"""Pixels that the figures to the right of a name take."""
MEANINGS: Final = {
    "ok": "good",
    "inconclusive": "doubtful",
    "exceeded": "bad",
    "unmeasured": "none",
}
_WORST_FIRST: Final = ("exceeded", "inconclusive", "unmeasured", "ok")
_WORDS: Final = {"ok": "met", "unmeasured": "not checked"}


def chart(report: Report, top: int = TOP) -> Chart | None:
    """Draw the budgets of the session and of the last attempt of each test, worst first.

    Args:
        report: The report.
        top: At most this number of them.
    """
    ranked = sorted(_of(report), key=lambda row: (_WORST_FIRST.index(row["verdict"]), -_used(row)))
    if not ranked:
        return None
    shown = [{"row": number, **row} for number, row in enumerate(ranked[:top])]
    exceeded = sum(row["verdict"] == "exceeded" for row in ranked)
    said = f"{exceeded:,} exceeded" if exceeded else "none exceeded"
    return vega_lite(
        "Budgets against their limits",
        f"Bars of what each budget used of its limit; of {len(ranked):,}, {said}.",
        _spec(shown),
        "; ".join([*_others(ranked[top:]), *_cut(shown), *not_measured(report.meters)]),
    )


def _of(report: Report) -> Iterator[dict[str, Any]]:
    names = Names(test.nodeid for test in report.tests)
    for budget in report.budgets:
        whom = f"sum({budget.target})" if budget.target else "session"
        yield _row(whom, None, budget, report.digits)
    kept = {id(test) for test in last_attempts(report.tests)}
    for number, test in enumerate(report.tests):
        if id(test) in kept:
            for budget in test.budgets:
                yield _row(names.attempt(test), number, budget, report.digits)


def _row(name: str, number: int | None, budget: BudgetEntry, digits: int) -> dict[str, Any]:
    actual, blur, limit = budget.actual, budget.uncertainty, budget.limit_value
    is_known = actual is not None and math.isfinite(actual) and limit > 0
    used = actual / limit if is_known and actual is not None else None
    around = blur / limit if used is not None and blur is not None else None
    return {
        "name": name,
        "test": number,
        "verdict": budget.verdict,
        "word": _WORDS.get(budget.verdict, budget.verdict),
        "meaning": MEANINGS[budget.verdict],
        "actual": actual,
        "uncertainty": blur,
        "limit": limit,
        "unit": budget.unit,
        "used": used,
        "low": None if used is None or around is None else max(used - around, 0.0),
        "high": None if used is None or around is None else used + around,
        "figure": _figure(budget, used, digits),
        "brief": _brief(budget, used),
        "where": budget.where,
    }


def _said(budget: BudgetEntry) -> str:
    word = _WORDS.get(budget.verdict, budget.verdict)
    return word if budget.verdict == "ok" else word.upper()


def _figure(budget: BudgetEntry, used: float | None, digits: int) -> str:
    if used is None or budget.actual is None:
        return f"limit {budget.limit}: {_said(budget)}"
    cost = units.quantity(budget.actual, budget.unit[0], digits=digits)
    return f"{cost} of {budget.limit}, {ratio(used)}: {_said(budget)}"


def _brief(budget: BudgetEntry, used: float | None) -> str:
    said = _said(budget) if budget.verdict in {"exceeded", "unmeasured"} else budget.verdict
    return said if used is None else f"{ratio(used)} {said}"


def ratio(used: float) -> str:
    """A figure as a multiple of its limit: ``85%``, ``1.8x`` or ``6,351x``."""
    if used < 1.1:
        return f"{used:.0%}"
    return f"{used:.1f}x" if used < 10 else f"{used:,.0f}x"


def _used(row: dict[str, Any]) -> float:
    return float(row["used"] or 0.0)


def _others(rest: Sequence[dict[str, Any]]) -> list[str]:
    return [f"{len(rest):,} more use less of their limits"] if rest else []


def _cut(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [f"bars end at {MOST:g} times the limit"] if any(_used(r) > MOST for r in rows) else []


def _spec(rows: list[dict[str, Any]]) -> Spec:
    longest = max(
        (value for row in rows for value in (row["used"], row["high"]) if value), default=1
    )
    axis = {
        "field": "shown",
        "type": "quantitative",
        "title": "share of the limit",
        "scale": {"domain": [0, min(max(longest, 1.0) * 1.02, MOST)], "nice": False},
        "axis": {"format": ".0%", "tickCount": 6},
    }
    colour = {
        "field": "meaning",
        "type": "nominal",
        "scale": {"domain": list(VERDICTS), "range": VERDICT_COLOURS},
        "legend": None,
    }
    y = {"y": row_axis(len(rows))}
    return {
        "datasets": {"rows": rows},
        "data": {"name": "rows"},
        "height": {"step": STEP},
        "layer": [
            {
                "transform": [
                    {
                        "calculate": f"datum.used === null ? null : min(datum.used, {MOST})",
                        "as": "shown",
                    }
                ],
                "mark": {"type": "bar", "size": BAR, "yOffset": BAR_OFFSET, "tooltip": True},
                "encoding": {
                    **y,
                    "x": axis,
                    "color": colour,
                    "tooltip": [
                        {"field": "name", "title": "budget of"},
                        {"field": "figure", "title": "used"},
                        {"field": "where", "title": "set by"},
                    ],
                },
            },
            {
                "transform": [
                    {
                        "calculate": f"datum.low === null ? null : min(datum.low, {MOST})",
                        "as": "from",
                    },
                    {
                        "calculate": f"datum.high === null ? null : min(datum.high, {MOST})",
                        "as": "to",
                    },
                    {"filter": f"datum.low !== null && datum.low < {MOST}"},
                ],
                "mark": {"type": "rule", "style": "interval", "yOffset": BAR_OFFSET},
                "encoding": {
                    **y,
                    "x": {"field": "from", "type": "quantitative"},
                    "x2": {"field": "to"},
                },
            },
            {
                "mark": {
                    "type": "tick",
                    "style": "median",
                    "size": BAR + 8,
                    "yOffset": BAR_OFFSET,
                },
                "encoding": {**y, "x": {"datum": 1, "type": "quantitative"}},
            },
            *({**layer, "encoding": {**layer["encoding"], **y}} for layer in texts(FIGURES)),
        ],
    }
