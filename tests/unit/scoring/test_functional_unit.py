from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.scoring.functional_unit import (
    MOST_UNITS,
    READABLE_G,
    FunctionalUnit,
    readable_unit,
)
from pytest_scer.scoring.sci import SciScore


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (FunctionalUnit("token"), "token"),
        (FunctionalUnit("token", 1000), "1000 tokens"),
        (FunctionalUnit("token", 1e6), "1000000 tokens"),
        (FunctionalUnit("FLOP", 1e15), "1000000000000000 FLOPs"),
        (FunctionalUnit("query", 1.5), "1.5 queries"),
    ],
)
def test_functional_units_read_as_written(unit: FunctionalUnit, text: str) -> None:
    assert str(unit) == text


@pytest.mark.parametrize(("name", "per"), [("", 1.0), ("token", 0.0), ("token", math.inf)])
def test_a_functional_unit_is_a_number_of_something(name: str, per: float) -> None:
    with pytest.raises(ValueError, match="1000 tokens"):
        FunctionalUnit(name, per)


@pytest.mark.parametrize(
    ("grams", "per", "expected"),
    [
        (1.4e-5, 1000, "14.0 gCO2eq per 1,000,000,000 tokens"),
        (0.1, 1000, "0.100 gCO2eq per 1000 tokens"),
        (999.0, 1000, "999 gCO2eq per 1000 tokens"),
        (1000.0, 1000, "1.00 gCO2eq per token"),
        (5000.0, 1, "5000 gCO2eq per token"),
        (0.05, 1, "50.0 gCO2eq per 1000 tokens"),
        (0.0, 1, "0 gCO2eq per token"),
        (1e-30, 1, "0.000000000000000001000 gCO2eq per 1,000,000,000,000 tokens"),
    ],
)
def test_a_score_is_stated_for_a_readable_number_of_units(
    grams: float, per: float, expected: str
) -> None:
    score = SciScore(grams, None, per, FunctionalUnit("token", per))
    assert score.readable.stated(3 if grams > 1e-20 else 4) == expected


@given(st.floats(1e-9, 1e9), st.sampled_from([1.0, 1000.0]))
def test_a_readable_score_is_the_same_score(grams: float, per: float) -> None:
    score = SciScore(grams, None, per, FunctionalUnit("token", per))
    stated = score.readable
    assert stated.value_g / stated.unit.per == pytest.approx(grams / per)
    low, high = READABLE_G
    is_smallest, is_largest = stated.unit.per == 1, stated.unit.per >= MOST_UNITS
    assert low <= stated.value_g < high or is_smallest or is_largest


def test_scores_that_are_compared_share_one_unit() -> None:
    unit = FunctionalUnit("token", 1000)
    assert readable_unit([0.00013, 0.015], unit).per == 1e6
    assert readable_unit([0.00001, 0.5], unit).per == 1e6
    assert readable_unit([0.00001, 5.0], unit).per == 1000
    assert readable_unit([], unit) == unit
    assert readable_unit([0.0, math.inf], unit) == unit
