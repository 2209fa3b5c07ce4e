"""``what-if``: stored energy as CO2e in other locations and over a year, and equivalents."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tabulate import tabulate

from pytest_scer.core import units
from pytest_scer.report.model import Report
from pytest_scer.report.phases import models_of_phase, phase_cost
from pytest_scer.report.ratings import RatedScore
from pytest_scer.scoring import estimates
from pytest_scer.scoring.equivalents import LEAST_G, equivalents
from pytest_scer.scoring.estimates import LifeCycle, Site, cost_parity, offset_cost, what_if, yearly
from pytest_scer.scoring.sci import fixed_point, plural


@dataclass(frozen=True)
class Service:
    """The use of a model in production, with prices and water use; None if not given.

    Attributes:
        requests_per_day: How often the model is called.
        units_per_request: Functional units per request, such as tokens.
        price_per_tonne: Price of offsetting a tonne of CO2e, in any currency.
        wue_l_per_kwh: Litres of water on site per kWh of IT energy.
        water_l_per_kwh: Litres of water to generate a kWh.
    """

    requests_per_day: float | None
    units_per_request: float
    price_per_tonne: float | None
    wue_l_per_kwh: float | None
    water_l_per_kwh: float | None


def elsewhere(name: str, energy_j: float, sites: Sequence[Site]) -> Iterator[str]:
    """Yield a table of the energy's CO2e at each site, the lowest first."""
    yield f"{units.quantity(energy_j, 'J')} of IT energy, {name}"
    here_g = sites[0].co2e_g(energy_j)
    ranked = what_if(energy_j, sites)
    yield from _table(
        {
            "place": [site.name for site, _ in ranked],
            "g per kWh": [f"{site.g_per_kwh:g}" for site, _ in ranked],
            "PUE": [f"{site.pue:g}" for site, _ in ranked],
            "CO2e": [units.quantity(grams, "g") for _, grams in ranked],
            "change": [
                "" if site is sites[0] or not here_g else f"{100 * (grams / here_g - 1):+.0f}%"
                for site, grams in ranked
            ],
        },
        left=("place",),
    )
    yield "operational emissions only; grid intensities are yearly averages"


def side_costs(report: Report, energy_j: float, service: Service) -> Iterator[str]:
    """Yield water, offsets and equivalents of the session or model, as measured."""
    grams = report.conversion.grams(energy_j)
    wue = report.wue_l_per_kwh if service.wue_l_per_kwh is None else service.wue_l_per_kwh
    if wue is not None:
        litres = estimates.site_water_l(energy_j, wue)
        yield f"water on site:       {units.quantity(litres, 'L')} at {wue:g} L per IT kWh"
    if (per_kwh := service.water_l_per_kwh) is not None:
        litres = estimates.generation_water_l(energy_j, per_kwh, report.pue)
        yield f"water at generation: {units.quantity(litres, 'L')} at {per_kwh:g} L per kWh"
    if service.price_per_tonne is not None:
        price = service.price_per_tonne
        cost = fixed_point(estimates.offset_cost(grams, price))
        yield f"offset:              {cost} at {price:g} per tonne; not part of any score"
    yield from _equivalents(grams, "as measured")


def _table(cells: Mapping[str, Sequence[str]], left: Collection[str]) -> list[str]:
    """Lay out named columns, left-aligned if in ``left``, otherwise right-aligned."""
    align = ["left" if name in left else "right" for name in cells]
    table = tabulate(cells, "keys", tablefmt="plain", colalign=align, disable_numparse=True)
    return [line.rstrip() for line in table.splitlines()]


def _equivalents(grams: float, when: str) -> Iterator[str]:
    yield f"equivalents of {units.quantity(grams, 'g', suffix='CO2e')} {when}:" + (
        "" if grams >= LEAST_G else f" none, they are meaningless below {LEAST_G:g} g"
    )
    yield from (f"  {each}" for each in equivalents(grams))


def parity(report: Report, rows: Sequence[RatedScore]) -> Iterator[str]:
    """Yield how many inferences use as much energy as training.

    (Luccioni and others, FAccT 2024, table 5.)
    """
    trained = models_of_phase(report, "training")
    found = []
    for row in rows:
        per_unit_j = row.score.energy_per_unit_j
        if row.score.phase == "inference" and row.score.model in trained and per_unit_j:
            training = phase_cost(report, row.score.model, "training")
            many = cost_parity(training.energy_j, per_unit_j)
            unit = plural(row.score.unit.name)
            spent = units.quantity(training.energy_j, "J")
            if training.unmeasured:
                spent = f"at least {spent} (part of it is unmeasured)"
            equal = f"{units.significant(many)} {unit}"
            found.append(f"  {row.score.model}: training used {spent}, as much as {equal}")
    if found:
        yield "cost parity of training and inference (Luccioni, Jernite, Strubell, 2024)"
        yield from found


