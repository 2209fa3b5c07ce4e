"""Ratios in assertions: what is certain, and what noise leaves open."""

from __future__ import annotations

import math
import operator
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from pytest_scer.core.ratios import SAME, UNKNOWN_RATIO, RatioEstimate
from pytest_scer.errors import CarbonBudgetWarning, CarbonInconclusive
from pytest_scer.recording.comparison import Comparison, Ratio, setting_of
from pytest_scer.report.comparisons import COMPARE, ComparisonEntry, VariantEntry

NAMED = frozenset({"inconclusive", "unmeasured"})


def ratio(low: float = 0.7, high: float = 0.9, fail_on: frozenset[str] = frozenset()) -> Ratio:
    return Ratio("int8 / fp32", RatioEstimate(0.8, low, high, 10), fail_on)


# Of a ratio from 0.7 to 0.9: whether it holds below, at the lower end, within, at the upper end,
# and above; None where noise leaves it open
LIMITS = (0.65, 0.7, 0.8, 0.9, 0.95)
RELATIONS: dict[str, tuple[Callable[[Any, float], bool], tuple[bool | None, ...]]] = {
    "<": (operator.lt, (False, False, None, None, True)),
    "<=": (operator.le, (False, None, None, True, True)),
    ">": (operator.gt, (True, None, None, False, False)),
    ">=": (operator.ge, (True, True, None, None, False)),
    "==": (operator.eq, (False, None, None, None, False)),
    "!=": (operator.ne, (True, None, None, None, True)),
}


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_truth_of_a_relation(relation: str) -> None:
    holds, expected = RELATIONS[relation]
    for limit, answer in zip(LIMITS, expected, strict=True):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert holds(ratio(), limit) is (answer is not False)
        assert bool(caught) is (answer is None)
        if answer is None:
            with pytest.raises(CarbonInconclusive, match=rf"pairs\)> {relation} {limit:g}: noise"):
                holds(ratio(fail_on=NAMED), limit)


@pytest.mark.parametrize(
    ("relation", "answer"),
    [("<", False), ("<=", True), (">", False), (">=", True), ("==", True), ("!=", False)],
)
def test_a_variant_over_itself_is_exactly_one(relation: str, answer: bool) -> None:
    itself = Ratio("a / a", SAME, NAMED)
    assert RELATIONS[relation][0](itself, 1) is answer
    assert itself > np.float32(0.99)
    assert itself < np.int64(2)


def test_a_ratio_alone_is_no_assertion() -> None:
    with pytest.raises(TypeError, match="neither true nor false: compare it"):
        assert ratio()


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
    missing = Ratio("a / b", UNKNOWN_RATIO, frozenset())
    assert math.isnan(float(missing))
    with pytest.warns(CarbonBudgetWarning, match="Not checked.*no figure"):
        assert missing < 0.8
    with pytest.raises(CarbonInconclusive, match="Not checked"):
        assert Ratio("a / b", UNKNOWN_RATIO, NAMED) > 0.8
    with pytest.warns(CarbonBudgetWarning, match="< nan: a figure is missing"):
        assert ratio() < float(missing)


def test_too_few_rounds_are_named() -> None:
    few = Ratio("a / b", RatioEstimate(0.5, 0.0, math.inf, 2), frozenset())
    with pytest.warns(CarbonBudgetWarning, match="at least 3 rounds are needed"):
        assert few < 0.8


@pytest.mark.parametrize("other", ["0.8", None, ratio()])
def test_a_ratio_is_compared_with_numbers_only(other: Any) -> None:
    with pytest.raises(TypeError):
        assert ratio() < other
    assert ratio() != other


class Model:
    """Something whose text has its address."""


@pytest.mark.parametrize(
    ("value", "setting"),
    [
        (4, 4),
        (True, True),
        (None, None),
        (0.5, 0.5),
        (np.int64(4), 4),
        (np.float32(0.5), 0.5),
        (Fraction(1, 4), 0.25),
        (math.nan, "nan"),
        (1e61, "1e+61"),
        ("eager", "eager"),
        ("x" * 61, "str 3"),
        ("a\nb", "str 3"),
        (Model, "Model"),
        (Model(), "Model 3"),
        (len, "len"),
        (lambda: None, "function 3"),
        ((8, 16), "(8, 16)"),
        ("a\udce9", "a\\udce9"),
    ],
)
def test_a_setting_is_a_number_or_a_short_text(value: object, setting: object) -> None:
    found = setting_of(value, 3)
    assert (found, type(found)) == (setting, type(setting))


def test_what_is_no_pair_of_variants() -> None:
    variants = [VariantEntry("8", [2.0] * 3), VariantEntry("a", [1.0] * 3)]
    compared = Comparison({}, ComparisonEntry(COMPARE, variants), NAMED)
    assert repr(compared) == "<comparison of '8', 'a'>"
    assert compared[8, "a"] == 2  # type: ignore[index]  # named by a number
    for names in ("8", ("8",), ("8", "a", "a"), 0):
        with pytest.raises(TypeError, match=r"expected two variants, as in compared\["):
            compared[names]  # type: ignore[index]
    with pytest.raises(KeyError, match="the variants are '8', 'a'"):
        compared["8", "b"]
