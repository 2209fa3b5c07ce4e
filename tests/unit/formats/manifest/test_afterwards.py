"""What is stated after a session is as if the session had known it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import reports

from pytest_scer.core.intensity import GIVEN, CarbonIntensity
from pytest_scer.formats.manifest.afterwards import applied
from pytest_scer.report.claims import grid_year
from pytest_scer.report.ratings import rated_scores
from pytest_scer.scoring.sci import EmbodiedRate

EVERYTHING = {
    "intensity": "56",
    "place": "France",
    "approach": "location-based",
    "grid-source": "RTE",
    "grid-year": "2024",
    "pue": "1.2",
    "pue-source": "operator",
    "embodied": "36",
    "embodied-source": "vendor",
}


def test_everything_can_be_stated() -> None:
    made = applied(reports.three_models(), EVERYTHING)
    grid = made.carbon_intensity
    assert (grid.g_per_kwh, grid.place, grid.approach) == (56.0, "France", "location-based")
    assert (grid.stated_source, grid_year(grid, "2026-01-01")) == ("RTE", 2024)
    assert (made.pue, made.pue_source) == (1.2, "operator")
    assert made.embodied is not None
    assert made.embodied.parts == (EmbodiedRate(36.0),)
    assert rated_scores(made)[0].claim == "SCI 1.1"


def test_nothing_stated_changes_nothing() -> None:
    assert applied(reports.three_models(), {}) == reports.three_models()


def test_an_intensity_of_the_session_can_be_described() -> None:
    given = CarbonIntensity(56.0, "as given by --scer-intensity", "--scer-intensity", GIVEN)
    made = replace(reports.three_models(), carbon_intensity=given)
    assert (given.place, given.approach, given.stated_source) == (None, None, None)
    described = {name: EVERYTHING[name] for name in ("place", "approach", "grid-source")}
    grid = applied(made, described).carbon_intensity
    assert (grid.place, grid.approach, grid.stated_source) == ("France", "location-based", "RTE")


def test_a_country_is_looked_up() -> None:
    grid = applied(reports.three_models(), {"country": "fra"}).carbon_intensity
    assert (grid.location, grid.approach) == ("France", "location-based")


def test_a_new_figure_needs_a_new_source() -> None:
    made = replace(reports.three_models(), pue=1.5, pue_source="operator")
    assert applied(made, {"pue": "1.1"}).pue_source is None


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"place": "France"}, "--place describes an intensity that you give: add --intensity"),
        ({"pue": "0.5"}, "--pue: '0.5' is not a PUE"),
        ({"pue": "x"}, "--pue: could not convert"),
        ({"intensity": "-1"}, "--intensity: '-1' is not a carbon intensity"),
        ({"intensity": "nan"}, "--intensity: 'nan' is not a carbon intensity"),
        ({"intensity": "5", "country": "FRA"}, "contradict each other"),
        ({"region": "x"}, "--region: give its --country"),
        ({"country": "ZZZ"}, "--country: unknown country"),
        ({"grid-year": "1889"}, "--grid-year: '1889' is not the year"),
        ({"intensity": "5", "approach": "best"}, "--approach: expected location-based or"),
        ({"embodied": "0"}, "--embodied: grams per hour must be"),
        ({"embodied-source": "x"}, "add --embodied"),
        ({"pue-source": "approved"}, "--pue-source: the word 'approved' is refused"),
        ({"colour": "x"}, "--colour cannot be stated"),
    ],
)
def test_what_is_wrong_names_its_option(stated: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        applied(reports.three_models(), stated)
