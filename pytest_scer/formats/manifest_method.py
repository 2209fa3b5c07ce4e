"""The method of a manifest: assumptions, accuracy and limitations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pytest_scer.core import units
from pytest_scer.formats.accuracy import SCOPE_IN_WORDS, interval, of_components, true_figure
from pytest_scer.formats.manifest_todo import TODO
from pytest_scer.meters.accuracy import SCOPE, YEARLY_GRID
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.report.model import Report
from pytest_scer.report.ratings import RatedScore

Document = dict[str, Any]


def methodology(report: Report, row: RatedScore) -> Document:
    """How the figures were obtained, what was assumed, and what limits them.

    Args:
        report: The report.
        row: The score with its rating and caveats.
    """
    present = list(row.score.components_j)
    estimates = [c for c in present if report.meters[c].provenance is not Provenance.MEASURED]
    measured = [c for c in present if c not in estimates]
    assumptions = [
        _assumption(meter_in_words(info), _why_estimated(info), "high")
        for info in map(report.meters.__getitem__, estimates)
    ]
    grid = report.carbon_intensity
    assumptions.append(
        _assumption(
            f"the electricity comes from this grid: {grid.location}, {grid.g_per_kwh:g} gCO2eq/kWh",
            f"{grid.method}; {grid.source}",
            "high",
        )
    )
    uncertainty_j = units.quantity(row.score.uncertainty_j, "J", digits=2)
    limits = [
        *row.caveats,
        *_accuracy(report, row),
        "test runs are not a production load: batch size and concurrency differ",
    ]
    return {
        "approach": "hybrid"
        if estimates and measured
        else "calculation"
        if estimates
        else "measurement",
        "measurement_details": f"energy is the difference of two readings; {row.score.runs} runs; "
        f"half-width of the 95 % interval {uncertainty_j}",
        "batch_and_concurrency": f"{TODO}: batch size and concurrent requests of the runs",
        "assumptions": assumptions,
        "limitations": [{"limitation": text, "severity": "high"} for text in limits],
        "data_sources": [
            {"name": "pytest-scer report", "type": "measurement", "description": "report in JSON"},
            {"name": grid.source, "type": "grid-data", "description": grid.location},
        ],
    }


def _why_estimated(info: MeterInfo) -> str:
    if info.provenance is Provenance.SIMULATED:
        return "the meter is simulated: its figures say nothing about this machine"
    return "no counter measures it on this machine"


def _accuracy(report: Report, row: RatedScore) -> Iterator[str]:
    """Yield how far the figures may be off, with the evidence for it, and what they leave out."""
    known = true_figure(row.plausible_j, row.score.energy_j)
    if known is not None:
        yield f"energy: {known}, given how accurate its components are"
    yield from of_components(report.meters)
    yield f"{SCOPE_IN_WORDS} ({SCOPE.source})"
    if "yearly" in report.carbon_intensity.method:
        yield (
            "the grid's yearly average differs from the hour's intensity by "
            f"{interval(YEARLY_GRID)} ({YEARLY_GRID.source})"
        )


def _assumption(assumption: str, justification: str, impact: str) -> Document:
    return {"assumption": assumption, "justification": justification, "impact": impact}


def meter_in_words(info: MeterInfo) -> str:
    """How a component is metered."""
    detail = f" ({info.detail})" if info.detail else ""
    return f"{info.provenance.value}: {info.source}{detail}"


def is_measured(report: Report, components: Iterable[str]) -> bool:
    """Whether counters measured all of these components."""
    return all(report.meters[c].provenance is Provenance.MEASURED for c in components)
