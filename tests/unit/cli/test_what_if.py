"""``pytest-scer what-if``, on a stored report."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import reports

from pytest_scer.cli import main
from pytest_scer.report.from_json import load_report
from pytest_scer.report.model import Report
from pytest_scer.report.reading import read_report

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
    assert re.search(r"as measured \(Testland\) +360 +1 +400 mg$", printed, re.MULTILINE)
    assert re.search(r"36 g per kWh +36 +1.5 +60.0 mg +-85%$", printed, re.MULTILINE)
    assert re.search(r"720 g per kWh +720 +1.5 +1.20 g +\+200%$", printed, re.MULTILINE)


def test_countries_and_clouds_from_the_tables(tmp_path: Path, capsys: Captured) -> None:
    printed = what_if(
        reports.trained(), tmp_path, capsys, "--country", "fra", "--cloud", "gcp/europe-north1"
    )
    assert "France " in printed
    assert "gcp/europe-north1 (Hamina, Finland)" in printed


def test_cost_parity_life_cycle_and_a_year(tmp_path: Path, capsys: Captured) -> None:
    printed = what_if(
        reports.trained(), tmp_path, capsys, "--requests-per-day", "1000", "--price", "16",
        "--wue", "1.8", "--water-intensity", "7.6", "--unit", "image",
    )  # fmt: skip
    assert "m: training used 1.00 kWh, as much as 100000 images" in printed
    # 3.6 mg per image, 1000 per day, 365 days: 1.314 kg
    row = r"m, per image +as measured \(Testland\) .* 1.31 kg +0.0210$"
    assert re.search(row, printed, re.MULTILINE)
    assert re.search(r"^m +360 g +- +- +- +3.60 g +-$", printed, re.MULTILINE)
    assert "km in an average car (UK greenhouse gas conversion factors, 2019)" in printed
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
