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


@pytest.mark.parametrize(
    ("key", "text", "says"),
    [
        ("pue", "much", "'much' is not a number"),
        ("pue", "", "'' is not a number"),
        ("pue", "0.99", "0.99 is less than 1"),
        ("pue", "nan", "nan is not a finite number"),
        ("wue", "-1", "-1 is less than 0"),
        ("wue", "inf", "inf is not a finite number"),
        ("force_cpu_power", "-5", "-5 is less than 0"),
        ("force_ram_power", "nan", "nan is not a finite number"),
        ("force_carbon_intensity_g_co2e_kwh", "-3", "-3 is less than 0"),
        ("force_carbon_intensity_g_co2e_kwh", "1e308", "1e308 is more than 1e+09"),
    ],
)
def test_a_bad_number_is_refused_with_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, text: str, says: str
) -> None:
    with pytest.raises(ValueError, match="a file: ") as refused:
        configured(**{key: text}).number(key)
    assert str(refused.value) == f"a file: {key} = {says}"
    (tmp_path / ".codecarbon.config").write_text(f"[codecarbon]\n{key} = {text}\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=key):  # whether or not anything asks for it
        configuration()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"pue = 1.2\n", "no section headers"),
        (b"[codecarbon]\nnot a line\n", "parsing errors"),
        (b"[codecarbon]\npue = 1\npue = 2\n", "already exists"),
        (b"[codecarbon]\nproject_name = 5%\n", "project_name"),
        (b"[codecarbon]\npue = \xff\n", "can't decode"),
        (None, "symbolic links"),
    ],
)
@pytest.mark.parametrize("where", ["home", "here"])
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, content: bytes | None, says: str
) -> None:
    for name in ("home", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    file = tmp_path / where / ".codecarbon.config"
    if content is None:
        file.symlink_to(file.name)
    else:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=says) as refused:
        configuration()
    assert str(refused.value).startswith(f"{file}: ")
    assert "\n" not in str(refused.value)
