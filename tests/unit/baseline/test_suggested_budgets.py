from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import entry, environment, measured, report

from pytest_scer.baseline.suggested_budgets import Request, Sample, Suggestions, suggest, upper_end
from pytest_scer.core.training import Stop, Training
from pytest_scer.report.model import Report

SAMPLES = st.lists(
    st.builds(
        Sample,
        st.floats(1e-6, 1e6),
        st.none() | st.floats(0, 1e6),
        st.just(1),
        st.just(0.0),
        st.just(False),
    ),
    min_size=1,
    max_size=8,
)


def sample(value: float, uncertainty: float | None) -> Sample:
    return Sample(value, uncertainty, 1, 0.0, False)


def test_one_session_has_its_own_interval() -> None:
    assert upper_end([sample(10, 2)]) == 12
    assert upper_end([sample(10, None)]) == 10


def test_of_two_sessions_their_intervals_count_and_what_was_seen() -> None:
    assert upper_end([sample(10, 2), sample(12, 4)]) == 14
    assert upper_end([sample(10, 1), sample(20, 1)]) == 20


def test_of_three_their_spread_counts_if_it_is_less() -> None:
    alike = [sample(10.0, 3), sample(10.1, 3), sample(9.9, 3)]
    assert upper_end(alike) == pytest.approx(10 + 4.3027 * 0.1 * (4 / 3) ** 0.5, rel=1e-4)
    apart = [sample(8, 3), sample(12, 3), sample(10, 3)]
    assert upper_end(apart) == 13


@given(SAMPLES)
def test_never_less_than_a_session_that_was_seen(samples: list[Sample]) -> None:
    assert upper_end(samples) >= max(each.value for each in samples)


def of(joules: dict[str, float], **more: object) -> Report:
    """A session of tests with these costs, each measured to a tenth."""
    tests = [
        entry(measurement=measured(cost, uncertainty_j=cost / 10), nodeid=nodeid)
        for nodeid, cost in joules.items()
    ]
    return report(*tests, **more)


def limits(suggestions: Suggestions) -> dict[tuple[str, int], str]:
    return {(each.nodeid, each.tests): each.limit for each in suggestions.budgets}


def test_siblings_that_cost_about_the_same_share_a_budget() -> None:
    alike = {"t.py::a[1]": 10.0, "t.py::a[2]": 11.0, "t.py::a[3]": 14.0, "t.py::b": 5.0}
    assert limits(suggest([of(alike)], Request(0.0))) == {
        ("t.py::a", 3): "16 J",
        ("t.py::b", 1): "5.6 J",  # and 5 ms of 0.5 W
    }


@pytest.mark.parametrize(
    "apart",
    [
        {"t.py::a[1]": 10.0, "t.py::a[2]": 11.0, "t.py::a[3]": 16.0},
        {"t.py::a[1]": 10.0, "t.py::a[2]": 11.0},
        {"t[1].py::a": 10.0, "t[2].py::a": 10.0, "t[3].py::a": 10.0},
        {"t.py::a[1]": 10.0, "t.py::a[2]": 11.0, "t.py::a[3]": 10.0, "t.py::a[4]": 0.0},
    ],
    ids=["different", "two", "directories", "one without a figure"],
)
def test_others_have_their_own(apart: dict[str, float]) -> None:
    assert {count for _, count in limits(suggest([of(apart)], Request()))} == {1}


def test_short_tests_have_at_least_some_milliseconds_of_headroom() -> None:
    quick = entry(measurement=measured(0.02, seconds=0.001, uncertainty_j=0.0))
    (suggestion,) = suggest([report(quick)], Request(0.2)).budgets
    assert suggestion.limit == "120 mJ"  # 20 mJ + 5 ms of 20 W


def test_a_session_counts_once_and_machines_are_told_apart() -> None:
    first = of({"t.py::a": 10.0})
    session = replace(first.session, id="another")
    other = of({"t.py::a": 10.0}, session=session, environment=environment("EPYC"))
    found = suggest([first, other, first], Request())
    assert (found.sessions, found.machines) == (2, 2)
    assert found.budgets[0].sessions == 2


def test_what_one_session_lacks_another_may_have() -> None:
    first = of({"t.py::a": 10.0})
    skipped = entry(nodeid="t.py::a", outcome="skipped")
    other = report(skipped, session=replace(first.session, id="another"))
    found = suggest([other, first], Request())
    assert found.missing == {}
    assert found.budgets[0].sessions == 1
    assert suggest([other], Request()).missing == {"t.py::a": "it was skipped"}
    assert suggest([], Request()).budgets == []


def test_a_stopped_training_suggests_only_budgets_per_unit() -> None:
    stopped = Training("training", "epoch", 9, stopped=Stop("5 J", 6.0, "J", 3, "stopped"))
    test = entry(measurement=measured(9.0), nodeid="a", units={"epoch": 3}, trainings=[stopped])
    assert suggest([report(test)], Request()).missing == {
        "a": "its training was stopped after 0 of 9 epochs"
    }
    assert suggest([report(test)], Request(unit="epoch")).missing == {}
