"""The total cost of a phase of a model."""

from __future__ import annotations

from dataclasses import replace

import reports

from pytest_scer.report.phases import models_of_phase, phase_cost


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
