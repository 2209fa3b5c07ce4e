"""Measurements: differences of readings, and their sums."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise, starmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.measurement import (
    MOST_RUNS_KEPT,
    Measurement,
    Reading,
    co2e_g,
    median_run,
    water_l,
)

steps = st.lists(st.integers(0, 10**9), min_size=1, max_size=20)
joules = st.floats(0, 1e9)


def reading(
    at: float, cpu_j: float | None = 0.0, *, gpu_j: float | None = None, epoch: int = 0
) -> Reading:
    return Reading(at, at, cpu_j, gpu_j, 2 * at, noise_j=0.5, cpu_epoch=epoch)


def between(start: Reading, end: Reading) -> Measurement:
    return Measurement.between(start, end)


def run(joules: float, uncertainty_j: float | None = 0.0) -> Measurement:
    return Measurement(joules / 10, joules / 20, joules, None, 0.0, uncertainty_j)


def test_a_measurement_is_the_difference_of_two_readings() -> None:
    measured = between(reading(1.0, 10.0), reading(3.0, 40.0))
    assert (measured.duration_s, measured.cpu_time_s) == (2.0, 2.0)
    assert (measured.cpu_j, measured.gpu_j, measured.ram_j) == (30.0, None, 4.0)
    assert measured.total_j == 34.0
    assert measured.power_w == 17.0
    assert measured.uncertainty_j == 0.5
    assert measured.complete


@given(steps)
def test_adjacent_spans_add_up_to_the_whole(amounts: list[int]) -> None:
    total_j, readings = 0.0, [reading(0.0)]
    for index, amount in enumerate(amounts, 1):
        total_j += amount
        readings.append(reading(float(index), total_j))
    first, *others = starmap(between, pairwise(readings))
    parts = sum(others, first)
    whole = between(readings[0], readings[-1])
    assert (parts.cpu_j, parts.ram_j, parts.total_j) == (whole.cpu_j, whole.ram_j, whole.total_j)
    assert parts.duration_s == whole.duration_s


def test_a_fault_spreads_through_every_sum_and_becomes_no_zero() -> None:
    good = between(reading(0.0, 0.0), reading(1.0, 5.0))
    bad = between(reading(1.0, math.nan), reading(2.0, 9.0))
    joined = good + bad
    for measured in (bad, joined):
        assert measured.total_j is not None
        assert math.isnan(measured.total_j)
        assert not measured.complete
        assert measured.power_w is None
        assert not measured.below_resolution
    assert joined.known_j == joined.ram_j  # what is known stays known


def test_a_counter_that_said_the_impossible_between_two_readings_leaves_no_figure() -> None:
    measured = between(reading(0.0, 0.0), reading(1.0, 5.0, epoch=1))
    assert measured.cpu_j is not None
    assert math.isnan(measured.cpu_j)


def test_an_absent_component_stays_out_of_the_total() -> None:
    both = between(reading(0.0, None, gpu_j=1.0), reading(1.0, None, gpu_j=4.0))
    assert (both.cpu_j, both.total_j) == (None, 5.0)


def test_without_any_component_there_is_no_total() -> None:
    nothing = Measurement(1.0, 1.0, None, None, None, 0.0)
    assert nothing.total_j is None
    assert not nothing.complete
    assert nothing.known_j == 0.0


def test_uncertainties_of_one_cause_add_up() -> None:
    assert (run(1.0, 0.25) + run(2.0, 0.5)).uncertainty_j == 0.75
    assert (run(1.0, 0.25) + run(2.0, None)).uncertainty_j is None


@pytest.mark.parametrize(
    ("joules", "uncertainty", "below"), [(1.0, 2.0, True), (2.0, 2.0, True), (2.1, 2.0, False)]
)
def test_a_figure_within_its_uncertainty_is_below_resolution(
    joules: float, uncertainty: float, below: bool
) -> None:
    assert run(joules, uncertainty).below_resolution is below


@given(st.lists(joules, min_size=1, max_size=30))
def test_the_median_run_has_as_many_runs_below_it_as_above(amounts: list[float]) -> None:
    median = median_run([run(amount) for amount in amounts], 0.125)
    assert median.total_j is not None
    assert sum(amount < median.total_j for amount in amounts) <= len(amounts) / 2
    assert sum(amount > median.total_j for amount in amounts) <= len(amounts) / 2
    assert median.uncertainty_j == 0.125
    assert median.run_count == len(amounts)
    assert median.runs is not None
    assert [each.total_j for each in median.runs] == amounts


def test_of_very_many_runs_a_thousand_are_kept() -> None:
    median = median_run([run(float(amount)) for amount in range(2500)], 0.0)
    assert median.run_count == 2500
    assert median.runs is not None
    assert len(median.runs) <= MOST_RUNS_KEPT
    assert median.total_j == pytest.approx(1249.5)


def test_emissions_are_energy_times_pue_times_intensity() -> None:
    assert co2e_g(7.2e6, g_per_kwh=475, pue=1.5) == pytest.approx(1425)


def test_water_is_read_from_it_energy() -> None:
    assert water_l(7.2e6, wue_l_per_kwh=1.8) == pytest.approx(3.6)


def test_the_median_run_has_the_contention_that_all_runs_share() -> None:
    runs = [replace(run(amount), contention_j=added) for amount, added in ((1.0, 0.0), (3.0, 1.0))]
    assert median_run(runs, 0.0).contention_j == pytest.approx(2.0 * 1.0 / 4.0)
    assert median_run([run(0.0)], 0.0).contention_j == 0.0


def test_what_a_session_shows_is_all_of_the_uncertainty_unless_said_otherwise() -> None:
    shown = run(1.0, 0.25)
    wider = replace(shown, uncertainty_j=0.5, shown_j=0.25)
    assert (shown.within_session_j, wider.within_session_j) == (0.25, 0.25)
    assert (wider + wider).within_session_j == 0.5
