"""The grammar of budgets."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core import units
from pytest_scer.core.budget import Budget, Quantity

SIZES = {
    Quantity.CO2E: units.GRAMS,
    Quantity.ENERGY: units.JOULES,
    Quantity.POWER: units.WATTS,
}


# The grammar


@pytest.mark.parametrize(
    ("text", "quantity", "limit", "functional_unit", "per"),
    [
        ("2 mgCO2e", Quantity.CO2E, 2e-3, None, 1),
        ("2 mg", Quantity.CO2E, 2e-3, None, 1),
        ("2mg", Quantity.CO2E, 2e-3, None, 1),
        ("  2   mg  ", Quantity.CO2E, 2e-3, None, 1),
        ("3 µg", Quantity.CO2E, 3e-6, None, 1),  # micro sign
        ("3 μgCO2", Quantity.CO2E, 3e-6, None, 1),  # Greek mu
        ("3 ugCO2eq", Quantity.CO2E, 3e-6, None, 1),
        ("3 g CO2-eq", Quantity.CO2E, 3, None, 1),
        ("3 gCO₂e", Quantity.CO2E, 3, None, 1),
        ("1.5 kg", Quantity.CO2E, 1500, None, 1),
        ("1 t", Quantity.CO2E, 1e6, None, 1),
        ("0.5 gCO2eq per 1000 tokens", Quantity.CO2E, 0.5, "token", 1000),
        ("0.5 gCO2eq per 1,000 tokens", Quantity.CO2E, 0.5, "token", 1000),
        ("0.5 g CO2e per 1e3 tokens", Quantity.CO2E, 0.5, "token", 1000),
        ("30 J", Quantity.ENERGY, 30, None, 1),
        ("1e-3 kJ", Quantity.ENERGY, 1, None, 1),
        ("1e3J", Quantity.ENERGY, 1000, None, 1),
        ("2 MJ", Quantity.ENERGY, 2e6, None, 1),
        ("2 mJ", Quantity.ENERGY, 2e-3, None, 1),
        ("1 mWh", Quantity.ENERGY, 3.6, None, 1),
        ("0.01 Wh per token", Quantity.ENERGY, 36, "token", 1),
        ("1 kWh per query", Quantity.ENERGY, 3.6e6, "query", 1),
        ("5 J per training-steps", Quantity.ENERGY, 5, "training_step", 1),
        ("60 W", Quantity.POWER, 60, None, 1),
        ("500 mW", Quantity.POWER, 0.5, None, 1),
        ("2 kW", Quantity.POWER, 2000, None, 1),
        ("0 J", Quantity.ENERGY, 0, None, 1),
    ],
)
def test_budgets_read(
    text: str, quantity: Quantity, limit: float, functional_unit: str | None, per: float
) -> None:
    budget = Budget.parse(text)
    assert budget.quantity is quantity
    assert budget.limit == pytest.approx(limit)
    assert (budget.functional_unit, budget.per) == (functional_unit, per)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5 bananas", "unknown unit 'bananas'"),
        ("-3 g", "'-3' is not a finite number"),
        ("nan g", "'nan' is not a finite number"),
        ("inf J", "'inf' is not a finite number"),
        ("1,5 g", "'1,5' is not a finite number"),
        ("1e999 J", "too large"),
        ("g", "not a budget"),
        ("", "not a budget"),
        ("30", "not a budget"),
        ("30 J 40 J", "not a budget"),
        ("30 j", "unknown unit 'j'"),
        ("30 KG", "unknown unit 'KG'"),
        ("30 J/token", "write 'per' instead of '/'"),
        ("30 J per", "not a budget"),
        ("30 J per 0 tokens", "limits nothing"),
        ("30 J per -1 tokens", "'-1' is not a finite number"),
        ("30 J per 1,5 tokens", "'1,5' is not a finite number"),
        ("30 J per 1000", "not a budget"),
        ("30 J per token pair", "'token pair' is not the name"),
        ("60 W per token", "power cannot be per functional unit"),
        ("CO2e 30 g", "not a budget"),
        ("30 JCO2e", "unknown unit 'JCO2e'"),
    ],
)
def test_what_is_no_budget_is_refused_with_a_remedy(text: str, says: str) -> None:
    with pytest.raises(ValueError) as refused:
        Budget.parse(text)
    message = str(refused.value)
    assert says in message
    assert repr(text) in message
    assert "NUMBER UNIT [per [N] FUNCTIONAL-UNIT]" in message


quantities = st.sampled_from(list(SIZES))


@given(quantities, st.floats(0, 1e9), st.data())
def test_every_unit_is_read_at_its_size(
    quantity: Quantity, number: float, data: st.DataObject
) -> None:
    symbol = data.draw(st.sampled_from(sorted(SIZES[quantity])))
    blank = data.draw(st.sampled_from(["", " ", "  "]))
    suffix = data.draw(st.sampled_from(["", "CO2", "CO2e", "CO2eq", " CO2e"]))
    suffix = suffix if quantity is Quantity.CO2E else ""
    budget = Budget.parse(f"{number!r}{blank}{symbol}{suffix}")
    assert budget.quantity is quantity
    assert budget.limit == pytest.approx(number * SIZES[quantity][symbol])


@given(
    st.sampled_from([Quantity.CO2E, Quantity.ENERGY]),
    st.floats(1e-6, 1e6),
    st.integers(1, 10**6),
    st.sampled_from(["token", "query", "image", "output_token"]),
)
def test_a_limit_printed_in_its_own_unit_reads_as_the_same_budget(
    quantity: Quantity, limit: float, per: int, functional_unit: str
) -> None:
    symbol = quantity.value[0]
    budget = Budget.parse(f"{limit!r} {symbol} per {per} {functional_unit}")
    again = Budget.parse(f"{budget.limit!r} {budget.unit}")
    assert again.limit == budget.limit
    assert (again.functional_unit, again.per) == (budget.functional_unit, budget.per)


@given(st.text(max_size=30))
def test_no_text_crashes_the_parser(text: str) -> None:
    try:
        budget = Budget.parse(text)
    except ValueError as error:
        assert "is not a budget" in str(error)  # noqa: PT017
    else:
        assert math.isfinite(budget.limit)
        assert budget.limit >= 0
        assert budget.per > 0
