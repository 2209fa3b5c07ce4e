"""The CSV report works with tools for CodeCarbon's ``emissions.csv``."""

from __future__ import annotations

import csv

import pytest
from codecarbon.output_methods.emissions_data import EmissionsData
from suite import Suite

from pytest_scer.formats.emissions_csv import COLUMNS

SUITE = """
def test_a():
    spend(cpu=3.6e6, ram=1.8e6)
    wait(10)

def test_b(carbon):
    carbon.unmeasured("a hosted API, with a \\"quote\\", and a comma")

def test_c():
    spend(cpu=3.6e6)
"""


def test_a_row_a_test_in_codecarbons_units(suite: Suite) -> None:
    pandas = pytest.importorskip("pandas")
    suite.write(SUITE)
    suite.run("--scer-output=emissions.csv", "--scer-pue=2")
    table = pandas.read_csv(suite.path / "emissions.csv")
    assert tuple(table.columns) == COLUMNS
    assert list(table.experiment_id) == [f"test_it.py::test_{name}" for name in "abc"]
    first = table.iloc[0]
    assert (first.cpu_energy, first.ram_energy, first.energy_consumed) == (1.0, 0.5, 1.5)  # kWh
    assert first.emissions == pytest.approx(1.5 * 2 * 0.360)  # kg
    assert first.duration == 10
    assert first.emissions_rate == pytest.approx(first.emissions / 10)  # kg per s
    assert first.cpu_power == pytest.approx(3.6e5)  # W
    assert first.pue == 2
    assert table.run_id.nunique() == 1
    assert set(table.project_name) == {"pytest-scer"}
    assert set(table.country_name) == {"simulated grid"}


def test_what_is_missing_is_an_empty_cell_and_no_zero(suite: Suite) -> None:
    suite.write(SUITE)
    suite.run("--scer-output=emissions.csv")
    with open(suite.path / "emissions.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    figures = ("duration", "emissions", "cpu_energy", "gpu_energy", "ram_energy", "energy_consumed")
    assert [rows[1][name] for name in figures] == [""] * len(figures)
    assert rows[0]["gpu_energy"] == ""  # absent
    assert rows[0]["water_consumed"] == ""
    assert (rows[0]["longitude"], rows[0]["latitude"]) == ("", "")


def test_codecarbon_itself_takes_the_rows_for_its_own(suite: Suite) -> None:
    suite.write("def test_a(): spend(cpu=3.6e6); wait(1)")
    suite.run("--scer-output=emissions.csv")
    with open(suite.path / "emissions.csv", newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert EmissionsData(**row).energy_consumed == "1.0"


def test_codecarbon_appends_to_it(suite: Suite) -> None:
    pytest.importorskip("pandas")
    from codecarbon.output_methods.file import FileOutput

    suite.write("def test_a(): spend(cpu=3.6e6); wait(1)")
    suite.run("--scer-output=emissions.csv")
    file = suite.path / "emissions.csv"
    with file.open(newline="", encoding="utf-8") as opened:
        (row,) = csv.DictReader(opened)
    FileOutput("emissions.csv", str(suite.path)).out(EmissionsData(**row), EmissionsData(**row))
    with file.open(newline="", encoding="utf-8") as opened:
        assert len(list(csv.DictReader(opened))) == 2
    assert not list(suite.path.glob("*.bak*"))  # CodeCarbon renames files with other columns


def test_water_that_was_not_given_is_no_zero(suite: Suite) -> None:
    suite.write("def test_a(): spend(cpu=3.6e6)")
    for options, wue, water in (([], "", ""), (["--scer-wue=0"], "0.0", "0.0")):
        suite.run("--scer-output=emissions.csv", *options)
        with (suite.path / "emissions.csv").open(newline="") as file:
            (row,) = csv.DictReader(file)
        assert (row["wue"], row["water_consumed"]) == (wue, water)
