"""Grids, chips and configuration, as CodeCarbon knows them."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest
from codecarbon.core.emissions import Emissions
from codecarbon.core.units import Energy
from codecarbon.external.geography import CloudMetadata, GeoMetadata
from codecarbon.input import DataSource

from pytest_scer.core.intensity import Place
from pytest_scer.meters import codecarbon
from pytest_scer.meters.base import Provenance, TrackingMode
from pytest_scer.meters.codecarbon import Configuration, Request, UnknownPlace, carbon_intensity

NOTHING_CONFIGURED = Configuration({}, {})


def configured(**values: str) -> Configuration:
    return Configuration(values, dict.fromkeys(values, "a file"))


# Grids: read from CodeCarbon's files, they have to be what CodeCarbon's own code makes of them


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
        (Place(cloud="ibm/eu-de", source="--scer-cloud"), ["'ibm/eu-de'", "regions of gcp only"]),
    ],
)
def test_an_unknown_place_is_refused_with_a_remedy(place: Place, says: list[str]) -> None:
    with pytest.raises(UnknownPlace) as refused:
        carbon_intensity(place)
    for words in says:
        assert words in str(refused.value)


# Configuration


def test_codecarbons_configuration_is_read_with_its_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".codecarbon.config"
    file.write_text("[codecarbon]\ncountry_iso_code = FRA\npue = 1.2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("CODECARBON_PUE", "1.3")
    found = codecarbon.configuration()
    assert found.number("pue") == 1.3
    assert found.sources["pue"] == "CODECARBON_PUE"
    assert found.place() == Place(country="FRA", source=str(file))


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({}, None),
        ({"project_name": "x"}, None),
        (
            {"force_carbon_intensity_g_co2e_kwh": "42", "country_iso_code": "FRA"},
            Place(g_per_kwh=42.0, source="a file"),
        ),
        (
            {"cloud_provider": "gcp", "cloud_region": "europe-north1", "country_iso_code": "FRA"},
            Place(cloud="gcp/europe-north1", source="a file"),
        ),
        (
            {"country_iso_code": "USA", "region": "california"},
            Place(country="USA", region="california", source="a file"),
        ),
    ],
)
def test_the_place_of_the_configuration(values: dict[str, str], place: Place | None) -> None:
    assert configured(**values).place() == place


def test_a_number_that_is_none_is_refused_with_its_source() -> None:
    with pytest.raises(ValueError, match="a file: pue = 'much' is not a number"):
        configured(pue="much").number("pue")


# The watts of a hardware thread: the chip's TDP over the chip's threads


@pytest.mark.parametrize(
    ("model", "virtual", "logical", "watts"),
    [
        ("AMD EPYC 7763 64-Core Processor", True, 4, 280 / 128),  # not 280 W over 4 threads
        ("AMD EPYC 7763 64-Core Processor", False, 256, 280 / 128),  # two sockets
        ("Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz", False, 12, 95 / 12),
        ("Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz", True, 2, 4.0),  # how many has the chip?
        ("Intel(R) Xeon(R) Processor", True, 2, 4.0),
        ("", False, 8, 4.0),
    ],
)
def test_watts_of_a_thread(
    model: str, virtual: bool, logical: int, watts: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codecarbon, "cpu_model", lambda: model)
    monkeypatch.setattr(codecarbon, "_is_virtual", lambda: virtual)
    monkeypatch.setattr(codecarbon, "_sockets", lambda: 1)
    monkeypatch.setattr("psutil.cpu_count", lambda: logical)
    found, why = codecarbon._thread_w(NOTHING_CONFIGURED)
    assert found == pytest.approx(watts)
    assert why


def test_the_users_cpu_power_is_that_of_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.cpu_count", lambda: 8)
    found, why = codecarbon._thread_w(configured(force_cpu_power="120"))
    assert found == 15.0
    assert "a file" in why


# The meter of this machine


def test_components_that_do_not_count_are_absent() -> None:
    meter = codecarbon.open_meter(Request(frozenset({"ram"})), NOTHING_CONFIGURED)
    reading, totals = meter.read(), meter.host_totals()
    assert meter.infos["ram"].provenance is Provenance.CONSTANT
    assert meter.infos["cpu"].provenance is Provenance.ABSENT
    assert meter.infos["gpu"].provenance is Provenance.ABSENT
    assert (reading.cpu_j, reading.gpu_j) == (None, None)
    assert (totals.cpu_j, totals.gpu_j) == (None, None)
    assert totals.ram_j is not None
    meter.close()


def test_the_users_ram_power_is_charged_by_the_second() -> None:
    request = Request(frozenset({"ram"}))
    meter = codecarbon.open_meter(request, configured(force_ram_power="50"))
    start, end = meter.read(), meter.read()
    assert start.ram_j is not None
    assert end.ram_j is not None
    assert end.ram_j - start.ram_j == pytest.approx(50 * (end.time_s - start.time_s))
    assert "a file" in meter.infos["ram"].detail
    meter.close()


def test_workers_of_one_host_share_its_constant_power() -> None:
    alone = codecarbon.open_meter(Request(frozenset({"ram"})), NOTHING_CONFIGURED)
    shared = codecarbon.open_meter(Request(frozenset({"ram"}), concurrent=4), NOTHING_CONFIGURED)
    watts = []
    for meter in (alone, shared):
        start = meter.read()
        time.sleep(0.05)  # a cumulative count has few digits for less
        end = meter.read()
        assert start.ram_j is not None
        assert end.ram_j is not None
        watts.append((end.ram_j - start.ram_j) / (end.time_s - start.time_s))
        meter.close()
    assert watts[1] == pytest.approx(watts[0] / 4)
    assert "shared by the tests that run at a time" in shared.infos["ram"].detail
    assert "shared" not in alone.infos["ram"].detail


def test_constant_power_is_charged_by_the_clock_that_the_meter_is_told() -> None:
    meter = codecarbon.open_meter(Request(frozenset({"ram"}), concurrent=4), NOTHING_CONFIGURED)
    told_s = iter([3.0, 5.0])
    meter.share_constant(lambda _: next(told_s))
    start, end = meter.read(), meter.read()
    meter.close()
    assert start.ram_j is not None
    assert end.ram_j is not None
    watts = float(meter.infos["ram"].source.split()[0])
    assert end.ram_j - start.ram_j == pytest.approx(2 * watts, rel=0.01)


def test_a_modelled_cpu_is_charged_its_cpu_seconds() -> None:
    request = Request(frozenset({"cpu"}), TrackingMode.PROCESS)
    meter = codecarbon.open_meter(request, configured(force_cpu_power="100"))
    assert meter.infos["cpu"].provenance is Provenance.MODELLED
    assert meter.infos["cpu"].tracking_mode is TrackingMode.PROCESS
    thread_w, _ = codecarbon._thread_w(configured(force_cpu_power="100"))
    start = meter.read()
    sum(range(10**6))
    end = meter.read()
    assert start.cpu_j is not None
    assert end.cpu_j is not None
    assert end.cpu_time_s > start.cpu_time_s
    assert end.cpu_j - start.cpu_j == pytest.approx(thread_w * (end.cpu_time_s - start.cpu_time_s))
    meter.close()


def test_codecarbons_logger_is_silent_and_left_as_it_was() -> None:
    logger = logging.getLogger("codecarbon")
    with codecarbon.quiet():
        assert logger.disabled
    assert not logger.disabled
