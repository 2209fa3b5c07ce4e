"""Spans over time: no joule is lost when they are joined or cut into steps."""

from __future__ import annotations

import math
from collections import defaultdict

import drawn
import pytest
import reported_suite
import reports
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_scer.charts.spans import Span, joined, power, spans_of
from pytest_scer.report.model import FixtureEntry, Idle, Report, Totals

SPANS = st.lists(
    st.builds(
        lambda lane, kind, test, start_s, seconds, cpu_j: Span(
            lane, kind, str(test), start_s, start_s + seconds, {"cpu": cpu_j, "ram": 1.0}, test
        ),
        st.sampled_from(["gw0", "gw1"]),
        st.sampled_from(["test", "fixture"]),
        st.integers(0, 5),
        drawn.SECONDS,
        st.one_of(drawn.SECONDS, st.just(0.0)),
        drawn.JOULES,
    ),
    max_size=60,
)


def by_lane(spans: list[Span]) -> dict[str, float]:
    sums: dict[str, list[float]] = defaultdict(list)
    for span in spans:
        sums[span.lane].append(span.energy_j)
    return {lane: math.fsum(joules) for lane, joules in sums.items()}


@given(SPANS, st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_joining_keeps_the_joules_of_each_lane(spans: list[Span], most: int) -> None:
    spans.sort(key=lambda span: (span.lane, span.start_s, span.end_s))
    assert by_lane(joined(spans, most)) == pytest.approx(by_lane(spans))


@given(SPANS, st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_steps_sum_to_the_joules_of_each_component(spans: list[Span], bins: int) -> None:
    steps = power(spans, bins)
    if not steps:
        assert all(span.end_s == 0 for span in spans)
        return
    for name in ("cpu", "ram"):
        whole_j = math.fsum(span.joules[name] for span in spans)
        assert math.fsum(step.get(name, 0.0) for step in steps) == pytest.approx(whole_j)


@given(drawn.any_report())
@settings(max_examples=40, deadline=None)
def test_the_spans_of_started_tests_sum_to_their_stages(report: Report) -> None:
    found = math.fsum(span.energy_j for span in spans_of(report) if span.kind == "test")
    stages = [
        stage.known_j
        for test in report.tests
        if test.start_s is not None
        for stage in test.stages.values()
        if stage is not None
    ]
    assert found == pytest.approx(math.fsum(stages))


def test_time_between_stages_is_that_of_repeats() -> None:
    cost = reports.measured(6.0, 1.0)
    test = reports.entry(
        None,
        cost,
        nodeid="a.py::test",
        stages={"setup": cost, "call": cost, "teardown": cost},
        start_s=2.0,
        starts_s={"setup": 2.0, "call": 5.0, "teardown": 10.0},
    )
    fixture = FixtureEntry("data", "module", test.nodeid, "master", cost, start_s=2.0)
    report = reports.report(
        test,
        fixtures=[fixture],
        idle=Idle(1.5, 20.0, 20.0, start_s=0.25),
        totals=Totals(50.0, None, None, 18.0, 6.0, 10.0),
    )
    assert [(span.kind, span.start_s, span.end_s, span.energy_j) for span in spans_of(report)] == [
        ("idle", 0.25, 1.75, 30.0),
        ("fixture", 2.0, 3.0, 6.0),
        ("test", 3.0, 4.0, 6.0),  # its setup, behind the fixture that it asked for
        ("repeats", 4.0, 5.0, 2.0),
        ("test", 5.0, 6.0, 6.0),
        ("repeats", 6.0, 10.0, 8.0),
        ("test", 10.0, 11.0, 6.0),
    ]


def test_reports_of_earlier_releases_have_no_spans() -> None:
    assert spans_of(reported_suite.suite()) == []


def test_workers_of_several_hosts_have_lanes_of_their_own() -> None:
    tests = [
        reports.entry(None, reports.measured(1.0), nodeid="t", host=host, worker="gw0", start_s=0.0)
        for host in ("h0", "h1")
    ]
    assert {span.lane for span in spans_of(reports.report(*tests))} == {"h0 gw0", "h1 gw0"}
