"""Ratios in assertions: what is certain, and what noise leaves open."""

from __future__ import annotations

import math
import warnings

import pytest

from pytest_scer.core.ratios import RatioEstimate
from pytest_scer.errors import CarbonBudgetWarning, CarbonInconclusive
from pytest_scer.recording.comparison import UNKNOWN, Ratio

NAMED = frozenset({"inconclusive", "unmeasured"})


def ratio(low: float = 0.7, high: float = 0.9, fail_on: frozenset[str] = frozenset()) -> Ratio:
    return Ratio("int8 / fp32", RatioEstimate(0.8, low, high, 10), fail_on)


def test_outside_of_the_interval_the_answer_is_certain() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ratio() < 0.95
        assert not ratio() < 0.7  # low >= x
        assert ratio() <= 0.9
        assert not ratio() <= 0.65
        assert ratio() > 0.65
        assert not ratio() > 0.9
        assert ratio() >= 0.7
        assert not ratio() >= 0.95


@pytest.mark.parametrize("limit", [0.75, 0.8, 0.85, 0.9])
def test_inside_of_the_interval_it_is_true_with_a_warning_at_the_assertion(limit: float) -> None:
    with pytest.warns(CarbonBudgetWarning, match="Inconclusive.*noise may explain it") as caught:
        assert ratio() < limit
    assert caught[0].filename == __file__


def test_it_warns_where_warnings_are_errors() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        assert ratio() < 0.8
    assert len(caught) == 1


def test_it_fails_where_the_user_wants_that() -> None:
    with pytest.raises(
        CarbonInconclusive, match=r"int8 / fp32: 0.8 \(0.7 to 0.9, 10 pairs\)> < 0.8"
    ):
        assert ratio(fail_on=NAMED) < 0.8


def test_without_a_figure_nothing_is_checked() -> None:
    missing = Ratio("a / b", UNKNOWN, frozenset())
    assert math.isnan(float(missing))
    with pytest.warns(CarbonBudgetWarning, match="Not checked.*no figure"):
        assert missing < 0.8
    with pytest.raises(CarbonInconclusive, match="Not checked"):
        assert Ratio("a / b", UNKNOWN, NAMED) > 0.8


def test_too_few_rounds_are_named() -> None:
    few = Ratio("a / b", RatioEstimate(0.5, 0.0, math.inf, 2), frozenset())
    with pytest.warns(CarbonBudgetWarning, match="at least 3 rounds are needed"):
        assert few < 0.8


def test_a_ratio_cannot_be_compared_with_text() -> None:
    with pytest.raises(TypeError):
        assert ratio() < "0.8"  # type: ignore[operator]
