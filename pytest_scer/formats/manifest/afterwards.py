"""What is stated about a report after its session: place, PUE, embodied emissions, sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from pytest_scer.core.claims import without_claims
from pytest_scer.core.intensity import (
    APPROACHES,
    GIVEN,
    WORLD_AVERAGE,
    CarbonIntensity,
    Place,
    parse_year,
)
from pytest_scer.report.model import Report
from pytest_scer.scoring.sci import parse_embodied

_Value = TypeVar("_Value")

OPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "country": ("ISO3", "where the electricity came from (ISO 3166-1 alpha-3)"),
    "region": ("NAME", "a region of --country, where CodeCarbon knows it"),
    "intensity": ("G", "carbon intensity in grams of CO2e per kWh, instead of a table's"),
    "place": ("TEXT", "the place that --intensity is about"),
    "approach": ("NAME", f"how --intensity was determined: {' or '.join(APPROACHES)}"),
    "grid-source": ("TEXT", "where --intensity comes from"),
    "grid-year": ("YEAR", "the year of the carbon intensity"),
    "pue": ("X", "power usage effectiveness of the data centre, at least 1"),
    "pue-source": ("TEXT", "where the PUE comes from, or why there is none"),
    "embodied": ("G", 'embodied emissions: grams per hour, or "TE=1200 kg, EL=4 y"'),
    "embodied-source": ("TEXT", "where the figures of the embodied emissions come from"),
}
"""The options of ``pytest-scer manifest`` for what the session did not state: metavar and help."""
_OF_GIVEN: Final = {"place": "place", "approach": "approach", "grid-source": "grid"}


def applied(report: Report, stated: Mapping[str, str]) -> Report:
    """Return a report with what was stated afterwards, as if the session had known it.

    Args:
        report: The report.
        stated: Texts by the names of :data:`OPTIONS`.

    Raises:
        ValueError: A text is invalid, or states something about another figure; the message names
            its option.
    """
    if unknown := sorted(set(stated) - set(OPTIONS)):
        raise ValueError(f"--{unknown[0]} cannot be stated afterwards")
    for name in ("place", "grid-source", "pue-source", "embodied-source"):
        if name in stated:
            _named(name, without_claims, stated[name])
    report = replace(report, carbon_intensity=_intensity(report.carbon_intensity, stated))
    if "pue" in stated:
        report = replace(report, pue=_named("pue", _pue, stated["pue"]), pue_source=None)
    if "embodied" in stated:
        embodied = _named("embodied", parse_embodied, stated["embodied"])
        report = replace(report, embodied=embodied, embodied_source=None)
    if "embodied-source" in stated and report.embodied is None:
        raise ValueError("--embodied-source: the report has no embodied emissions; add --embodied")
    return replace(
        report,
        pue_source=stated.get("pue-source", report.pue_source),
        embodied_source=stated.get("embodied-source", report.embodied_source),
    )


def _intensity(grid: CarbonIntensity, stated: Mapping[str, str]) -> CarbonIntensity:
    if "country" in stated and "intensity" in stated:
        raise ValueError("--country and --intensity contradict each other: give one of them")
    if "region" in stated and "country" not in stated:
        raise ValueError("--region: give its --country")
    if "country" in stated:
        from pytest_scer.meters.codecarbon.grids import carbon_intensity

        grid = carbon_intensity(
            Place(
                country=stated["country"].upper(), region=stated.get("region"), source="--country"
            )
        )
    elif "intensity" in stated:
        g_per_kwh = _named("intensity", _positive, stated["intensity"])
        grid = CarbonIntensity(g_per_kwh, "as given by --intensity", "--intensity", GIVEN)
    for name in _OF_GIVEN:
        if name in stated and not grid.is_given:
            more = "" if grid.location != WORLD_AVERAGE else ", or --country"
            raise ValueError(
                f"--{name} describes an intensity that you give: add --intensity{more}"
            )
    about = {key: stated[name] for name, key in _OF_GIVEN.items() if name in stated}
    if about.get("approach") not in (None, *APPROACHES):
        raise ValueError(f"--approach: expected {' or '.join(APPROACHES)}")
    if "grid-year" in stated:
        about["year"] = str(_named("grid-year", parse_year, stated["grid-year"]))
    return grid.described(about)


def _named(name: str, parse: Callable[[str], _Value], text: str) -> _Value:
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"--{name}: {error}") from None


def _positive(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1e6:
        raise ValueError(f"{text!r} is not a carbon intensity in grams per kWh")
    return value


def _pue(text: str) -> float:
    value = float(text)
    if not 1 <= value <= 1e6:
        raise ValueError(f"{text!r} is not a PUE: expected at least 1")
    return value
