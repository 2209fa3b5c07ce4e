"""Sections: their units, and the run that represents all of them."""

from __future__ import annotations

import math

import pytest

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.sections import Run, Runs, Units
from pytest_scer.core.statistics import Figure


def run(joules: float, **units: float) -> Run:
    return Run(Measurement(1.0, 1.0, joules, None, None, 0.0), units)


def test_units_are_counted_in_the_singular() -> None:
    units = Units()
    units.add({"tokens": 5, "queries": 1})
    units.add({"token": 2})
    assert units.counts == {"token": 7, "query": 1}


def test_one_run_stands_for_itself() -> None:
    runs = Runs("prefill", runs=[run(3.0, token=4.0)])
    assert runs.measurement is runs.runs[0].measurement
    assert runs.measurement.runs is None
    assert runs.units == {"token": 4.0}


def test_of_several_runs_the_median_one_stands_with_its_units() -> None:
    runs = Runs(runs=[run(9.0, token=90.0), run(1.0, token=10.0), run(3.0, token=30.0)])
    assert runs.measurement.total_j == 3.0
    assert runs.measurement.run_count == 3
    assert runs.units == {"token": 30.0}
    assert (runs.measurement.uncertainty_j or 0.0) > 0.0  # the runs differ


def test_of_an_even_number_of_runs_the_middle_two_are_averaged() -> None:
    runs = Runs(runs=[run(1.0), run(2.0, token=10.0), run(4.0, token=20.0), run(50.0)])
    assert runs.measurement.total_j == 3.0
    assert runs.units == {"token": 15.0}


def test_the_figure_of_a_plan_of_repeats_gives_the_uncertainty() -> None:
    runs = Runs(runs=[run(1.0)], figure=Figure(1.0, 0.25))
    assert runs.measurement.uncertainty_j == 0.25
    assert runs.measurement.run_count == 1


def test_a_run_that_could_not_be_measured_leaves_the_others_their_figure() -> None:
    runs = Runs(runs=[run(5.0, token=5.0), run(math.nan, token=7.0), run(5.0, token=5.0)])
    assert runs.measurement.total_j == 5.0
    assert runs.measurement.run_count == 2
    assert runs.units == {"token": 5.0}


def test_where_no_run_could_be_measured_there_is_no_figure() -> None:
    runs = Runs(runs=[run(math.nan), run(math.nan, token=7.0)])
    assert runs.measurement.total_j == pytest.approx(math.nan, nan_ok=True)
    assert not runs.measurement.complete
