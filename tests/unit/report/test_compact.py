"""The compact form of a test: its entry says what its readings say."""

from __future__ import annotations

import marshal
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core import STAGES
from pytest_scer.core.contention import NONE, Contention
from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.scatter import CPU_TIME, EXACT, WALL_TIME, Scatter
from pytest_scer.core.timeline import Account, measurement_of
from pytest_scer.core.uncertainty import Noise
from pytest_scer.report.compact import CompactForm
from pytest_scer.report.entries import TestEntry

NOISE = Noise(CPU_TIME, EXACT, WALL_TIME, "noise between sessions")
counts = st.floats(0, 1e6)
contentions = st.just(NONE) | st.builds(Contention, counts, counts)


def reading(at: float, noise_j: float, contention: Contention, *, epoch: int = 0) -> Reading:
    return Reading(at, at / 2, 3 * at, None, at / 4, noise_j, epoch, contention=contention)


readings = st.builds(reading, counts, st.floats(0, 1), contentions, epoch=st.integers(0, 2))
spans = st.none() | st.lists(st.tuples(readings, readings), min_size=1, max_size=3).map(
    lambda pairs: [each for pair in pairs for each in sorted(pair, key=lambda its: its.time_s)]
)


def entry(
    stages: Sequence[Sequence[Reading] | None],
    *,
    outcome: str = "passed",
    offset_s: float | None = 1.5,
    noise: Noise = NOISE,
    absent: frozenset[str] = frozenset({"gpu"}),
    as_json: bool = True,
) -> TestEntry:
    form = CompactForm(
        absent, as_json=as_json, worker="gw1", host="h2", offset_s=offset_s, noise=noise
    )
    accounts = {
        name: account(readings)
        for name, readings in zip(STAGES, stages, strict=True)
        if readings is not None
    }
    compact = form.dump("test_it.py::test_it", outcome, 3, ("slow",), accounts)
    if isinstance(compact, bytes):
        assert b"\n" not in compact
    else:
        assert repr(marshal.loads(marshal.dumps(compact))) == repr(
            compact
        )  # as pytest-forked sends it
    return form.load(compact)


def account(readings: Sequence[Reading]) -> Account:
    made = Account()
    made.spans += readings
    return made


def same(one: Measurement | None, other: Measurement | None) -> bool:
    """Whether two measurements are equal, also where a figure is NaN."""
    return repr(one) == repr(other)


@given(st.lists(spans, min_size=3, max_size=3), st.sets(st.integers(1, 2)), st.booleans())
def test_a_stage_is_what_its_readings_say(
    stages: list[list[Reading] | None], sharing: set[int], as_json: bool
) -> None:
    for at in sharing:  # a stage that begins with the reading at which the one before it ended
        before, its = stages[at - 1], stages[at]
        if before and its:
            stages[at] = [before[-1], *its[1:]]
    made = entry(stages, as_json=as_json)
    for name, its in zip(STAGES, stages, strict=True):
        measured = measurement_of(its or [])
        expected = None if measured is None else NOISE.add_to(measured)
        assert same(made.stages[name], expected)
        if its:
            assert made.starts_s[name] == 1.5 + its[0].time_s
        else:
            assert name not in made.starts_s
    assert made.measurement is made.stages["call"]
    assert made.start_s == min(made.starts_s.values(), default=None)


def test_what_identifies_a_test_is_kept() -> None:
    start, end = reading(1.0, 0.0, NONE), reading(2.0, 0.0, NONE)
    made = entry([[start, end]] * 3)
    assert (made.nodeid, made.outcome, made.worker, made.host) == (
        "test_it.py::test_it",
        "passed",
        "gw1",
        "h2",
    )
    assert (made.attempt, list(made.marks), made.unmeasured) == (3, ["slow"], None)
    assert (made.phase, made.category, made.model, made.budget_failed) == (None, None, None, False)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_component_without_a_figure_is_missing_and_an_absent_one_is_not(*, as_json: bool) -> None:
    start, end = reading(1.0, 0.0, NONE), reading(2.0, 0.0, NONE)
    failed = end._replace(cpu_j=math.nan, cpu_fault="the disk is full")
    made = entry([None, [start, failed], None], as_json=as_json)
    measured = made.stages["call"]
    assert measured is not None
    assert measured.gpu_j is None
    assert measured.cpu_j is not None
    assert math.isnan(measured.cpu_j)
    assert made.unmeasured == "the disk is full"
    both = entry([None, [start, end], None], absent=frozenset()).stages["call"]
    assert both is not None
    assert both.gpu_j is not None
    assert math.isnan(both.gpu_j)


def test_a_meter_without_components_measures_nothing() -> None:
    start, end = (Reading(at, at, None, None, None) for at in (1.0, 2.0))
    made = entry([None, [start, end], None], absent=frozenset({"cpu", "gpu", "ram"}))
    assert made.unmeasured == "none of the selected components can be measured on this machine"


@pytest.mark.parametrize(
    ("outcome", "why"),
    [("skipped", "the test was skipped"), ("error", "the test did not run")],
)
def test_a_test_without_a_call_says_why(outcome: str, why: str) -> None:
    start, end = reading(1.0, 0.0, NONE), reading(2.0, 0.0, NONE)
    assert entry([[start, end], None, [start, end]], outcome=outcome).unmeasured == why


def test_each_component_has_the_noise_of_its_own() -> None:
    noise = replace(NOISE, cpu=Scatter(0.5, 0.5), ram=Scatter(0.0, 0.0))
    start, end = Reading(0.0, 0.0, 0.0, None, 0.0), Reading(1.0, 1.0, 6.0, None, 2.0)
    measured = entry([None, [start, end], None], noise=noise).stages["call"]
    assert measured is not None
    assert measured.uncertainty_j == pytest.approx(3.0)
    assert measured.within_session_j == 0.0


def test_without_a_report_nobody_knows_when_it_started() -> None:
    start, end = reading(1.0, 0.0, NONE), reading(2.0, 0.0, NONE)
    made = entry([[start, end]] * 3, offset_s=None)
    assert made.start_s is None
    assert not made.starts_s
