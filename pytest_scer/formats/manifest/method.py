"""The method of a manifest: assumptions, accuracy and limitations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_scer.core import units
from pytest_scer.core.units import counted
from pytest_scer.formats.accuracy import SCOPE_IN_WORDS, interval, of_components, true_figure
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.meters.accuracy import SCOPE, YEARLY_GRID
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.scoring.sci import JOULES_PER_KWH

Document = dict[str, Any]


def methodology(facts: Facts) -> Document:
    """How the figures were obtained, what was assumed, and what limits them."""
    present = list(facts.components_kwh)
    estimates = [c for c in present if facts.meters[c].provenance is not Provenance.MEASURED]
    measured = [c for c in present if c not in estimates]
    assumptions = [
        _assumption(meter_in_words(info), _why_estimated(info), "high")
        for info in map(facts.meters.__getitem__, estimates)
    ]
    grid = facts.grid
    assumptions.append(
        _assumption(
            f"the electricity comes from this grid: {grid.location}, {grid.g_per_kwh:g} gCO2eq/kWh",
            f"{grid.method}; {grid.source}",
            "high",
        )
    )
    around_kwh = facts.uncertainty_kwh
    around_j = None if around_kwh is None else around_kwh * JOULES_PER_KWH
    limits = [
        *facts.caveats,
        *_accuracy(facts),
        "test runs are not a production load: batch size and concurrency differ",
    ]
    return {
        "approach": "hybrid"
        if estimates and measured
        else "calculation"
        if estimates
        else "measurement",
        "measurement_details": "energy is the difference of two readings; "
        f"{counted(facts.runs, 'run')}; "
        f"half-width of the 95 % interval {units.quantity(around_j, 'J', digits=2)}",
        "assumptions": assumptions,
        "limitations": [{"limitation": text, "severity": "high"} for text in limits],
        "data_sources": [
            {
                "name": "pytest-scer report",
                "type": "measurement",
                "description": f"session {facts.session}, SHA-256 {facts.report_sha256}"
                if facts.report_sha256
                else f"session {facts.session}",
            },
            {"name": grid.source, "type": "grid-data", "description": grid.location},
        ],
    }


def _why_estimated(info: MeterInfo) -> str:
    if info.provenance is Provenance.SIMULATED:
        return "the meter is simulated: its figures say nothing about this machine"
    return "no counter measures it on this machine"


def _accuracy(facts: Facts) -> Iterator[str]:
    """Yield how far the figures may be off, with the evidence for it, and what they leave out."""
    known = true_figure(facts.plausible_kwh, facts.it_kwh)
    if known is not None:
        yield f"energy: {known}, given how accurate its components are"
    yield from of_components(facts.meters)
    yield f"{SCOPE_IN_WORDS} ({SCOPE.source})"
    if "yearly" in facts.grid.method:
        yield (
            "emissions by the grid's yearly average differ from hourly accounting by "
            f"{interval(YEARLY_GRID)} ({YEARLY_GRID.source})"
        )


def _assumption(assumption: str, justification: str, impact: str) -> Document:
    return {"assumption": assumption, "justification": justification, "impact": impact}


def meter_in_words(info: MeterInfo) -> str:
    """How a component is metered."""
    detail = f" ({info.detail})" if info.detail else ""
    return f"{info.provenance.value}: {info.source}{detail}"


def is_measured(meters: Mapping[str, MeterInfo], components: Iterable[str]) -> bool:
    """Whether counters measured all of these components."""
    return all(meters[c].provenance is Provenance.MEASURED for c in components)
