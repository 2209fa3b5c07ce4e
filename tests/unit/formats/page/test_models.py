"""The models of a page: comparable ones together, in one unit, with their letters."""

from __future__ import annotations

import reports

from pytest_scer.formats.page.models import models, phases


def test_one_group_in_one_unit() -> None:
    shown = models(reports.three_models())
    (group,) = shown.groups
    assert group.title == "text-generation, inference, per 1000 tokens"
    assert [row.model for row in group.rows] == ["small", "medium", "large"]
    assert [row.letter for row in group.rows] == ["A", "C", "C"]
    assert {row.score.text.partition(" ")[2] for row in group.rows} == {"gCO2eq per 1000 tokens"}
    assert group.picture in shown.charts
    assert not group.has_quality
    assert "operational emissions only; not an SCI score" in shown.remarks


def test_rated_groups_come_first() -> None:
    alone = reports.entry("alone", reports.measured(5.0), category="other", units={"image": 10})
    made = reports.report(alone, *reports.three_models().tests)
    shown = models(made)
    assert [group.rows[0].model for group in shown.groups] == ["small", "alone"]
    assert shown.groups[1].picture not in shown.charts


def test_quality_beside_energy() -> None:
    quality = {"accuracy": 0.93}
    test = reports.entry("m", reports.measured(5.0), units={"image": 10}, quality=quality)
    shown = models(reports.report(test))
    assert shown.groups[0].has_quality
    assert shown.groups[0].rows[0].quality["accuracy"].value == 0.93


def test_training_and_inference_apart() -> None:
    found = {each["name"]: each["energy"].value for each in phases(reports.trained())}
    assert found == {"training": 3.6e6, "inference": 360.0}


def test_the_interval_of_a_score_is_a_share_of_it() -> None:
    cost = reports.measured(4.0, uncertainty_j=1.0)
    report = reports.report(reports.entry("a", cost, units={"token": 5}))
    ((row,),) = (group.rows for group in models(report).groups)
    assert row.around == "±25%"


def test_single_models_without_a_rating_are_folded_behind_the_third_group() -> None:
    alone = [
        reports.entry(f"alone{number}", reports.measured(5.0), units={f"unit{number}": 10})
        for number in range(4)
    ]
    few = models(reports.report(*alone[:3]))
    assert (len(few.opened), few.folded) == (3, [])
    shown = models(reports.report(*alone, *reports.three_models().tests))
    assert [group.is_compared for group in shown.opened] == [True, False, False]
    assert [group.is_compared for group in shown.folded] == [False, False]
