"""``pytest-scer what-if REPORT``: the same energy in other locations, and over a year."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.numbers import at_least
from pytest_scer.cli.saying import say

if TYPE_CHECKING:
    from pytest_scer.core.intensity import CarbonIntensity
    from pytest_scer.formats.what_if import Energy
    from pytest_scer.report.model import Report
    from pytest_scer.scoring.estimates import Site

HELP = "convert the stored energy to CO2e in other locations, and over a year of requests"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the report, the locations, and how the model is used."""
    positive = at_least(0)
    parser.add_argument("report", type=Path, metavar="REPORT")
    parser.add_argument("--model", help="only this model")
    parser.add_argument("--unit", help="only serving in this functional unit, as in token")
    parser.add_argument(
        "--country",
        action="append",
        default=[],
        metavar="ISO3",
        help="a country to convert for; may be given several times",
    )
    parser.add_argument("--region", metavar="NAME", help="a region of the one --country given")
    parser.add_argument(
        "--cloud",
        action="append",
        default=[],
        metavar="PROVIDER/REGION",
        help="a cloud region to convert for; may be given several times",
    )
    parser.add_argument(
        "--intensity",
        action="append",
        default=[],
        type=positive,
        metavar="G",
        help="g per kWh to convert with; may be given several times",
    )
    parser.add_argument(
        "--pue",
        type=at_least(1),
        metavar="X",
        help="PUE in those locations (default: the report's)",
    )
    parser.add_argument(
        "--requests-per-day", type=positive, metavar="N", help="requests that the model serves"
    )
    parser.add_argument(
        "--units-per-request",
        type=positive,
        default=1.0,
        metavar="N",
        help="functional units per request, such as tokens (default: 1)",
    )
    parser.add_argument(
        "--price", type=positive, metavar="P", help="price of offsetting a tonne, in any currency"
    )
    parser.add_argument(
        "--wue", type=positive, metavar="L", help="litres of water on site per IT kWh"
    )
    parser.add_argument(
        "--water-intensity", type=positive, metavar="L", help="litres of water to generate a kWh"
    )


def run(arguments: argparse.Namespace) -> int:
    """Convert the energy in the report, and print the results."""
    from pytest_scer.formats import what_if
    from pytest_scer.formats.accuracy import true_figure
    from pytest_scer.formats.yearly import yearly_service
    from pytest_scer.report.ratings import rated_scores
    from pytest_scer.report.reading import read_report

    report = read_report(arguments.report)
    rows = [
        row
        for row in rated_scores(report)
        if row.score.score is not None
        and arguments.model in (None, row.score.model)
        and arguments.unit in (None, row.score.unit.name)
    ]
    energy = _energy(report, arguments)
    sites = _sites(report, arguments)
    service = what_if.Service(
        requests_per_day=arguments.requests_per_day,
        units_per_request=arguments.units_per_request,
        price_per_tonne=arguments.price,
        wue_l_per_kwh=arguments.wue,
        water_l_per_kwh=arguments.water_intensity,
    )
    is_session = arguments.model is None
    plausible = true_figure(report.plausible_j, energy.joules) if is_session else None
    blocks = [
        what_if.elsewhere(energy, sites, plausible=plausible),
        what_if.side_costs(report, energy.joules, service),
        what_if.parity(report, rows),
        what_if.life_cycles(report, rows, arguments.model, service),
        yearly_service(rows, sites, service),
    ]
    printed = ("\n".join(lines) for block in blocks if (lines := list(block)))
    say("\n\n".join(printed))
    return OK


def _energy(report: Report, arguments: argparse.Namespace) -> Energy:
    """Return what is converted: the session, or all phases of a model."""
    from pytest_scer.core.uncertainty import sum_of
    from pytest_scer.formats.what_if import Energy
    from pytest_scer.report.build import relative_of_session
    from pytest_scer.report.phases import models_of_phase, phase_cost

    if arguments.model is None:
        if report.totals.total_j is None:
            raise ValueError(f"{arguments.report}: the session's energy was not measured")
        return Energy(
            "the session", report.totals.total_j, relative_of_session(report), report.digits
        )
    phases = ("training", "inference")
    known = sorted({model for phase in phases for model in models_of_phase(report, phase)})
    if arguments.model not in known:
        raise ValueError(
            f"--model {arguments.model}: the models of the report are {', '.join(known) or 'none'}"
        )
    costs = [phase_cost(report, arguments.model, phase) for phase in (*phases, None)]
    joules = sum(cost.energy_j for cost in costs)
    around_j = sum_of([cost.uncertainty_j for cost in costs])
    relative = None if around_j is None or joules <= 0 else around_j / joules
    return Energy(f"the tests of {arguments.model}", joules, relative, report.digits)


def _sites(report: Report, arguments: argparse.Namespace) -> list[Site]:
    """Return the location of the measurement, then those that the user gave."""
    from pytest_scer.core.intensity import Place
    from pytest_scer.formats.what_if import GIVEN
    from pytest_scer.meters.codecarbon.grids import carbon_intensity
    from pytest_scer.scoring.estimates import Site

    if arguments.region is not None and len(arguments.country) != 1:
        raise ValueError("--region: give exactly one --country, the one it is in")
    places = [
        Place(country=country.upper(), region=arguments.region, source="--country")
        for country in arguments.country
    ]
    places += [Place(cloud=cloud, source="--cloud") for cloud in arguments.cloud]
    grids = [carbon_intensity(place) for place in places]
    pue = report.pue if arguments.pue is None else arguments.pue
    here = report.carbon_intensity
    sites = [_site(here, report.pue, f"as measured ({here.location})")]
    sites += [_site(grid, pue, grid.location) for grid in grids]
    sites += [Site(f"{given:g} g per kWh", given, pue, GIVEN) for given in arguments.intensity]
    if pue != report.pue and len(sites) == 1:
        sites.append(_site(here, pue, here.location))
    return sites


def _site(grid: CarbonIntensity, pue: float, name: str) -> Site:
    """Return a site with this grid, and what its intensity is."""
    from pytest_scer.formats.what_if import GIVEN, LIVE
    from pytest_scer.scoring.estimates import Site

    if grid.is_live:
        basis = LIVE
    elif grid.is_given:
        basis = GIVEN
    else:
        basis = str(grid.year or "")
    return Site(name, grid.g_per_kwh, pue, basis, grid.stated_source or "")
