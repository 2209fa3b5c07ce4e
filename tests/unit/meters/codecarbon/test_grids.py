"""Carbon intensities agree with those of CodeCarbon's own code."""

from __future__ import annotations

import pytest
from codecarbon.core.emissions import Emissions
from codecarbon.core.units import Energy
from codecarbon.external.geography import CloudMetadata, GeoMetadata
from codecarbon.input import DataSource

from pytest_scer.core.intensity import Place
from pytest_scer.meters.codecarbon.grids import UnknownPlace, carbon_intensity


@pytest.mark.parametrize("country", ["FRA", "DEU", "USA", "CAN", "CHN", "SWE", "IND", "BRA", "fra"])
def test_a_country_is_what_codecarbon_says(country: str) -> None:
    geo = GeoMetadata(country_iso_code=country.upper())
    kilograms = Emissions(DataSource()).get_private_infra_emissions(Energy(1.0), geo)
    grid = carbon_intensity(Place(country=country, source="--scer-country"))
    assert grid.g_per_kwh == pytest.approx(1000 * kilograms)
    assert grid.year is not None
    assert grid.year >= 2020


def test_every_country_of_the_table_can_be_looked_up() -> None:
    countries = [code for code in DataSource().get_global_energy_mix_data() if len(code) == 3]
    assert len(countries) > 150
    for country in countries:
        assert carbon_intensity(Place(country=country)).g_per_kwh >= 0


@pytest.mark.parametrize(
    ("country", "region"),
    [
        ("USA", "california"),
        ("USA", "Texas"),
        ("CAN", "quebec"),
        ("CHN", "yunnan"),
        ("SWE", "se1"),
        ("NOR", "NO2"),
    ],
)
def test_a_region_is_what_codecarbon_says(country: str, region: str) -> None:
    geo = GeoMetadata(country_iso_code=country, region=region)
    kilograms = Emissions(DataSource()).get_private_infra_emissions(Energy(1.0), geo)
    grid = carbon_intensity(Place(country=country, region=region))
    assert grid.g_per_kwh == pytest.approx(1000 * kilograms)
    assert grid.g_per_kwh != pytest.approx(carbon_intensity(Place(country=country)).g_per_kwh)
    assert region in grid.location


@pytest.mark.parametrize("region", ["europe-north1", "us-central1", "asia-south1"])
def test_a_cloud_region_is_what_codecarbon_says(region: str) -> None:
    cloud = CloudMetadata(provider="gcp", region=region)
    kilograms = Emissions(DataSource()).get_cloud_emissions(Energy(1.0), cloud)
    grid = carbon_intensity(Place(cloud=f"gcp/{region}"))
    assert grid.g_per_kwh == pytest.approx(1000 * kilograms)


def test_every_cloud_region_of_the_table_can_be_looked_up() -> None:
    table = DataSource().get_cloud_emissions_data()
    for provider, region in zip(table["provider"], table["region"], strict=True):
        assert carbon_intensity(Place(cloud=f"{provider}/{region}")).g_per_kwh >= 0


def test_nothing_said_is_the_world_average() -> None:
    grid = carbon_intensity(Place())
    assert grid.location == "world average"
    world = DataSource().get_carbon_intensity_per_source_data()["world_average"]
    assert grid.g_per_kwh == world


def test_a_given_intensity_stands_in_for_every_table() -> None:
    grid = carbon_intensity(Place(g_per_kwh=0.0, source="--scer-intensity"))
    assert grid.g_per_kwh == 0.0
    assert "--scer-intensity" in grid.location


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (Place(country="XYZ", source="--scer-country"), ["--scer-country", "'XYZ'", "FRA"]),
        (
            Place(country="USA", region="bavaria", source="--scer-region"),
            ["--scer-region", "'bavaria'", "california"],
        ),
        (
            Place(country="FRA", region="bretagne", source="--scer-region"),
            ["'bretagne'", "no regions of France", "leave it out"],
        ),
        (Place(cloud="gcp/moon-1", source="--scer-cloud"), ["'gcp/moon-1'", "europe-north1"]),
        (
            Place(cloud="ibm/eu-de", source="--scer-cloud"),
            ["'ibm/eu-de'", "only knows", "of gcp;"],
        ),
    ],
)
def test_an_unknown_place_is_refused_with_a_remedy(place: Place, says: list[str]) -> None:
    with pytest.raises(UnknownPlace) as refused:
        carbon_intensity(place)
    for words in says:
        assert words in str(refused.value)
