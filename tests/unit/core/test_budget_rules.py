"""Budget rules: patterns, and sums."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.budget_rules import BudgetRule, Pattern

NODEID = "tests/slow/test_generate.py::TestGpt2::test_generate[fp32-8]"


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (NODEID, True),
        ("*", True),
        ("tests/slow/*", True),
        ("*::test_generate[[]fp32-8]", False),  # brackets are literal, not a character class
        ("*::test_generate[*]", True),
        ("*::test_generate[fp3?-8]", True),
        ("*::test_generate[fp3-8]", False),
        ("tests/slow", False),  # the whole node ID has to match
        ("test_generate", False),
        ("tests.slow*", False),  # a dot is not a wildcard
        ("TESTS/*", False),
        ("mark:slow", True),
        ("mark:slo", False),
        ("mark:slo*", False),  # marker names have no wildcards
        ("model:gpt2", True),
        ("model:gpt?", True),
        ("model:bert", False),
    ],
)
def test_patterns(pattern: str, matches: bool) -> None:
    assert Pattern(pattern).matches(NODEID, {"slow", "scer"}, "gpt2") is matches


def test_a_test_without_a_model_matches_no_model() -> None:
    assert not Pattern("model:*").matches(NODEID, set(), None)


@given(st.text(), st.text())
def test_without_wildcards_a_pattern_is_the_node_id(pattern: str, nodeid: str) -> None:
    plain = not any(character in pattern for character in "*?") and ":" not in pattern
    if plain:
        assert Pattern(pattern).matches(nodeid, set(), None) is (pattern == nodeid)
    assert Pattern("*").matches(nodeid, set(), None)


def test_a_rule_is_a_pattern_and_a_budget() -> None:
    rule = BudgetRule.parse("tests/slow/* = 2 mgCO2e")
    assert rule.pattern == Pattern("tests/slow/*")
    assert rule.budget.limit == pytest.approx(2e-3)
    assert not rule.is_sum


def test_a_rule_of_a_sum() -> None:
    rule = BudgetRule.parse("sum(mark:slow)=30 J per query")
    assert rule.pattern == Pattern("mark:slow")
    assert rule.budget.functional_unit == "query"
    assert rule.is_sum


def test_the_last_equals_sign_separates() -> None:
    assert BudgetRule.parse("*[a=1] = 5 J").pattern == Pattern("*[a=1]")


@pytest.mark.parametrize("text", ["", "tests/*", "= 5 J", "sum() = 5 J", "5 J", "tests/* : 5 J"])
def test_what_is_no_rule_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected PATTERN = BUDGET or sum\(PATTERN\) = BUDGET"):
        BudgetRule.parse(text)


def test_a_rule_with_a_bad_budget_says_what_a_budget_is() -> None:
    with pytest.raises(ValueError, match="'5 bananas' is not a budget"):
        BudgetRule.parse("tests/* = 5 bananas")


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("sum(tests/* = 5 J", "write sum(tests/*) = 5 J"),
        ("sum(tests/*) = 5 J", None),
        ("tests/sum(x = 5 J", None),
    ],
)
def test_a_sum_without_its_parenthesis(rule: str, says: str | None) -> None:
    mistake = BudgetRule.parse(rule).likely_mistake
    assert mistake is None if says is None else says in str(mistake)
