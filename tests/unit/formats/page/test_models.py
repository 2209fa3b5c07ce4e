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
