from __future__ import annotations

from collections.abc import Sequence

import iniconfig
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.baseline.suggested_budgets import Request, Suggestion, Suggestions
from pytest_scer.core.budget_rules import BudgetRule
from pytest_scer.formats.suggested_budgets import MOST_NAMED, lines, pattern

tomllib = pytest.importorskip("tomllib")  # Python 3.11

NODEIDS = st.lists(
    st.text(st.sampled_from("ab?*[]=#; :(\\\"'\u2028\x00\xe9"), min_size=1, max_size=5),
    min_size=1,
    max_size=8,
    unique=True,
)


def suggestion(nodeid: str, joules: int, tests: int = 1) -> Suggestion:
    return Suggestion(nodeid, tests, f"{joules} J", joules, joules, 1, 1, is_marked=False)


def printed(*budgets: Suggestion, form: str = "toml", missing: dict[str, str] | None = None) -> str:
    suggestions = Suggestions(list(budgets), missing or {}, 1, 1)
    return "\n".join(lines(suggestions, Request(), form))


def read(text: str, form: str) -> list[BudgetRule]:
    """The rules as pytest and the plugin read them."""
    if form == "toml":
        listed = tomllib.loads(text)["scer_budgets"]
    else:
        value = iniconfig.IniConfig("pytest.ini", f"[pytest]\n{text}")["pytest"]["scer_budgets"]
        listed = [line.strip() for line in value.split("\n") if line.strip()]
    return [BudgetRule.parse(line) for line in listed if not line.startswith("#")]


def limit_of(nodeid: str, rules: Sequence[BudgetRule]) -> float:
    matching = [rule for rule in rules if rule.pattern.matches(nodeid, (), None)]
    return matching[-1].budget.limit


@pytest.mark.parametrize("form", ["toml", "ini"])
@given(nodeids=NODEIDS)
def test_each_test_gets_its_own_budget(form: str, nodeids: list[str]) -> None:
    budgets = [suggestion(nodeid, 2**n) for n, nodeid in enumerate(nodeids)]
    rules = read(printed(*budgets, form=form), form)
    assert not any(rule.is_sum for rule in rules)
    for each in budgets:
        same = [other.value for other in budgets if pattern(other) == pattern(each)]
        assert limit_of(each.nodeid, rules) == max(same)


@pytest.mark.parametrize("form", ["toml", "ini"])
@pytest.mark.parametrize(
    "nodeid", ["mark:slow", "model:x", "sum(x)", " x ", "# x", "a\nb", "=", "]"]
)
def test_no_node_id_is_taken_for_something_else(form: str, nodeid: str) -> None:
    (rule,) = read(printed(suggestion(nodeid, 3), form=form), form)
    assert not rule.is_sum
    assert rule.pattern.matches(nodeid, ("slow",), "x")
    assert not rule.pattern.matches("other", ("slow",), "x")


@pytest.mark.parametrize("form", ["toml", "ini"])
def test_parameter_sets_share_a_line(form: str) -> None:
    rules = read(printed(suggestion("t.py::f", 5, 3), suggestion("t.py::g", 7), form=form), form)
    assert limit_of("t.py::f[a[b]]", rules) == 5
    assert limit_of("t.py::g", rules) == 7
    assert not any(rule.pattern.matches("t.py::f2", (), None) for rule in rules)


def test_not_all_tests_without_a_budget_are_named() -> None:
    many = {f"t.py::test_{n}": "a\nreason" for n in range(MOST_NAMED + 3)}
    text = printed(missing=many)
    assert "# no budget: a?reason\n#   t.py::test_0\n" in text
    assert text.endswith("#   and 3 more tests")
    assert "scer_budgets" not in text
