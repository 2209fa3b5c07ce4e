"""The runs of repeated tests: how far they lie from their median, and its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pytest_scer.charts.bars import BAR_OFFSET, STEP, row_axis, texts
from pytest_scer.charts.chart import Chart, Spec, vega_lite
from pytest_scer.core import units
from pytest_scer.core.measurement import Measurement
from pytest_scer.report.caveats import not_measured
from pytest_scer.report.model import Report, TestEntry
from pytest_scer.report.names import Names
from pytest_scer.report.spending import cost_of

TOP: Final = 20
"""How many tests are drawn: those that cost most."""
MOST_POINTS: Final = 200
"""How many runs of a test are drawn, evenly taken from all."""


def chart(report: Report, top: int = TOP) -> Chart | None:
    """Draw the runs of the tests that repeat, relative to the median of each.

    Args:
        report: The report.
        top: At most this number of tests.
    """
    names = Names(test.nodeid for test in report.tests)
    repeated = [
        (number, names.attempt(test), measured)
        for number, test in enumerate(report.tests)
        if (measured := _repeated(test)) is not None
    ]
    if not repeated:
        return None
    repeated.sort(key=lambda row: -_cost_j(report.tests[row[0]]))
    shown = repeated[:top]
    rows, points = [], []
    for row, (number, name, measured) in enumerate(shown):
        rows.append(_row(row, number, name, measured, report))
        points += [{"row": row, "test": number, **each} for each in _points(measured)]
    rest = len(repeated) - len(shown)
    return vega_lite(
        "Runs of repeated tests",
        "Each run as a point relative to the median of its test, with the 95 % interval of the "
        f"test's cost, for {len(shown):,} tests.",
        _spec(rows, points),
        "; ".join([*([f"{rest:,} more tests"] if rest else []), *not_measured(report.meters)]),
    )


def _repeated(test: TestEntry) -> Measurement | None:
    """What a test repeated, if the figure of its median run is known."""
    measured = test.measurement
    if measured is None or not measured.complete or len(measured.runs or ()) < 2:
        return None
    return measured if measured.known_j > 0 else None


def _cost_j(test: TestEntry) -> float:
    cost = cost_of(test)
    return 0.0 if cost is None else cost.known_j


def _row(row: int, number: int, name: str, measured: Measurement, report: Report) -> dict[str, Any]:
    median_j, blur_j = measured.known_j, measured.uncertainty_j
    energy = units.uncertain(median_j, blur_j, "J", digits=report.digits)
    ends = (None, None) if blur_j is None else (max(median_j - blur_j, 0.0), median_j + blur_j)
    return {
        "row": row,
        "name": name,
        "test": number,
        "energy_j": median_j,
        "uncertainty_j": blur_j,
        "low_j": ends[0],
        "high_j": ends[1],
        "low": None if ends[0] is None else ends[0] / median_j,
        "high": None if ends[1] is None else ends[1] / median_j,
        "runs": measured.run_count,
        "brief": units.quantity(median_j, "J", digits=report.digits),
        "figure": f"median {energy}, {measured.run_count:,} runs",
    }


def _points(measured: Measurement) -> Iterator[dict[str, Any]]:
    runs = measured.runs or ()
    for number in range(0, len(runs), -(-len(runs) // MOST_POINTS)):
        run = runs[number]
        if run.complete:
            yield {
                "run": number + 1,
                "energy_j": run.known_j,
                "ratio": run.known_j / measured.known_j,
                "energy": units.quantity(run.known_j, "J"),
            }


def _spec(rows: Sequence[dict[str, Any]], points: Sequence[dict[str, Any]]) -> Spec:
    x = {
        "type": "quantitative",
        "title": "energy of a run, as a share of the median",
        "scale": {"zero": False},
        "axis": {"format": ".0%", "tickCount": 6},
    }
    return {
        "datasets": {"rows": rows, "points": points},
        "data": {"name": "rows"},
        "height": {"step": STEP},
        "encoding": {"y": row_axis(len(rows))},
        "layer": [
            {
                "mark": {"type": "bar", "style": "band", "size": 16, "yOffset": BAR_OFFSET},
                "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "data": {"name": "points"},
                "mark": {
                    "type": "point",
                    "style": "dot",
                    "filled": True,
                    "size": 36,
                    "opacity": 0.6,
                    # Up and down in turn, so that equal runs can be told apart.
                    "yOffset": {"expr": f"{BAR_OFFSET} + (datum.run % 3 - 1) * 3"},
                    "tooltip": True,
                },
                "encoding": {
                    "x": {"field": "ratio", **x},
                    "tooltip": [
                        {"field": "run", "title": "run"},
                        {"field": "energy", "title": "energy"},
                    ],
                },
            },
            {
                "mark": {"type": "tick", "style": "median", "yOffset": BAR_OFFSET, "size": 16},
                "encoding": {"x": {"datum": 1, "type": "quantitative"}},
            },
            *texts(260),
        ],
    }
