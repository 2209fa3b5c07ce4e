"""Where the electricity comes from, and which of several settings takes precedence."""

from __future__ import annotations

import pytest
from suite import Json, Suite

SOURCES = {
    "marker": "",
    "command line": "--scer-country=FRA",
    "configuration": "scer_country = DEU",
    "environment": "NOR",
    "codecarbon": "[codecarbon]\ncountry_iso_code = SWE\npue = 1.4\nwue = 0.5\n",
}


def intensity(suite: Suite, *args: str) -> Json:
    suite.conftest(grid=False)
    return dict(suite.measure("def test_it(): spend(cpu=3.6e6)", *args).json["carbon_intensity"])


def test_nothing_given_is_the_world_average(suite: Suite) -> None:
    grid = intensity(suite)
    assert grid["location"] == "world average"
    assert grid["year"] is not None
    assert "CodeCarbon" in grid["source"]


def test_the_nearest_saying_counts(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    (suite.path / ".codecarbon.config").write_text(SOURCES["codecarbon"])
    assert intensity(suite)["location"] == "Sweden"
    monkeypatch.setenv("CODECARBON_COUNTRY_ISO_CODE", SOURCES["environment"])
    assert intensity(suite)["location"] == "Norway"
    suite.ini(SOURCES["configuration"])
    assert intensity(suite)["location"] == "Germany"
    assert intensity(suite, SOURCES["command line"])["location"] == "France"
    grid = intensity(suite, "--scer-intensity=42")
    assert (grid["g_per_kwh"], grid["year"]) == (42, None)
    assert "--scer-intensity" in grid["location"]


def test_a_cloud_region(suite: Suite) -> None:
    grid = intensity(suite, "--scer-cloud=gcp/europe-north1")
    assert grid["location"] == "gcp/europe-north1 (Hamina, Finland)"


def test_a_region(suite: Suite) -> None:
    grid = intensity(suite, "--scer-country=USA", "--scer-region=california")
    assert grid["location"] == "california, United States"


def test_an_intensity_turns_joules_into_grams(suite: Suite) -> None:
    suite.conftest(grid=False)
    ran = suite.measure(
        "@pytest.mark.scer('60 g')\ndef test_it(): spend(cpu=3.6e6)",
        "--scer-intensity=42",
        "--scer-pue=1.5",
    )
    assert ran.test("test_it")["measurement"]["co2e_g"] == pytest.approx(63)
    assert ran.verdicts("test_it") == ["exceeded"]


def test_the_site_may_come_from_codecarbons_configuration(suite: Suite) -> None:
    (suite.path / ".codecarbon.config").write_text(SOURCES["codecarbon"])
    suite.write("def test_it(): pass")
    report = suite.run("--scer-output=report.json").json
    assert (report["pue"], report["wue_l_per_kwh"]) == (1.4, 0.5)
    report = suite.run("--scer-output=report.json", "--scer-pue=1.1").json
    assert (report["pue"], report["wue_l_per_kwh"]) == (1.1, 0.5)


def test_a_hook_may_say_it(suite: Suite) -> None:
    grid = suite.measure("def test_it(): pass", "--scer-country=FRA").json["carbon_intensity"]
    assert grid["location"] == "simulated grid"


IMPLAUSIBLE = {
    "options": ("", ["--scer-intensity=99999", "--scer-pue=50"], "--scer-intensity", "--scer-pue"),
    "ini": (
        "scer_intensity = 99999\nscer_pue = 50",
        [],
        "scer_intensity (tox.ini)",
        "scer_pue (tox.ini)",
    ),
    "codecarbon": (
        "force_carbon_intensity_g_co2e_kwh = 99999\npue = 50",
        [],
        ".codecarbon.config",
        ".codecarbon.config",
    ),
}


@pytest.mark.parametrize("case", IMPLAUSIBLE)
@pytest.mark.parametrize("wakes", [["--scer-report"], []], ids=["report", "marks"])
def test_figures_that_no_site_has_get_a_warning(suite: Suite, case: str, wakes: list[str]) -> None:
    lines, args, of_grid, of_site = IMPLAUSIBLE[case]
    suite.conftest(grid=False)
    if case == "ini":
        suite.ini(lines)
    elif lines:
        (suite.path / ".codecarbon.config").write_text(f"[codecarbon]\n{lines}\n")
    suite.write("@pytest.mark.scer\ndef test_it(): spend(cpu=1)")
    ran = suite.run(*args, *wakes)
    ran.passed(passed=1)
    said = " ".join(ran.text.split())
    assert f"{of_grid}: 99999 g per kWh is not plausible: " in said
    assert "accept at most 2000" in said
    assert f"{of_site}: a PUE of 50 is not plausible: " in said
    assert "accept at most 3" in said


def test_figures_that_a_site_has_get_none(suite: Suite) -> None:
    suite.conftest(grid=False)
    suite.write("def test_it(): spend(cpu=1)")
    ran = suite.run("--scer-report", "--scer-intensity=2000", "--scer-pue=3")
    assert "plausible" not in ran.text


@pytest.mark.parametrize("figure", ["nan", "-1.0", "inf"])
def test_a_hook_must_say_a_number(suite: Suite, figure: str) -> None:
    suite.conftest(
        f"""
        from pytest_scer.core.intensity import CarbonIntensity

        def pytest_scer_carbon_intensity():
            return CarbonIntensity(float("{figure}"), "here", "a test", "a guess")
        """,
        grid=False,
    )
    suite.write("def test_it(): spend(cpu=1)")
    ran = suite.run("--scer-report")
    assert ran.exit_status == 4
    assert "pytest_scer_carbon_intensity: " in ran.text


def test_an_output_that_codecarbon_would_give_is_named(suite: Suite) -> None:
    (suite.path / ".codecarbon.config").write_text("[codecarbon]\noutput_methods = csv, api\n")
    suite.write("@pytest.mark.scer\ndef test_it(): spend(cpu=1)")
    wanted = ".codecarbon.config: output_methods (api): pytest-scer sends nothing to CodeCarbon's"
    marked = suite.run()
    marked.passed(passed=1)
    assert wanted in " ".join(marked.text.split())
    ran = suite.measure("def test_it(): spend(cpu=1)", "--scer-output=emissions.csv")
    assert [wanted in each for each in ran.json["warnings"]] == [True]