def life_cycles(
    report: Report, rows: Sequence[RatedScore], chosen: str | None, service: Service
) -> Iterator[str]:
    """Yield a table like that of Luccioni, Viguier, Ligozat, JMLR 24 (2023), for BLOOM."""
    models = [model for model in models_of_phase(report, "training") if chosen in (None, model)]
    if not models:
        return
    cycles = [_life_cycle(report, model, rows, service) for model in models]
    yield "life cycle, in CO2e (as Luccioni, Viguier, Ligozat, 2023, for BLOOM)"
    yield from _table(
        {
            "model": models,
            "training": [units.quantity(cycle.training_g, "g") for cycle in cycles],
            "idle": [units.quantity(cycle.idle_g, "g") for cycle in cycles],
            "embodied": [units.quantity(cycle.embodied_g, "g") for cycle in cycles],
            "total": [units.quantity(cycle.total_g, "g") for cycle in cycles],
            "serving per day": [units.quantity(cycle.serving_g_per_day, "g") for cycle in cycles],
            "days to parity": [
                "-" if cycle.serving_days is None else units.significant(cycle.serving_days)
                for cycle in cycles
            ],
        },
        left=("model",),
    )
    if report.idle is None:
        yield "idle: unknown, and part of the figure for training (--scer-idle measures it)"
    if report.embodied is None:
        yield "embodied: unknown (give --scer-embodied)"
    if service.requests_per_day is None:
        yield "serving: unknown (give --requests-per-day)"
    else:
        yield "serving: in the first functional unit of each model (--unit chooses another)"


def _life_cycle(
    report: Report, model: str, rows: Sequence[RatedScore], service: Service
) -> LifeCycle:
    training = phase_cost(report, model, "training")
    idle_j = None if report.idle is None else report.idle.charged_w * training.duration_s
    dynamic_j = training.energy_j - min(idle_j or 0.0, training.energy_j)
    grams = report.conversion.grams
    embodied_g = (
        None
        if report.embodied is None
        else report.embodied.share_g(training.duration_s, report.session.duration_s)
    )
    served = [row for row in rows if (row.score.model, row.score.phase) == (model, "inference")]
    per_day = service.requests_per_day
    return LifeCycle(
        training_g=None if training.unmeasured else grams(dynamic_j),
        idle_g=None if idle_j is None else grams(min(idle_j, training.energy_j)),
        embodied_g=embodied_g,
        serving_g_per_day=_unit_g(served[0]) * service.units_per_request * per_day
        if served and per_day is not None
        else None,
    )


def _unit_g(row: RatedScore, site: Site | None = None) -> float:
    """Return the grams of one unit, as measured or at a site, including embodied emissions."""
    stated = row.score.score
    assert stated is not None
    operational_g = stated.operational_g if site is None else site.co2e_g(row.score.energy_j)
    return (operational_g + (stated.embodied_g or 0.0)) / stated.units


def yearly_service(
    rows: Sequence[RatedScore], sites: Sequence[Site], service: Service
) -> Iterator[str]:
    """Yield a table of a year of requests at each site."""
    served = [row for row in rows if row.score.phase == "inference"]
    if service.requests_per_day is None or not served:
        return
    requests = f"{service.requests_per_day:.15g} requests a day"
    yield f"a year of {requests}, {service.units_per_request:.15g} functional units each"
    per_day = service.requests_per_day * service.units_per_request
    cells: dict[str, list[str]] = {"model": [], "place": [], "energy": [], "CO2e": []}
    if service.price_per_tonne is not None:
        cells["offset"] = []
    for row in served:
        for site in sites:
            grams = yearly(_unit_g(row, site), per_day)
            joules = yearly(row.score.energy_per_unit_j or 0.0, per_day)
            is_first = site is sites[0]
            cells["model"].append(f"{row.score.model}, per {row.score.unit.name}" * is_first)
            cells["place"].append(site.name)
            cells["energy"].append(units.quantity(joules, "J"))
            cells["CO2e"].append(units.quantity(grams, "g"))
            if service.price_per_tonne is not None:
                cells["offset"].append(fixed_point(offset_cost(grams, service.price_per_tonne)))
    yield from _table(cells, left=("model", "place"))
    yield "; ".join(dict.fromkeys(caveat for row in served for caveat in row.caveats))
    if len(served) == 1:
        here_g = yearly(_unit_g(served[0], sites[0]), per_day)
        yield from _equivalents(here_g, "per year, as measured")
    else:
        yield "equivalents: choose one score with --model and --unit"
