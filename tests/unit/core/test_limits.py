from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.budget import Budget, Quantity
from pytest_scer.core.limits import limit_text, proposed_limit, rounded_up

FIGURES = st.floats(1e-9, 1e9)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("9.01", "9.1"), ("9.1", "9.1"), ("9.95", "10.0"), ("101", "110"), ("0.00123", "0.0013")],
)
def test_rounding_is_up_to_two_digits(value: str, rounded: str) -> None:
    assert f"{rounded_up(Decimal(value)):f}" == rounded


@given(FIGURES, st.sampled_from(Quantity), st.sampled_from([None, "token", "query"]))
def test_a_limit_is_read_back_and_holds_the_figure(
    value: float, quantity: Quantity, unit: str | None
) -> None:
    unit = None if quantity is Quantity.POWER else unit
    budget = Budget.parse(limit_text(value, quantity, unit))
    assert (budget.quantity, budget.functional_unit) == (quantity, unit)
    assert value * (1 - 1e-8) <= budget.limit <= value * 1.1 * (1 + 1e-8)


@given(FIGURES, st.sampled_from(["1 J", "2 mgCO2e", "3 W", "1 mJ per token", "5 g per 1000 words"]))
def test_a_proposal_is_like_the_budget_that_it_replaces(upper: float, text: str) -> None:
    budget = Budget.parse(text)
    proposed = Budget.parse(proposed_limit(upper, budget, headroom=0.5))
    assert proposed.unit == budget.unit
    assert proposed.limit >= 1.5 * upper * (1 - 1e-8)
    assert math.isclose(proposed.limit, 1.5 * upper, rel_tol=0.1)


def test_the_last_digits_of_a_sum_do_not_count() -> None:
    assert limit_text(0.02 + 0.1, Quantity.ENERGY) == limit_text(0.1 + 0.02, Quantity.ENERGY)
    assert limit_text(0.1 + 0.2, Quantity.ENERGY) == "300 mJ"


def test_a_numpy_number_is_a_number() -> None:
    numpy = pytest.importorskip("numpy")
    assert limit_text(numpy.float64(12.34), Quantity.ENERGY) == "13 J"
