"""A year of requests, from what was measured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.scoring.estimates import Site
from pytest_scer.scoring.projection import (
    Projection,
    project,
    served_per_day_g,
    spread,
    times_measured,
)
from pytest_scer.scoring.sci import Embodied, EmbodiedRate
from pytest_scer.scoring.scores import Accounting, ModelScore, Sample, score_models

SITE = Site("here", 360.0, 2.0)


def scored(uncertainty_j: float | None = 90.0, *, embodied: bool = True) -> ModelScore:
    """360 J and 100 tokens, in 10 of the run's 100 s, on hardware with 36 g per hour."""
    sample = Sample(
        "m", "text-generation", "inference", "token", 100.0, 360.0, 10.0, uncertainty_j, 3
    )
    hardware = Embodied((EmbodiedRate(36.0),)) if embodied else None
    (score,) = score_models([sample], Accounting(360.0, 1.0, "cpu", 100.0, hardware))
    return score


def test_operational_and_embodied_stay_apart() -> None:
    year = project(scored(), SITE, 1000.0)
    units = 1000 * 365
    assert year.energy_j == pytest.approx(3.6 * units)
    # 3.6 J are 1e-6 kWh, twice that with the PUE: 0.72 mg; 36 g per hour are 0.1 g in 10 s
    assert year.operational_g == pytest.approx(0.72e-3 * units)
    assert year.embodied_g == pytest.approx(1e-3 * units)
    assert year.total_g == pytest.approx(1.72e-3 * units)


def test_only_operational_emissions_have_an_interval() -> None:
    year = project(scored(), SITE, 1000.0)
    assert year.relative == 0.25
    low, high = year.interval_g or (0.0, 0.0)
    assert high - low == pytest.approx(0.5 * year.operational_g)
    assert (low + high) / 2 == pytest.approx(year.total_g)


def test_unknown_embodied_emissions_are_no_zero() -> None:
    year = project(scored(embodied=False), SITE, 1000.0)
    assert (year.embodied_g, year.total_g) == (None, None)
    assert year.known_g == year.operational_g


def test_without_uncertainty_there_is_no_interval() -> None:
    assert project(scored(None), SITE, 1000.0).interval_g is None


@given(st.floats(0, 10), st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_interval_holds_the_figure_and_no_less_than_the_hardware(
    relative: float, operational_g: float, embodied_g: float
) -> None:
    year = Projection(0.0, operational_g, embodied_g, relative)
    low, high = year.interval_g or (-1.0, -1.0)
    assert embodied_g <= low <= year.known_g <= high


@pytest.mark.parametrize("units_per_day", [1.0, 1e9])
def test_more_requests_do_not_narrow_the_interval(units_per_day: float) -> None:
    assert project(scored(), SITE, units_per_day).relative == 0.25


def test_ends_of_an_interval() -> None:
    assert spread(10.0, 0.2) == (8.0, 12.0)
    assert spread(10.0, 1.5) == (0.0, 25.0)
    assert spread(10.0, None) is None


def test_a_day_and_a_year_of_what_was_measured() -> None:
    # 0.36 mg of electricity at PUE 1, and 1 mg of hardware, for each token
    assert served_per_day_g(scored(), 1000.0) == pytest.approx(1.36)
    assert times_measured(scored(), 1000.0) == 3650.0
