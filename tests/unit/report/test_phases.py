"""What each phase used: no joule counts twice, and none is lost."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import reports
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.sections import Use
from pytest_scer.report.from_json import load_report
from pytest_scer.report.model import SectionEntry, TestEntry
from pytest_scer.report.phases import models_of_phase, parts, phase_cost, phase_costs
from pytest_scer.report.scores import model_scores


def test_the_tests_of_a_phase_add_up_units_or_not() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(10.0), phase="training"),
        reports.entry("a", reports.measured(5.0), phase="training", units={"token": 3}),
        reports.entry("a", reports.measured(1.0)),
        reports.entry("b", reports.measured(7.0), phase="training"),
    )
    cost = phase_cost(made, "a", "training")
    assert (cost.energy_j, cost.duration_s, cost.unmeasured) == (15.0, 20.0, ())
    assert models_of_phase(made, "training") == ["a", "b"]
    assert models_of_phase(made, "inference") == ["a"]


def test_of_a_repeated_call_the_median_counts_and_of_a_section_all_runs() -> None:
    runs = tuple(reports.measured(joules) for joules in (1.0, 2.0, 6.0))
    median = reports.measured(2.0, runs=runs, run_count=3)
    repeated = reports.report(reports.entry("a", median, phase="training"))
    assert phase_cost(repeated, "a", "training").energy_j == 2.0
    epochs = reports.section("epoch", median, "training")
    in_sections = reports.report(reports.entry("a", reports.measured(20.0), sections=[epochs]))
    cost = phase_cost(in_sections, "a", "training")
    assert (cost.energy_j, cost.duration_s) == (9.0, 30.0)
    assert cost.sources == ("test_it.py::test_a_inference [epoch]",)


def test_a_section_within_one_of_its_phase_counts_once() -> None:
    outer = reports.section("fit", reports.measured(5.0), "training")
    inner = replace(reports.section("epoch", reports.measured(4.0), "training"), parent="fit")
    made = reports.report(reports.entry("a", reports.measured(6.0), sections=[outer, inner]))
    assert phase_cost(made, "a", "training").energy_j == 5.0


def test_a_test_without_figure_or_that_failed_is_told() -> None:
    made = reports.report(
        reports.entry("a", unmeasured="no counter", phase="training", nodeid="t1"),
        reports.entry("a", reports.measured(1.0), phase="training", nodeid="t2", outcome="failed"),
        reports.entry("a", reports.measured(float("nan")), phase="training", nodeid="t3"),
        reports.entry(
            "a",
            reports.measured(4.0),
            phase="training",
            nodeid="t4",
            outcome="failed",
            budget_failed=True,
        ),
    )
    cost = phase_cost(made, "a", "training")
    assert (cost.energy_j, cost.unmeasured) == (4.0, ("t1", "t2", "t3"))


PHASES = st.sampled_from(["training", "inference", None])


@st.composite
def sectioned_tests(draw: st.DrawFn) -> TestEntry:
    """A test of at least as much energy as its sections, which hold each other."""
    sections: list[SectionEntry] = []
    own_j = {"": draw(st.floats(0, 100))}
    for number in range(draw(st.integers(0, 6))):
        parent = draw(st.sampled_from([None, *(each.name for each in sections)]))
        joules = draw(st.floats(0, 100))
        phase = draw(PHASES)
        sections.append(SectionEntry(f"s{number}", parent, phase, {}, reports.measured(joules)))
    for section in reversed(sections):  # children come later than what holds them
        held = [each for each in sections if each.parent == section.name]
        whole_j = section.measurement.known_j + math.fsum(each.measurement.known_j for each in held)
        section.measurement = reports.measured(whole_j)
        if draw(st.booleans()):
            section.units = {"token": draw(st.floats(1, 10))}
    top = [each for each in sections if each.parent is None]
    total_j = own_j[""] + math.fsum(each.measurement.known_j for each in top)
    units = {"token": 5.0} if draw(st.booleans()) else {}
    return reports.entry(
        "a", reports.measured(total_j), phase=draw(PHASES), units=units, sections=sections
    )


@given(sectioned_tests())
def test_the_parts_of_a_test_add_up_to_it(test: TestEntry) -> None:
    found = [part.measurement for part in parts(test)]
    assert all(each is not None and each.known_j >= 0 for each in found)
    total_j = math.fsum(each.known_j for each in found if each is not None)
    assert test.measurement is not None
    assert total_j == pytest.approx(test.measurement.known_j, abs=1e-9)


@given(sectioned_tests())
def test_scores_hold_no_more_than_their_phase(test: TestEntry) -> None:
    made = reports.report(test)
    costs = {phase: phase_cost(made, "a", phase) for phase in ("training", "inference", None)}
    for score in model_scores(made):
        assert score.energy_j <= costs[score.phase].energy_j + 1e-9


@given(sectioned_tests())
def test_the_session_is_the_sum_of_its_models(test: TestEntry) -> None:
    made = reports.report(test, replace(test, nodeid="other", model="b"))
    for phase, cost in phase_costs(made).items():
        of_models = [phase_cost(made, model, phase).energy_j for model in ("a", "b")]
        assert cost.energy_j == pytest.approx(math.fsum(of_models), abs=1e-9)


def test_a_section_of_the_other_phase_is_subtracted_from_its_test() -> None:
    made = reports.report(
        reports.entry(
            "a",
            reports.measured(135.0),
            phase="training",
            units={"step": 10},
            sections=[reports.section("check", reports.measured(35.0), "inference", step=2)],
        )
    )
    training, inference = model_scores(made)
    assert (training.phase, training.energy_j) == ("training", 100.0)
    assert (inference.phase, inference.energy_j) == ("inference", 35.0)
    assert phase_cost(made, "a", "training").energy_j == 100.0
    assert phase_cost(made, "a", "inference").energy_j == 35.0
    assert {name: cost.energy_j for name, cost in phase_costs(made).items()} == {
        "training": 100.0,
        "inference": 35.0,
    }


def test_what_the_recorder_knows_goes_before_what_follows_from_sections() -> None:
    """Next to a repeated call: its median run has 2 J of another phase, and 5 J lie beside it."""
    section = reports.section("predict", reports.measured(9.0), "inference", token=3)
    section.counted = Use(reports.measured(7.0), {"token": 21.0})
    test = reports.entry(
        "a",
        reports.measured(10.0, runs=(reports.measured(10.0),) * 3, run_count=3),
        phase="training",
        sections=[section],
        other_phases={"inference": reports.measured(2.0)},
        beside={"inference": reports.measured(5.0)},
    )
    made = reports.report(test)
    again = load_report(reports.as_json(made))
    for each in (made, again):
        assert phase_cost(each, "a", "training").energy_j == 8.0
        assert phase_cost(each, "a", "inference").energy_j == 7.0
        (score,) = model_scores(each)
        assert (score.energy_j, score.score and score.score.units) == (7.0, 21.0)


def test_sections_that_hold_each_other_in_a_circle_do_no_harm() -> None:
    one, other = (reports.section(name, reports.measured(1.0), "inference") for name in "ab")
    one.parent, other.parent = "b", "a"
    test = reports.entry("a", reports.measured(3.0), phase="training", sections=[one, other])
    assert [part.phase for part in parts(test)] == ["training", "inference"]
    assert len(model_scores(reports.report(test))) == 0


def test_an_attempt_that_was_rerun_does_not_count() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(5.0), units={"token": 1}, outcome="failed"),
        reports.entry("a", reports.measured(3.0), units={"token": 1}, attempt=2),
    )
    cost = phase_cost(made, "a", "inference")
    assert (cost.energy_j, cost.unmeasured) == (3.0, ())
