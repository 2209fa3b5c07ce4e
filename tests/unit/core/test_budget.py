"""The grammar of budgets, and the four verdicts."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_scer.core import units
from pytest_scer.core.budget import (
    Budget,
    Judgement,
    Limit,
    Quantity,
    Verdict,
    figure_of_run,
    judge,
)
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement

GRID = Conversion(g_per_kwh=360.0)  # a joule is 0.1 mg

SIZES = {
    Quantity.CO2E: units.GRAMS,
    Quantity.ENERGY: units.JOULES,
    Quantity.POWER: units.WATTS,
}


def used(
    joules: float | None, uncertainty_j: float | None = 0.0, duration_s: float = 1.0
) -> Measurement:
    return Measurement(duration_s, 0.0, joules, None, None, uncertainty_j)


def held_against(text: str, measured: Measurement, **counted: float) -> Judgement:
    return judge(Limit(Budget.parse(text), "a test"), measured, counted, GRID)


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


# Verdicts


@pytest.mark.parametrize(
    ("joules", "uncertainty", "verdict"),
    [
        (9.0, 1.0, Verdict.OK),  # the interval may touch the limit
        (10.0, 0.0, Verdict.OK),
        (9.5, 1.0, Verdict.INCONCLUSIVE),
        (10.5, 1.0, Verdict.INCONCLUSIVE),
        (11.0, 1.0, Verdict.INCONCLUSIVE),  # the lower end is at the limit, not over it
        (11.1, 1.0, Verdict.EXCEEDED),
        (10.1, 0.0, Verdict.EXCEEDED),
    ],
)
def test_the_verdict_takes_the_uncertainty_into_account(
    joules: float, uncertainty: float, verdict: Verdict
) -> None:
    assert held_against("10 J", used(joules, uncertainty)).verdict is verdict


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_ok_and_exceeded_leave_the_limit_outside_the_interval(
    joules: float, uncertainty: float, limit: float
) -> None:
    verdict = held_against(f"{limit!r} J", used(joules, uncertainty)).verdict
    if verdict is Verdict.OK:
        assert joules + uncertainty <= limit
    elif verdict is Verdict.EXCEEDED:
        assert joules - uncertainty > limit
    else:
        assert verdict is Verdict.INCONCLUSIVE
        assert joules - uncertainty <= limit < joules + uncertainty


@given(st.floats(0, 1e6), st.floats(0, 1e3), st.floats(1, 1e4))
def test_a_higher_figure_never_gets_a_better_verdict(
    joules: float, uncertainty: float, more: float
) -> None:
    ranks = [Verdict.OK, Verdict.INCONCLUSIVE, Verdict.EXCEEDED]
    lower = held_against("500 J", used(joules, uncertainty))
    higher = held_against("500 J", used(joules + more, uncertainty))
    assert ranks.index(lower.verdict) <= ranks.index(higher.verdict)


def test_mass_is_read_through_the_grid_and_the_pue() -> None:
    budget = Limit(Budget.parse("10 g"), "a test")
    judged = judge(budget, used(3.6e6, 3.6e4), {}, Conversion(g_per_kwh=100, pue=1.5))
    assert judged.actual == pytest.approx(150)
    assert judged.uncertainty == pytest.approx(1.5)
    assert judged.verdict is Verdict.EXCEEDED


def test_power_is_the_average_over_the_time() -> None:
    judged = held_against("60 W", used(300.0, 3.0, duration_s=10.0))
    assert judged.actual == 30.0
    assert judged.uncertainty == pytest.approx(0.3)
    assert judged.verdict is Verdict.OK


def test_a_budget_per_unit_divides_by_what_was_counted() -> None:
    judged = held_against("1 J per 1000 tokens", used(6.0, 0.6), token=2000.0)
    assert judged.actual == pytest.approx(3.0)
    assert judged.uncertainty == pytest.approx(0.3)
    assert judged.limit.budget.unit == "J per 1000 tokens"
    assert judged.verdict is Verdict.EXCEEDED


@pytest.mark.parametrize(
    ("text", "measured", "counted", "reason"),
    [
        ("1 J", used(math.nan), {}, "could not be measured"),
        ("1 J", used(None), {}, "could not be measured"),
        ("1 g", used(math.nan), {}, "could not be measured"),
        ("1 J per token", used(1.0), {}, "no tokens were counted"),
        ("1 J per token", used(1.0), {"image": 3.0}, "no tokens were counted"),
        ("1 J per token", used(1.0), {"token": 0.0}, "no tokens were counted"),
        ("1 W", used(1.0, duration_s=0.0), {}, "no time passed"),
    ],
)
def test_without_a_figure_nothing_is_ok(
    text: str, measured: Measurement, counted: dict[str, float], reason: str
) -> None:
    judged = held_against(text, measured, **counted)
    assert judged.verdict is Verdict.UNMEASURED
    assert judged.actual is None
    assert reason in (judged.reason or "")
    assert reason in judged.text


@pytest.mark.parametrize(
    ("text", "measured", "counted", "value", "uncertainty"),
    [
        ("1 J", used(6.0, 0.6), {}, 6.0, 0.6),
        ("1 g", used(3.6e6, 3.6e4), {}, 360.0, 3.6),
        ("1 W", used(6.0, 0.6, duration_s=2.0), {}, 3.0, 0.3),
        ("1 J per 1000 tokens", used(6.0, 0.6), {"token": 2000.0}, 3.0, 0.3),
        ("1 J", used(6.0, None), {}, 6.0, None),
    ],
)
def test_the_figure_of_one_run_is_in_the_unit_of_the_budget(
    text: str,
    measured: Measurement,
    counted: dict[str, float],
    value: float,
    uncertainty: float | None,
) -> None:
    figure = figure_of_run(Budget.parse(text), measured, counted, GRID)
    assert figure is not None
    assert figure.value == pytest.approx(value)
    assert figure.uncertainty == (None if uncertainty is None else pytest.approx(uncertainty))
    judged = held_against(text, measured, **counted)
    assert judged.actual == pytest.approx(figure.value)


@pytest.mark.parametrize(
    ("text", "measured", "counted"),
    [
        ("1 J", used(math.nan), {}),
        ("1 J", used(None), {}),
        ("1 J per token", used(1.0), {}),
        ("1 J per token", used(1.0), {"token": 0.0}),
        ("1 W", used(1.0, duration_s=0.0), {}),
    ],
)
def test_a_run_without_a_figure_has_none(
    text: str, measured: Measurement, counted: dict[str, float]
) -> None:
    assert figure_of_run(Budget.parse(text), measured, counted, GRID) is None


def test_an_unknown_uncertainty_is_inconclusive() -> None:
    judged = held_against("1 J", used(5.0, None))
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert judged.uncertainty is None


@given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6), st.floats(0, 1))
def test_the_text_names_figure_limit_and_source(
    joules: float, limit: float, relative_uncertainty: float
) -> None:
    assume(not math.isclose(joules, limit))
    judged = judge(
        Limit(Budget.parse(f"{limit!r} J"), "--scer-test-budget"),
        used(joules, joules * relative_uncertainty),
        {},
        GRID,
    )
    assert f"limit of {limit!r} J" in judged.text
    assert "set by --scer-test-budget" in judged.text
    assert units.quantity(joules, "J").split()[0] in judged.text
    assert "±" in judged.text


@pytest.mark.parametrize(
    ("joules", "text"),
    [
        (0.6, "600 ± <1 mJ is within the limit of 1 J (60%, set by a test)"),
        (1.04, "1.04 ± <0.01 J is over the limit of 1 J (104%, set by a test)"),
        (1.83, "1.83 ± <0.01 J is over the limit of 1 J (1.8x, set by a test)"),
        (6351.0, "6.35 ± <0.01 kJ is over the limit of 1 J (6,351x, set by a test)"),
    ],
)
def test_the_text_compares_the_figure_with_the_limit(joules: float, text: str) -> None:
    assert held_against("1 J", used(joules)).text == text


NAN = math.nan


@pytest.mark.parametrize(
    ("text", "measured", "tokens", "g_per_kwh"),
    [
        ("1 kJ", used(NAN), 1.0, 360.0),
        ("1 kJ", used(1.0, NAN), 1.0, 360.0),
        ("1 kJ per token", used(1.0), NAN, 360.0),
        ("1 kW", used(1.0, 0.0, NAN), 1.0, 360.0),
        ("1 kg", used(1.0), 1.0, NAN),
        ("1 kg per token", used(1.0), NAN, NAN),
    ],
)
def test_what_is_not_a_number_is_never_ok(
    text: str, measured: Measurement, tokens: float, g_per_kwh: float
) -> None:
    limit, grid = Limit(Budget.parse(text), "a test"), Conversion(g_per_kwh=g_per_kwh)
    assert judge(limit, measured, {"token": tokens}, grid).verdict is not Verdict.OK
    assert judge(limit, used(1.0), {"token": 1.0}, GRID).verdict is Verdict.OK
