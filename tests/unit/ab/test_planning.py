"""Which tests are run again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.ab.planning import MOST_PAIRS, Suspect, allocate, budget_of_round


def suspect(name: str, worth: float = 0.5, pair_s: float = 1.0, most: int = MOST_PAIRS) -> Suspect:
    return Suspect(name, worth, 30.0, 0.0008, 0.03, pair_s, most)


suites = st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.001, 5)), min_size=1, max_size=15).map(
    lambda rows: [suspect(f"t{i}", *row) for i, row in enumerate(rows)]
)


@given(suites, st.floats(0.01, 100))
def test_the_time_is_kept_but_for_one_pair(suspects: list[Suspect], budget_s: float) -> None:
    pairs = allocate(suspects, budget_s)
    taken_s = sum(each.pair_s * pairs.get(each.nodeid, 0) for each in suspects)
    assert sum(pairs.values()) == 1 or taken_s <= budget_s + 1e-9
    assert all(1 <= count <= MOST_PAIRS for count in pairs.values())


def test_the_likeliest_regression_gets_most() -> None:
    pairs = allocate([suspect("a", 0.9), suspect("b", 0.1), suspect("c", 0.1)], 20)
    assert pairs["a"] > pairs["b"] >= pairs["c"]


def test_of_two_alike_the_cheap_one_gets_more() -> None:
    pairs = allocate([suspect("cheap", pair_s=0.1), suspect("dear", pair_s=2)], 8)
    assert pairs["cheap"] > pairs["dear"]


def test_no_test_gets_more_than_tells_anything() -> None:
    assert allocate([suspect("a"), suspect("once", most=1)], 1e6) == {"a": MOST_PAIRS, "once": 1}
    assert allocate([], 10) == {}


@given(st.integers(1, 23), st.floats(0, 1000), st.floats(0.1, 20))
def test_a_round_never_plans_more_than_is_left(done: int, left_s: float, start_s: float) -> None:
    assert budget_of_round(done, left_s, start_s) + start_s <= left_s + 1e-9


def test_no_more_than_half_of_the_time_is_spent_on_starting() -> None:
    assert budget_of_round(1, 100, 1) == 19  # five more rounds
    assert budget_of_round(4, 60, 20) == 40  # one more round
    assert budget_of_round(1, 120, 20) == 20  # three more rounds, without which nothing is proved
    assert budget_of_round(1, 30, 20) == 10
