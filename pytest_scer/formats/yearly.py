"""``what-if``: a year of requests at each site, with what the projection rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_scer.core import units
from pytest_scer.core.units import counted, plural
from pytest_scer.formats.accuracy import true_figure
from pytest_scer.formats.what_if import (
    INTERVAL,
    LIVE,
    NO_INTERVAL,
    Service,
    equivalents_of,
    grams_between,
    table,
)
from pytest_scer.report.ratings import RatedScore
from pytest_scer.scoring.estimates import Site, offset_cost
from pytest_scer.scoring.projection import FEW_RUNS, Projection, project, times_measured
from pytest_scer.scoring.sci import fixed_point


def yearly_service(
    rows: Sequence[RatedScore], sites: Sequence[Site], service: Service
) -> Iterator[str]:
    """Yield a table of a year of requests at each site: operational and embodied apart."""
    served = [row for row in rows if row.score.phase == "inference"]
    if service.requests_per_day is None or not served:
        return
    requests = f"{service.requests_per_day:.15g} requests a day"
    each = service.units_per_request
    named = "functional unit" if each == 1 else "functional units"
    yield f"a year of {requests}, {each:.15g} {named} each"
    per_day = service.requests_per_day * service.units_per_request
    found = [(row, site, project(row.score, site, per_day)) for row in served for site in sites]
    yield from _table(found, sites[0], service)
    for row in served:
        yield from _ground(row, per_day)
    yield from _limits(found, sites)
    if len(served) == 1:
        here = project(served[0].score, sites[0], per_day)
        yield from equivalents_of(here.known_g, "per year, as measured")
    else:
        yield "equivalents: choose one score with --model and --unit"


def _table(
    found: Sequence[tuple[RatedScore, Site, Projection]], first: Site, service: Service
) -> Iterator[str]:
    years = [year for _, _, year in found]
    digits = found[0][0].digits

    def mass(grams: float | None) -> str:
        return units.quantity(grams, "g", digits=digits)

    cells = {
        "model": [
            f"{row.score.model}, per {row.score.unit.name}" * (site is first)
            for row, site, _ in found
        ],
        "place": [site.name for _, site, _ in found],
        "energy": [units.quantity(year.energy_j, "J", digits=digits) for year in years],
        "operational": [mass(year.operational_g) for year in years],
        "embodied": [mass(year.embodied_g) for year in years],
        "sum": [mass(year.total_g) for year in years],
        "95 % interval": [grams_between(year.interval_g, digits) for year in years],
    }
    if service.price_per_tonne is not None:
        price = service.price_per_tonne
        cells["offset"] = [fixed_point(offset_cost(year.known_g, price)) for year in years]
    yield from table(cells, left=("model", "place"))


def _ground(row: RatedScore, per_day: float) -> Iterator[str]:
    """Yield what the projection of a score rests on, and how far it may be off."""
    score = row.score
    assert score.score is not None
    name = f"{score.model}, per {score.unit.name}"
    seen = f"{score.score.units:.6g} {plural(score.unit.name)}"
    runs = counted(score.runs, "run")
    times = f"{float(units.significant(times_measured(score, per_day), 2)):,.15g}"
    basis = f"projected from {seen} in {runs} of one session"
    yield f"{name}: {basis}; a year has {times} times as many"
    if score.runs < FEW_RUNS:
        yield f"  fewer than {FEW_RUNS} runs say little about a year"
    true = true_figure(row.plausible_j, score.energy_j)
    if true is not None:
        yield f"{name}: {true}, given how accurate the meters are"


def _limits(
    found: Sequence[tuple[RatedScore, Site, Projection]], sites: Sequence[Site]
) -> Iterator[str]:
    """Yield what the figures leave out."""
    caveats = dict.fromkeys(caveat for row, _, _ in found for caveat in row.caveats)
    if caveats:
        yield "; ".join(caveats)
    if any(year.relative is not None for _, _, year in found):
        yield f"{INTERVAL}; all requests share its noise, so more of them do not narrow it"
    else:
        yield NO_INTERVAL
    if any(year.embodied_g is not None for _, _, year in found):
        yield "embodied: for the time that the requests take, without interval; hardware that"
        yield "  waits for requests adds its own"
    if any(site.basis == LIVE for site in sites):
        yield f"{LIVE}: one moment stands for the whole year; --country ISO3 adds a yearly average"
