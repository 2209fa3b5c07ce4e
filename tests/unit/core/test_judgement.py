"""The four verdicts, and how they are told."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_scer.core.budget import Budget
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.judgement import (
    CONTENDED,
    Judgement,
    Limit,
    Verdict,
    figure_of_run,
    judge,
)
from pytest_scer.core.measurement import Measurement

GRID = Conversion(g_per_kwh=360.0)  # a joule is 0.1 mg


def used(
    joules: float | None, uncertainty_j: float | None = 0.0, duration_s: float = 1.0
) -> Measurement:
    return Measurement(duration_s, 0.0, joules, None, None, uncertainty_j)


def held_against(text: str, measured: Measurement, **counted: float) -> Judgement:
    return judge(Limit(Budget.parse(text), "a test"), measured, counted, GRID)


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
        ("1 J per token", used(1.0), {}, "never called carbon.count(tokens=...)"),
        ("1 J per token", used(1.0), {"image": 3.0}, "never called carbon.count"),
        ("1 J per token", used(1.0), {"token": 0.0}, "the test counted 0 tokens"),
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


@pytest.mark.parametrize(
    ("text", "measured", "counted", "headline"),
    [
        ("1 J", used(0.6), {}, "Within budget: 600 ± <1 mJ, limit 1 J (60%)"),
        ("5 J", used(9.154), {}, "Over budget: 9.15 J > 5 J (1.8x)"),
        ("1 J", used(1.04), {}, "Over budget: 1.04 J > 1 J (1.04x)"),
        ("1 J", used(1.00004), {}, "Over budget: 1.00004 J > 1 J (1.00x)"),
        ("1 mJ", used(6.351), {}, "Over budget: 6.35 J > 1 mJ (6,351x)"),
        ("0 J", used(2.0), {}, "Over budget: 2.00 J > 0 J"),
        ("5 J", used(5.2, 1.3), {}, "Inconclusive: 5.20 ± 1.3 J, limit 5 J (1.04x)"),
        (
            "20 mJ per 1000 tokens",
            used(0.102),
            {"token": 1000.0},
            "Over budget: 102 mJ > 20 mJ per 1000 tokens (5.1x)",
        ),
        (
            "1 J per token",
            used(1.0),
            {},
            "Not checked: the test never called carbon.count(tokens=...)",
        ),
    ],
)
def test_the_headline_has_cost_limit_and_ratio(
    text: str, measured: Measurement, counted: dict[str, float], headline: str
) -> None:
    assert held_against(text, measured, **counted).headline == headline


@given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6))
def test_what_is_over_its_limit_also_looks_so(joules: float, limit: float) -> None:
    assume(joules > limit * (1 + 1e-8))
    shown = held_against(f"{limit!r} J", used(joules)).headline
    figure = shown.removeprefix("Over budget: ").partition(" > ")[0]
    assert Budget.parse(figure).limit > limit


def test_the_text_says_where_the_limit_was_set() -> None:
    limit = Limit(Budget.parse("1 J"), "@pytest.mark.scer on the function", "test_x.py:4")
    assert judge(limit, used(2.0), {}, GRID).text == (
        "Over budget: 2.00 J > 1 J (2.0x), set at test_x.py:4"
    )
    assert judge(limit, used(math.nan), {}, GRID).text == (
        "Not checked: the energy could not be measured; limit 1 J, set at test_x.py:4"
    )
    of_option = Limit(Budget.parse("1 J"), "--scer-test-budget")
    assert judge(of_option, used(2.0), {}, GRID).text.endswith(", set by --scer-test-budget")


def test_the_worst_comes_first() -> None:
    ranked = [
        held_against("1 J", used(0.5)),
        held_against("1 J per token", used(9.0)),
        held_against("1 J", used(1.1, 0.5)),
        held_against("1 J", used(1.1)),
        held_against("1 mgCO2e", used(30.0)),
    ]
    assert sorted(ranked, key=lambda each: each.gravity) == ranked


# Busy neighbours


def contended(joules: float, uncertainty_j: float, contention_j: float) -> Measurement:
    return replace(used(joules, uncertainty_j), contention_j=contention_j)


def test_what_neighbours_may_have_added_exceeds_no_budget() -> None:
    alone = held_against("5 J", contended(8.0, 1.6, 0.0))
    assert alone.verdict is Verdict.EXCEEDED
    assert alone.lowest == pytest.approx(6.4)
    beside = held_against("5 J", contended(8.0, 1.6, 3.0))
    assert beside.lowest == pytest.approx(8.0 - 1.6 - 3.0 * 0.8)
    assert (beside.verdict, beside.reason) == (Verdict.INCONCLUSIVE, CONTENDED)
    assert beside.uncertainty == 1.6  # stays the half-width
    assert "kept the cores busy" in beside.text


def test_they_excuse_neither_more_nor_an_open_verdict() -> None:
    assert held_against("5 J", contended(13.0, 2.6, 4.875)).verdict is Verdict.EXCEEDED
    open_anyway = held_against("5 J", contended(5.0, 1.0, 1.875))
    assert (open_anyway.verdict, open_anyway.reason) == (Verdict.INCONCLUSIVE, None)
    assert held_against("5 J", contended(3.0, 0.6, 1.1)).verdict is Verdict.OK
    assert held_against("5 W", contended(8.0, 1.6, 3.0)).verdict is Verdict.EXCEEDED


@given(st.floats(0.1, 100), st.floats(0, 2), st.floats(0, 0.375), st.floats(0.1, 100))
def test_contention_only_ever_prevents_exceeded(
    joules: float, uncertainty: float, added: float, limit: float
) -> None:
    alone = held_against(f"{limit!r} J", used(joules, joules * uncertainty))
    beside = held_against(f"{limit!r} J", contended(joules, joules * uncertainty, joules * added))
    if beside.verdict is not alone.verdict:
        assert (alone.verdict, beside.verdict) == (Verdict.EXCEEDED, Verdict.INCONCLUSIVE)


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
