"""The open sections of a test: every joule belongs to exactly one phase."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.sections import Inside
from pytest_scer.recording.scopes import Scopes


@dataclass
class Work:
    """A section: what it used itself, and the sections in it."""

    name: str
    phase: str | None
    joules: float
    inner: list[Work] = field(default_factory=list)


PHASES = st.sampled_from(["training", "inference", None])
WORK = st.recursive(
    st.builds(Work, st.sampled_from("abcd"), PHASES, st.floats(0, 100)),
    lambda inner: st.builds(
        Work, st.sampled_from("abcd"), PHASES, st.floats(0, 100), st.lists(inner, max_size=3)
    ),
    max_leaves=8,
)


class Meter:
    """A counter of joules that work turns."""

    def __init__(self) -> None:
        self.joules = 0.0

    def read(self) -> Reading:
        return Reading(self.joules, 0.0, self.joules, None, None)


def run(work: Work, scopes: Scopes, meter: Meter, used: dict[str | None, float]) -> None:
    """Do the work as ``carbon.measure`` does it, and add up what each phase uses."""
    phase = work.phase or scopes.phase
    scope, start = scopes.open(work.name, phase), meter.read()
    meter.joules += work.joules
    used[phase] += work.joules
    for inner in work.inner:
        run(inner, scopes, meter, used)
    scopes.close_section(scope, Measurement.between(start, meter.read()))


def known_j(parts: Iterable[Measurement]) -> float:
    return math.fsum(part.known_j for part in parts)


@given(st.lists(WORK, max_size=4), PHASES, st.floats(0, 100))
def test_the_phases_of_a_stage_add_up_to_it(
    works: list[Work], phase: str | None, own_j: float
) -> None:
    scopes, meter = Scopes(phase), Meter()
    used: dict[str | None, float] = defaultdict(float)
    scopes.begin_stage()
    start = meter.read()
    for work in works:
        run(work, scopes, meter, used)
    meter.joules += own_j
    used[phase] += own_j
    whole = Measurement.between(start, meter.read())
    (inside,) = scopes.stages
    own, others = inside.own(whole, phase), inside.others(phase)
    assert own.known_j == pytest.approx(used[phase], abs=1e-9)
    for other, part in others.items():
        assert part.known_j == pytest.approx(used[other], abs=1e-9)
    if phase is not None:
        assert own.known_j + known_j(others.values()) == pytest.approx(whole.known_j, abs=1e-9)


@given(st.lists(WORK, min_size=1, max_size=4), PHASES)
def test_no_section_used_more_than_its_stage(works: list[Work], phase: str | None) -> None:
    scopes, meter = Scopes(phase), Meter()
    scopes.begin_stage()
    for work in works:
        run(work, scopes, meter, defaultdict(float))
    (inside,) = scopes.stages
    for use in inside.sections.values():
        assert 0 <= use.measurement.known_j <= meter.joules + 1e-9


def section(scopes: Scopes, name: str, phase: str | None, joules: float) -> None:
    run(Work(name, phase, joules), scopes, Meter(), defaultdict(float))


def phases(inside: Inside) -> dict[str | None, float]:
    return {phase: part.known_j for phase, part in inside.phases.items()}


def test_stages_are_kept_apart() -> None:
    scopes = Scopes("training")
    section(scopes, "before", "inference", 1.0)
    for joules in (2.0, 3.0):
        scopes.begin_stage()
        section(scopes, "predict", "inference", joules)
    assert [phases(each) for each in scopes.stages] == [{"inference": 2.0}, {"inference": 3.0}]


def test_the_runs_of_an_outermost_call_stay_apart_and_nested_ones_belong_to_it() -> None:
    scopes = Scopes("training")
    scopes.begin_stage()
    outer = scopes.open(None, "training")
    for _ in range(2):
        inner = scopes.open(None, "training")
        section(scopes, "predict", "inference", 2.0)
        scopes.close_run(inner)
    scopes.close_run(outer)
    assert phases(inner.inside) == {"inference": 2.0}
    assert phases(outer.inside) == {"inference": 4.0}
    assert phases(scopes.stages[0]) == {}


def test_a_section_around_a_call_is_not_part_of_the_test() -> None:
    """It holds the warm-up and every repeat, of which the test's measurement is the median."""
    scopes = Scopes("training")
    scopes.begin_stage()
    around = scopes.open("around", "inference")
    section(scopes, "before", "inference", 1.0)
    scopes.close_run(scopes.open(None, "inference"))
    scopes.close_section(around, Measurement(1.0, 1.0, 9.0, None, None, None))
    assert phases(scopes.stages[0]) == {"inference": 1.0}
    assert list(scopes.stages[0].sections) == ["before"]


def test_a_section_that_outlives_the_one_around_it_lies_in_neither() -> None:
    scopes = Scopes(None)
    scopes.begin_stage()
    outer, stream = scopes.open("outer", None), scopes.open("stream", None)
    measured = Measurement(1.0, 1.0, 2.0, None, None, None)
    scopes.close_section(outer, measured)
    scopes.close_section(stream, measured)
    assert list(scopes.stages[0].sections) == ["outer"]
    assert scopes.innermost is None


def test_a_section_in_itself_counts_once() -> None:
    scopes = Scopes("training")
    scopes.begin_stage()
    run(Work("a", None, 1.0, [Work("a", None, 2.0)]), scopes, Meter(), defaultdict(float))
    assert scopes.stages[0].sections["a"].measurement.known_j == 3.0
