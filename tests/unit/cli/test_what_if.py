"""``pytest-scer what-if``, on a stored report."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import reports

from pytest_scer.cli import main
from pytest_scer.core.intensity import LIVE, CarbonIntensity
from pytest_scer.report.from_json import load_report
from pytest_scer.report.model import Report
from pytest_scer.report.reading import read_report
from pytest_scer.scoring.sci import parse_embodied

Captured = pytest.CaptureFixture[str]


def what_if(made: Report, tmp_path: Path, capsys: Captured, *arguments: str) -> str:
    path = reports.write(made, tmp_path / "report.json")
    assert main(["what-if", str(path), *arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_places_side_by_side(tmp_path: Path, capsys: Captured) -> None:
    printed = what_if(
        reports.trained(),
        tmp_path,
        capsys,
        "--intensity",
        "36",
        "--intensity",
        "720",
        "--pue",
        "1.5",
    )
    # 4 kJ in the totals at 360 g per kWh are 0.4 g
    # and repeats of what counters measure lie within 11.8 % of it
    row = r"as measured \(Testland\) +360 +2024 +1 +400 mg +353 to 447 mg$"
    assert re.search(row, printed, re.MULTILINE), printed
    row = r"36 g per kWh +36 +given +1.5 +60.0 mg +52.9 to 67.1 mg +-85%$"
    assert re.search(row, printed, re.MULTILINE)
    row = r"720 g per kWh +720 +given +1.5 +1.20 g +1.06 to 1.34 g +\+200%$"
    assert re.search(row, printed, re.MULTILINE)
    assert "given: an intensity that the user stated" in printed
    assert "the others are yearly averages" in printed
    assert "  as measured (Testland): a table" in printed


def test_countries_and_clouds_from_the_tables(tmp_path: Path, capsys: Captured) -> None:
    printed = what_if(
        reports.trained(), tmp_path, capsys, "--country", "fra", "--cloud", "gcp/europe-north1"
    )
    assert "France " in printed
    assert "gcp/europe-north1 (Hamina, Finland)" in printed
    assert "grid intensities are yearly averages" in printed
    assert re.search(r"France +56.039 +2023 ", printed)
    assert "  France: Our World in Data" in printed


def test_a_live_intensity_is_called_no_yearly_average(tmp_path: Path, capsys: Captured) -> None:
    live = CarbonIntensity(50.0, "France", "Electricity Maps", f"{LIVE} average", 2026)
    made = reports.trained(carbon_intensity=live)
    printed = what_if(made, tmp_path, capsys, "--requests-per-day", "10")
    assert re.search(r"as measured \(France\) +50 +live ", printed)
    assert "yearly averages" not in printed
    assert "live: the intensity while the tests ran, not that of a year" in printed
    assert "live: one moment stands for the whole year" in printed
    printed = what_if(made, tmp_path, capsys, "--country", "FRA")
    assert "the others are yearly averages" in printed


def test_cost_parity_life_cycle_and_a_year(tmp_path: Path, capsys: Captured) -> None:
    printed = what_if(
        reports.trained(), tmp_path, capsys, "--requests-per-day", "1000", "--price", "16",
        "--wue", "1.8", "--water-intensity", "7.6", "--unit", "image",
    )  # fmt: skip
    assert "m: training used 1.00 kWh, as much as 100000 images" in printed
    # 3.6 mg per image, 1000 per day, 365 days: 1.314 kg
    row = r"m, per image +as measured \(Testland\) .* 1.31 kg +- +- +1.31 to 1.31 kg +0.0210$"
    assert re.search(row, printed, re.MULTILINE)
    assert re.search(r"^m +360 g +- +- +- +3.60 g +-$", printed, re.MULTILINE)
    assert (
        "km in an average European car (Green Algorithms 3, from UK conversion factors, 2019)"
        in printed
    )
    assert "water on site:       2.00 mL at 1.8 L per IT kWh" in printed
    assert "water at generation: 8.44 mL" in printed
    assert "not part of any score" in printed


def test_an_equivalent_of_less_than_a_gram_is_left_out(tmp_path: Path, capsys: Captured) -> None:
    printed = what_if(reports.trained(), tmp_path, capsys)
    assert "none, they are meaningless below 1 g" in printed
    assert "smartphone" not in printed


def test_the_life_cycle_with_idle_and_embodied(tmp_path: Path, capsys: Captured) -> None:
    form = reports.as_json(reports.trained())
    form["idle"] = {"duration_s": 5.0, "power_w": 1e5, "charged_w": 1e5}
    form["embodied"] = [{"g_per_h": 360.0}]
    printed = what_if(
        load_report(form), tmp_path, capsys, "--requests-per-day", "100", "--model", "m"
    )
    # 10 s idle at 100 kW are 1 MJ of the 3.6 MJ; 10 s at 360 g per hour are 1 g
    row = r"^m +260 g +100 g +1.00 g +361 g +"
    assert re.search(row, printed, re.MULTILINE), printed


def test_a_year_with_embodied_emissions_and_an_interval(tmp_path: Path, capsys: Captured) -> None:
    served = reports.measured(360.0, uncertainty_j=90.0)
    made = reports.report(
        reports.entry("m", served, units={"image": 10}), embodied=parse_embodied("3.6")
    )
    printed = what_if(made, tmp_path, capsys, "--requests-per-day", "1000")
    # 3.6 mg and 1 mg for each of 365,000 images; a quarter of the first is uncertain
    row = r"m, per image .* 1.31 kg +365 g +1.68 kg +1.35 to 2.01 kg$"
    assert re.search(row, printed, re.MULTILINE), printed
    assert "projected from 10 images in 1 run of one session; a year has 36,000 times" in printed
    assert "fewer than 10 runs say little about a year" in printed
    assert "more of them do not narrow it" in printed
    assert "embodied: for the time that the requests take" in printed


def test_a_projection_from_many_runs_needs_no_warning(tmp_path: Path, capsys: Captured) -> None:
    served = reports.measured(360.0, uncertainty_j=None, run_count=10)
    made = reports.report(reports.entry("m", served, units={"image": 10}))
    printed = what_if(made, tmp_path, capsys, "--requests-per-day", "1000")
    assert "projected from 10 images in 10 runs" in printed
    assert "say little about a year" not in printed
    assert "no interval: the uncertainty of the measurement is unknown" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--country", "XXX"], "unknown country 'XXX'"),
        (["--cloud", "gcp/moon"], "unknown cloud region"),
        (["--region", "Bavaria"], "give exactly one --country"),
        (["--model", "huge"], "the models of the report are m"),
        (["--pue", "0.5"], "at least 1"),
        (["--pue", "1e308"], "at most 1e+15"),
        (["--intensity", "1e308"], "at most 1e+15"),
    ],
)
def test_bad_arguments_of_what_if(
    tmp_path: Path, capsys: Captured, arguments: list[str], said: str
) -> None:
    path = reports.write(reports.trained(), tmp_path / "report.json")
    try:
        code = main(["what-if", str(path), *arguments])
    except SystemExit as left:
        code = int(str(left.code))
    assert code == 4
    assert said in capsys.readouterr().err


def test_a_report_without_energy_cannot_be_asked(tmp_path: Path, capsys: Captured) -> None:
    made = reports.trained()
    made.totals = replace(made.totals, cpu_j=None, ram_j=None)
    path = reports.write(made, tmp_path / "report.json")
    assert read_report(path).totals.total_j is None
    assert main(["what-if", str(path)]) == 4
    assert "the session's energy was not measured" in capsys.readouterr().err
