"""What a score leaves out, with the energy that it used."""

from __future__ import annotations

from typing import Any

import pytest
import reports
from jsonschema import Draft202012Validator

from pytest_scer.report.left_out import LeftOut
from pytest_scer.report.model import TestEntry
from pytest_scer.report.ratings import RatedScore, rated_scores
from pytest_scer.report.schema import json_schema

COUNTED = reports.entry("a", reports.measured(1000.0), units={"token": 1000})


def rated(*more: TestEntry) -> RatedScore:
    (row,) = rated_scores(reports.report(COUNTED, *more))
    return row


def entry(nodeid: str = "other", joules: float = 5.0, **more: Any) -> TestEntry:
    return reports.entry("a", reports.measured(joules), nodeid=nodeid, **more)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"outcome": "failed"}, "failed"),
        ({"outcome": "failed", "units": {"token": 3}}, "failed"),
        ({"outcome": "error"}, "failed in its setup or teardown"),
        ({"outcome": "xfailed"}, "failed as expected"),
        ({"outcome": "skipped"}, "skipped"),
        ({}, "counted nothing"),
        ({"units": {"token": 0.0}}, "counted nothing"),
        ({"category": None, "phase": None}, "counted nothing"),
    ],
    ids=str,
)
def test_a_test_that_does_not_count_is_listed_with_its_joules(
    more: dict[str, Any], reason: str
) -> None:
    row = rated(entry(**more))
    outcome = str(more.get("outcome", "passed"))
    assert row.left_out == (LeftOut("other", outcome, reason, 5.0, 10.0),)
    assert any("left out of the score: 5.00 J" in caveat for caveat in row.caveats)


@pytest.mark.parametrize(
    "other",
    [
        entry(units={"token": 3}),
        entry(units={"token": 3}, outcome="failed", budget_failed=True),
        entry(category="another"),
        entry(phase="training"),
        reports.entry("b", reports.measured(5.0), outcome="failed"),
        reports.entry("a", None, outcome="skipped"),
    ],
    ids=["counted", "over budget", "category", "phase", "model", "skipped"],
)
def test_what_counts_or_is_another_matter_is_not(other: TestEntry) -> None:
    row = rated_scores(reports.report(COUNTED, other))[0]
    assert row.left_out == ()


def test_a_test_of_another_unit_has_its_own_score() -> None:
    tokens, images = rated_scores(reports.report(COUNTED, entry(units={"image": 3})))
    assert (tokens.left_out, images.left_out) == ((), ())


def test_what_nothing_measured_is_listed_without_joules() -> None:
    row = rated(reports.entry("a", nodeid="other", unmeasured="a hosted API"))
    (missing,) = row.left_out
    assert (missing.reason, missing.energy_j) == ("unmeasured: a hosted API", None)
    assert row.caveats[-1] == "unmeasured and left out: 1 test or section of this model"


def test_energy_outside_of_the_sections_that_count_is_listed() -> None:
    section = reports.section("decode", reports.measured(3.0), "inference", token=10)
    row = rated(entry(sections=[section], joules=5.0))
    (missing,) = row.left_out
    assert (missing.nodeid, missing.energy_j) == ("other", 2.0)
    assert missing.reason == "outside of the sections that counted"


def test_the_other_phase_of_a_test_is_listed_where_it_counts_nothing() -> None:
    section = reports.section("check", reports.measured(3.0), "inference")
    trained = entry(phase="training", units={"step": 1}, sections=[section])
    inference, training = rated_scores(reports.report(COUNTED, trained))
    assert training.left_out == ()
    (missing,) = inference.left_out
    assert (missing.reason, missing.energy_j) == ("counted nothing", 3.0)
    failed = entry(phase="training", outcome="failed", sections=[section])
    (missing,) = rated(failed).left_out
    assert (missing.reason, missing.energy_j) == ("failed", 3.0)


def test_attempts_that_were_rerun_are_listed() -> None:
    first = entry(units={"token": 1}, outcome="failed")
    again = entry(units={"token": 1}, attempt=2)
    (missing,) = rated(first, again).left_out
    assert missing.reason == "failed and rerun: only its last attempt counts"
    assert missing.energy_j == 5.0


def test_the_json_lists_it() -> None:
    form = reports.as_json(reports.report(COUNTED, entry(outcome="failed")))
    Draft202012Validator(json_schema()).validate(form)
    assert form["ratings"][0]["left_out"] == [
        {
            "nodeid": "other",
            "outcome": "failed",
            "reason": "failed",
            "energy_j": 5.0,
            "duration_s": 10.0,
        }
    ]
