"""``pytest-scer what-if REPORT``: the same energy elsewhere, and over a year of service."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.numbers import at_least
from pytest_scer.core import units

if TYPE_CHECKING:
    from pytest_scer.report.model import Report
    from pytest_scer.report.ratings import RatedScore
    from pytest_scer.scoring.estimates import LifeCycle, Site

HELP = "tell what the stored energy comes to elsewhere, and over a year of requests"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The report, the places, and the service to reckon with."""
    positive = at_least(0)
    parser.add_argument("report", type=Path, metavar="REPORT")
    parser.add_argument("--model", help="of this model alone")
    parser.add_argument("--unit", help="serving in this functional unit alone: token")
    parser.add_argument(
        "--country", action="append", default=[], metavar="ISO3", help="may be given several times"
    )
    parser.add_argument("--region", metavar="NAME", help="of the one country given")
    parser.add_argument(
        "--cloud", action="append", default=[], metavar="PROVIDER/REGION", help="as --country"
    )
    parser.add_argument(
        "--intensity", action="append", default=[], type=positive, metavar="G", help="as --country"
    )
    parser.add_argument(
        "--pue", type=at_least(1), metavar="X", help="of those places (default: the report's)"
    )
    parser.add_argument("--requests-per-day", type=positive, metavar="N")
    parser.add_argument(
        "--units-per-request",
        type=positive,
        default=1.0,
        metavar="N",
        help="functional units of a request, such as its tokens (default: 1)",
    )
    parser.add_argument(
        "--price", type=positive, metavar="P", help="of offsetting a tonne, in any currency"
    )
    parser.add_argument("--wue", type=positive, metavar="L", help="litres on site per IT kWh")
    parser.add_argument(
        "--water-intensity", type=positive, metavar="L", help="litres where a kWh is generated"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what the energy in the report comes to under other circumstances."""
    from pytest_scer.report.ratings import rated_scores
    from pytest_scer.report.schema import read_report

    report = read_report(arguments.report)
    rows = [
        row
        for row in rated_scores(report)
        if row.score.score is not None
        and arguments.model in (None, row.score.model)
        and arguments.unit in (None, row.score.unit.name)
    ]
    name, energy_j = _energy(report, arguments)
    sites = _sites(report, arguments)
    blocks = [
        _elsewhere(name, energy_j, sites),
        _side_costs(report, energy_j, arguments),
        _parity(report, rows),
        _life_cycles(report, rows, arguments),
        _yearly(rows, sites, arguments),
    ]
    printed = ("\n".join(lines) for block in blocks if (lines := list(block)))
    print("\n\n".join(printed))
    return OK


def _energy(report: Report, arguments: argparse.Namespace) -> tuple[str, float]:
    """What the question is about: the session, or all phases of a model."""
    from pytest_scer.report.phases import models_of_phase, phase_cost

    if arguments.model is None:
        if report.totals.total_j is None:
            raise ValueError(f"{arguments.report}: its energy was not measured")
        return "the session", report.totals.total_j
    phases = ("training", "inference")
    known = sorted({model for phase in phases for model in models_of_phase(report, phase)})
    if arguments.model not in known:
        raise ValueError(
            f"--model {arguments.model}: the report knows {', '.join(known) or 'none'}"
        )
    costs = [phase_cost(report, arguments.model, phase) for phase in phases]
    return f"the tests of {arguments.model}", sum(cost.energy_j for cost in costs)


def _sites(report: Report, arguments: argparse.Namespace) -> list[Site]:
    """Where it was measured, then the places that the user names."""
    from pytest_scer.core.intensity import Place
    from pytest_scer.meters.codecarbon import carbon_intensity
    from pytest_scer.scoring.estimates import Site

    if arguments.region is not None and len(arguments.country) != 1:
        raise ValueError("--region: give the one --country that it is in")
    places = [
        Place(country=country.upper(), region=arguments.region, source="--country")
        for country in arguments.country
    ]
    places += [Place(cloud=cloud, source="--cloud") for cloud in arguments.cloud]
    grids = [carbon_intensity(place) for place in places]
    pue = report.pue if arguments.pue is None else arguments.pue
    here = report.carbon_intensity
    sites = [Site(f"as measured ({here.location})", here.g_per_kwh, report.pue)]
    sites += [Site(grid.location, grid.g_per_kwh, pue) for grid in grids]
    sites += [Site(f"{given:g} g per kWh", given, pue) for given in arguments.intensity]
    if pue != report.pue and len(sites) == 1:
        sites.append(Site(here.location, here.g_per_kwh, pue))
    return sites


def _elsewhere(name: str, energy_j: float, sites: Sequence[Site]) -> Iterator[str]:
    from pytest_scer.report.layout import columns
    from pytest_scer.scoring.estimates import what_if

    yield f"{units.quantity(energy_j, 'J')} of IT energy, {name}"
    here_g = sites[0].co2e_g(energy_j)
    ranked = what_if(energy_j, sites)
    yield from columns(
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
    yield "operational emissions only; the grids are yearly averages"


def _side_costs(report: Report, energy_j: float, arguments: argparse.Namespace) -> Iterator[str]:
    """Water, offsets and equivalents of the session or model, where it was measured."""
    from pytest_scer.scoring import estimates
    from pytest_scer.scoring.sci import fixed_point

    grams = report.conversion.grams(energy_j)
    wue = report.wue_l_per_kwh if arguments.wue is None else arguments.wue
    if wue is not None:
        litres = estimates.site_water_l(energy_j, wue)
        yield f"water on site:       {units.quantity(litres, 'L')} at {wue:g} L per IT kWh"
    if (per_kwh := arguments.water_intensity) is not None:
        litres = estimates.generation_water_l(energy_j, per_kwh, report.pue)
        yield f"water of generation: {units.quantity(litres, 'L')} at {per_kwh:g} L per kWh"
    if arguments.price is not None:
        cost = fixed_point(estimates.offset_cost(grams, arguments.price))
        yield f"offset:              {cost} at {arguments.price:g} a tonne; no part of any score"
    yield from _equivalents(grams, "where it was measured")


def _equivalents(grams: float, when: str) -> Iterator[str]:
    from pytest_scer.scoring.equivalents import LEAST_G, equivalents

    yield f"equivalents of {units.quantity(grams, 'g', suffix='CO2e')} {when}:" + (
        "" if grams >= LEAST_G else f" none, below {LEAST_G:g} g they mean nothing"
    )
    yield from (f"  {each}" for each in equivalents(grams))


def _parity(report: Report, rows: Sequence[RatedScore]) -> Iterator[str]:
    """Luccioni and others, FAccT 2024, table 5: inferences that use the energy of the training."""
    from pytest_scer.report.phases import models_of_phase, phase_cost
    from pytest_scer.scoring.estimates import cost_parity
    from pytest_scer.scoring.sci import plural

    trained = models_of_phase(report, "training")
    found = []
    for row in rows:
        per_unit_j = row.score.energy_per_unit_j
        if row.score.phase == "inference" and row.score.model in trained and per_unit_j:
            training = phase_cost(report, row.score.model, "training")
            many = cost_parity(training.energy_j, per_unit_j)
            unit = plural(row.score.unit.name)
            part = " at least (part of it is unmeasured)" if training.unmeasured else ""
            spent = f"{units.quantity(training.energy_j, 'J')}{part}"
            equal = f"{units.significant(many)} {unit}"
            found.append(f"  {row.score.model}: its training, {spent}, equals {equal}")
    if found:
        yield "cost parity of training and inference (Luccioni, Jernite, Strubell, 2024)"
        yield from found


def _life_cycles(
    report: Report, rows: Sequence[RatedScore], arguments: argparse.Namespace
) -> Iterator[str]:
    """A table as that of Luccioni, Viguier, Ligozat, JMLR 24 (2023), for BLOOM."""
    from pytest_scer.report.layout import columns
    from pytest_scer.report.phases import models_of_phase

    models = [
        model for model in models_of_phase(report, "training") if arguments.model in (None, model)
    ]
    if not models:
        return
    cycles = [_life_cycle(report, model, rows, arguments) for model in models]
    yield "life cycle, in CO2e (as Luccioni, Viguier, Ligozat, 2023, for BLOOM)"
    yield from columns(
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
        yield "idle: not known, and in the training's figure (--scer-idle measures it)"
    if report.embodied is None:
        yield "embodied: not known (--scer-embodied)"
    if arguments.requests_per_day is None:
        yield "serving: not known (--requests-per-day)"
    else:
        yield "serving: in the first functional unit of each model (--unit chooses another)"


def _life_cycle(
    report: Report, model: str, rows: Sequence[RatedScore], arguments: argparse.Namespace
) -> LifeCycle:
    from pytest_scer.report.phases import phase_cost
    from pytest_scer.scoring.estimates import LifeCycle

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
    per_day = arguments.requests_per_day
    return LifeCycle(
        training_g=None if training.unmeasured else grams(dynamic_j),
        idle_g=None if idle_j is None else grams(min(idle_j, training.energy_j)),
        embodied_g=embodied_g,
        serving_g_per_day=_unit_g(served[0]) * arguments.units_per_request * per_day
        if served and per_day is not None
        else None,
    )


def _unit_g(row: RatedScore, site: Site | None = None) -> float:
    """Grams of one unit, where it was measured or at a site, embodied emissions included."""
    stated = row.score.score
    assert stated is not None
    operational_g = stated.operational_g if site is None else site.co2e_g(row.score.energy_j)
    return (operational_g + (stated.embodied_g or 0.0)) / stated.units


def _yearly(
    rows: Sequence[RatedScore], sites: Sequence[Site], arguments: argparse.Namespace
) -> Iterator[str]:
    from pytest_scer.report.layout import columns
    from pytest_scer.scoring.estimates import offset_cost, yearly
    from pytest_scer.scoring.sci import fixed_point

    served = [row for row in rows if row.score.phase == "inference"]
    if arguments.requests_per_day is None or not served:
        return
    requests = f"{arguments.requests_per_day:.15g} requests a day"
    yield f"a year of {requests}, {arguments.units_per_request:.15g} functional units each"
    per_day = arguments.requests_per_day * arguments.units_per_request
    cells: dict[str, list[str]] = {"model": [], "place": [], "energy": [], "CO2e": []}
    if arguments.price is not None:
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
            if arguments.price is not None:
                cells["offset"].append(fixed_point(offset_cost(grams, arguments.price)))
    yield from columns(cells, left=("model", "place"))
    yield "; ".join(dict.fromkeys(caveat for row in served for caveat in row.caveats))
    if len(served) == 1:
        here_g = yearly(_unit_g(served[0], sites[0]), per_day)
        yield from _equivalents(here_g, "a year where it was measured")
    else:
        yield "equivalents: choose one with --model and --unit"
