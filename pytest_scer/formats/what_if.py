"""``what-if``: stored energy as CO2e in other locations, parity, life cycle and equivalents."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from tabulate import tabulate

from pytest_scer.core import units
from pytest_scer.core.units import plural
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.accuracy import YEARLY_GRID
from pytest_scer.report.model import Report
from pytest_scer.report.phases import models_of_phase, phase_cost
from pytest_scer.report.ratings import RatedScore
from pytest_scer.scoring import estimates
from pytest_scer.scoring.equivalents import LEAST_G, equivalents
from pytest_scer.scoring.estimates import LifeCycle, Site, cost_parity, what_if
from pytest_scer.scoring.projection import served_per_day_g, spread
from pytest_scer.scoring.sci import fixed_point

LIVE: Final = "live"
"""The basis of a site whose intensity was looked up live."""
GIVEN: Final = "given"
"""The basis of a site whose intensity the user gave."""
INTERVAL: Final = "the interval is what another session here would show"
_BY_THE_HOUR: Final = f"{YEARLY_GRID.high:.0%}"
NO_INTERVAL: Final = "no interval: the uncertainty of the measurement is unknown"


@dataclass(frozen=True)
class Energy:
    """What is converted.

    Attributes:
        name: The session, or the tests of a model.
        joules: Its IT energy.
        relative: Half-width of its 95 % interval as a share of it; None if unknown.
        digits: The significant digits that it deserves in text.
    """

    name: str
    joules: float
    relative: float | None
    digits: int


def grams_between(ends: tuple[float, float] | None, digits: int) -> str:
    """An interval in the unit of its upper end, as in ``160 to 262 kg``; ``-`` if unknown."""
    if ends is None:
        return "-"
    symbol, size = units.scale_of(ends[1], "g")
    low, high = (units.significant(end / size, digits) for end in ends)
    return f"{low} to {high} {symbol}"


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


def elsewhere(
    energy: Energy, sites: Sequence[Site], *, plausible: str | None = None
) -> Iterator[str]:
    """Yield a table of the energy's CO2e at each site, the lowest first.

    Args:
        energy: What is converted.
        sites: The place of the measurement, then the others.
        plausible: How far the energy may be off, in words; None if that is unknown.
    """
    joules, digits = energy.joules, energy.digits
    yield f"{units.quantity(joules, 'J', digits=digits)} of IT energy, {energy.name}"
    here_g = sites[0].co2e_g(joules)
    ranked = what_if(joules, sites)
    yield from table(
        {
            "place": [site.name for site, _ in ranked],
            "g per kWh": [f"{site.g_per_kwh:g}" for site, _ in ranked],
            "year": [site.basis or "-" for site, _ in ranked],
            "PUE": [f"{site.pue:g}" for site, _ in ranked],
            "CO2e": [units.quantity(grams, "g", digits=digits) for _, grams in ranked],
            "95 % interval": [
                grams_between(spread(grams, energy.relative), digits) for _, grams in ranked
            ],
            "change": [
                "" if site is sites[0] or not here_g else f"{100 * (grams / here_g - 1):+.0f}%"
                for site, grams in ranked
            ],
        },
        left=("place",),
    )
    yield f"operational emissions only; {NO_INTERVAL if energy.relative is None else INTERVAL}"
    if plausible is not None:
        yield f"{plausible}, given how accurate the meters are"
    yield from _intensities(sites)


def _intensities(sites: Sequence[Site]) -> Iterator[str]:
    """Yield what the intensities are, and where those of tables come from."""
    bases = {site.basis for site in sites}
    if LIVE in bases:
        yield f"{LIVE}: the intensity while the tests ran, not that of a year"
    if GIVEN in bases:
        yield f"{GIVEN}: an intensity that the user stated"
    if bases - {LIVE, GIVEN}:
        which = "the others" if bases & {LIVE, GIVEN} else "grid intensities"
        yield f"{which} are yearly averages; by the hour, emissions differ by up to {_BY_THE_HOUR}"
    places: dict[str, list[str]] = {}
    for site in sites:
        if site.source:
            places.setdefault(site.source, []).append(site.name)
    yield from (f"  {', '.join(names)}: {source}" for source, names in places.items())


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
    yield from equivalents_of(grams, "as measured")


def table(cells: Mapping[str, Sequence[str]], left: Collection[str]) -> list[str]:
    """Lay out named columns, left-aligned if in ``left``, otherwise right-aligned."""
    align = ["left" if name in left else "right" for name in cells]
    laid_out = tabulate(cells, "keys", tablefmt="plain", colalign=align, disable_numparse=True)
    return [line.rstrip() for line in laid_out.splitlines()]


def equivalents_of(grams: float, when: str) -> Iterator[str]:
    """Yield everyday equivalents of some grams, each with its source."""
    yield f"equivalents of {units.quantity(grams, 'g', suffix='CO2e')} {when}:" + (
        "" if grams >= LEAST_G else f" none, they are meaningless below {LEAST_G:g} g"
    )
    found = equivalents(grams)
    yield from (f"  {each}" for each in found)
    if found:
        yield "  sources differ; caveats: pytest-scer sources equivalents, pytest-scer sources tree"


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
    yield from table(
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
        serving_g_per_day=served_per_day_g(served[0].score, service.units_per_request * per_day)
        if served and per_day is not None
        else None,
    )
