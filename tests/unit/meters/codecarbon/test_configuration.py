"""CodeCarbon's configuration, with the source of each value."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_scer.core.intensity import Place
from pytest_scer.meters.codecarbon.configuration import Configuration, configuration

NOTHING_CONFIGURED = Configuration({}, {})


def configured(**values: str) -> Configuration:
    return Configuration(values, dict.fromkeys(values, "a file"))


def test_codecarbons_configuration_is_read_with_its_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".codecarbon.config"
    file.write_text("[codecarbon]\ncountry_iso_code = FRA\npue = 1.2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("CODECARBON_PUE", "1.3")
    found = configuration()
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
