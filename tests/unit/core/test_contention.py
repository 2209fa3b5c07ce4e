"""What busy neighbours may have added."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.contention import CONTENTION, Contention
from pytest_scer.core.measurement import Measurement, Reading

ALL = 1 - 1 / CONTENTION


def test_a_neighbour_all_along_lets_the_interval_reach_to_the_figure_over_1_6() -> None:
    beside = Contention(shared_s=2.0)
    added_j = beside.added_j(cpu_j=8.0, cpu_time_s=2.0, constant_j=40.0, duration_s=2.0)
    assert 48.0 - added_j == pytest.approx(48.0 / CONTENTION)


def test_a_neighbour_half_of_the_time_counts_half() -> None:
    beside = Contention(shared_s=1.0)
    added_j = beside.added_j(cpu_j=8.0, cpu_time_s=2.0, constant_j=0.0, duration_s=2.0)
    assert added_j == pytest.approx((8.0 - 8.0 / CONTENTION) / 2)


def test_waiting_for_anything_but_a_cpu_is_not_prolonged() -> None:
    """Half a second of CPU time in ten of waiting: the memory's constant power hardly counts."""
    beside = Contention(shared_s=0.5)
    added_j = beside.added_j(cpu_j=2.0, cpu_time_s=0.5, constant_j=200.0, duration_s=10.0)
    assert added_j == pytest.approx(ALL * (2.0 + 200.0 * 0.5 / 10.0))


def test_waiting_for_a_cpu_costs_constant_power_only() -> None:
    beside = Contention(queued_s=3.0)
    added_j = beside.added_j(cpu_j=8.0, cpu_time_s=1.0, constant_j=80.0, duration_s=4.0)
    assert added_j == pytest.approx(60.0)


figures = st.floats(0, 1e6)


@given(figures, figures, figures, figures, figures, figures)
def test_never_more_than_there_is(
    shared_s: float,
    queued_s: float,
    cpu_j: float,
    cpu_time_s: float,
    constant_j: float,
    duration_s: float,
) -> None:
    added_j = Contention(shared_s, queued_s).added_j(cpu_j, cpu_time_s, constant_j, duration_s)
    assert 0 <= added_j <= (ALL * cpu_j + constant_j) * (1 + 1e-12)


def test_a_measurement_counts_it_between_its_readings_and_sums_keep_it() -> None:
    readings = [
        Reading(float(at), float(at), 4.0 * at, None, None, contention=Contention(shared_s))
        for at, shared_s in enumerate([0.0, 0.0, 1.0, 1.5])
    ]
    parts = [Measurement.between(*pair) for pair in pairwise(readings)]
    whole = 4.0 - 4.0 / CONTENTION
    assert [part.contention_j for part in parts] == pytest.approx([0.0, whole, whole / 2])
    assert sum(parts[1:], parts[0]).contention_j == pytest.approx(1.5 * whole)
