"""Reports to draw: of any tests, fixtures, repeats and overhead, and what a picture holds."""

from __future__ import annotations

import math
from typing import Any

import reports
from hypothesis import strategies as st

from pytest_scer.charts.chart import Chart
from pytest_scer.core.measurement import Measurement
from pytest_scer.report.model import FixtureEntry, Report, TestEntry, Totals

JOULES = st.floats(0.0, 1e6)
SECONDS = st.floats(0.0, 1e4)
NODEIDS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "a/", "a/b/", "/"]),
        st.sampled_from(["test_x.py::", "test_y.py::", ""]),
        st.sampled_from(["", "TestIt::", "TestIt::Inner::"]),
        st.sampled_from(["test_one", "test_two", ""]),
        st.sampled_from(["", "[1]", "[a/b::c]", "[", "<script>"]),
    ),
)


def measurements() -> st.SearchStrategy[Measurement]:
    """Of a CPU, whose figure may be missing, and a memory."""
    return st.builds(
        Measurement,
        duration_s=SECONDS,
        cpu_time_s=SECONDS,
        cpu_j=st.one_of(JOULES, st.just(math.nan)),
        gpu_j=st.none(),
        ram_j=JOULES,
        uncertainty_j=st.one_of(st.none(), JOULES),
    )


def tests() -> st.SearchStrategy[TestEntry]:
    """Tests with any of their stages."""

    def test(nodeid: str, start_s: float | None, **stages: Measurement | None) -> TestEntry:
        made = reports.entry(None, stages["call"], nodeid=nodeid, stages=stages, start_s=start_s)
        made.worker = "gw1" if len(nodeid) % 2 else "gw0"
        return made

    stage = st.one_of(st.none(), measurements())
    start_s = st.one_of(st.none(), SECONDS)
    return st.builds(test, NODEIDS, start_s, setup=stage, call=stage, teardown=stage)


@st.composite
def any_report(draw: st.DrawFn) -> Report:
    """A report whose parts sum to its total, with overhead that is not negative."""
    entries = draw(st.lists(tests(), max_size=12))
    nodeids = [entry.nodeid for entry in entries] or ["test_gone"]
    fixtures = draw(
        st.lists(
            st.builds(
                FixtureEntry,
                name=st.sampled_from(["data", "<b>"]),
                scope=st.sampled_from(["module", "session"]),
                nodeid=st.sampled_from(nodeids),
                worker=st.sampled_from(["gw0", "gw1"]),
                measurement=measurements(),
            ),
            max_size=4,
        )
    )
    again_j, overhead_j = draw(JOULES), draw(JOULES)
    stages = [stage for entry in entries for stage in entry.stages.values() if stage is not None]
    parts = [*stages, *(fixture.measurement for fixture in fixtures)]
    tests_j = math.fsum(stage.known_j for stage in stages)
    fixtures_j = math.fsum(each.measurement.known_j for each in fixtures)
    cpu_j = math.fsum(each.cpu_j for each in parts if each.cpu_j and not math.isnan(each.cpu_j))
    ram_j = math.fsum(each.ram_j or 0.0 for each in parts)
    return reports.report(
        *entries,
        fixtures=fixtures,
        totals=Totals(cpu_j + again_j, None, ram_j + overhead_j, tests_j, fixtures_j, again_j),
    )


def rows(chart: Chart | None, name: str = "rows") -> list[dict[str, Any]]:
    """The data of a picture."""
    assert chart is not None
    found: list[dict[str, Any]] = chart.spec["datasets"][name]
    return found
