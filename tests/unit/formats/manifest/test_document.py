"""The manifest: another reader can recompute the score, and no claim goes beyond the figures."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import reports
import yaml

from pytest_scer.formats import manifest
from pytest_scer.formats.manifest_check import check
from pytest_scer.formats.manifest_todo import TODO
from pytest_scer.formats.yaml_documents import dump_document, load_documents
from pytest_scer.meters.accuracy import CHIP_UNKNOWN, RAM_CONSTANT
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance, TrackingMode
from pytest_scer.report.model import Report
from pytest_scer.scoring.sci import OPERATIONAL_ONLY, Embodied, EmbodiedComponent, EmbodiedRate

Document = dict[str, Any]

PARTS = Embodied(
    (
        EmbodiedRate(36.0),
        EmbodiedComponent(1.2e6, 26280.0, 1.0, 8.0),
        EmbodiedComponent(6e5, 35040.0, reserved_h=3.0),
    )
)


def documents(made: Report) -> list[Document]:
    return list(yaml.safe_load_all("".join(manifest.dump_report(made))))


def complete() -> Document:
    """A manifest with M, PUE and an odd unit, in which all marked places are filled in."""
    made = reports.three_models()
    made.pue, made.embodied = 1.2, PARTS

    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: filled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [filled(value) for value in node]
        return node.replace(TODO, "said") if isinstance(node, str) else node

    document: Document = filled(documents(made)[1])
    return document


def recomputed(document: Document) -> float:
    """SCI = ((E * I) + M) per R, calculated only from the numbers in the manifest."""
    calculation, unit = document["calculation"], document["functional_unit"]
    energy = calculation["energy"]
    energy_kwh = sum(part["energy_kwh"] for part in energy["components"]) * energy["pue"]
    embodied_g = 0.0
    for part in calculation["embodied_emissions"].get("hardware_components", []):
        hours = part["time_reserved_hours"]
        if "grams_per_hour" in part:
            embodied_g += part["grams_per_hour"] * hours
        else:
            life = part["expected_lifespan_hours"]
            embodied_g += part["embodied_total"] * hours / life * part["resource_share"]
    r = unit["total_units"] / unit["units_per_functional_unit"]
    score: float = (energy_kwh * calculation["carbon_intensity"]["value"] + embodied_g) / r
    return score


def test_the_score_follows_from_the_numbers_of_the_manifest_alone() -> None:
    document = complete()
    assert recomputed(document) == pytest.approx(document["calculation"]["score"]["value"])
    # By hand: 2 kJ at 360 g per kWh and a PUE of 1.2 are 0.24 g. M is 10 s of 36 g per hour, 10 s
    # of an eighth of 1.2 t over 26,280 h, and a tenth (10 s of 100 s) of 3 h of 600 kg over
    # 35,040 h.
    m_g = 0.1 + 1.2e6 / 8 * 10 / 3600 / 26280 + 6e5 * 3 / 35040 / 10
    assert document["calculation"]["score"]["value"] == pytest.approx(0.24 + m_g)


def test_without_m_too() -> None:
    for document in documents(reports.three_models()):
        assert recomputed(document) == pytest.approx(document["calculation"]["score"]["value"])


def test_a_complete_manifest_passes_and_lacks_nothing() -> None:
    result = check(complete())
    assert result.errors == ()
    assert result.to_add == ()


def test_a_fresh_one_passes_and_says_what_a_person_must_add() -> None:
    for document in documents(reports.three_models()):
        result = check(document)
        assert result.errors == ()
        places = [place.partition(":")[0] for place in result.to_add]
        assert {
            "submission.applicant.organization",
            "submission.software.version",
            "functional_unit.rationale",
            "calculation.embodied_emissions.reason",
            "attestation.statement",
        } <= set(places)


def test_each_of_the_seven_points_is_answered() -> None:
    document = complete()
    assert set(document) >= {
        "name", "description", "tags", "submission", "boundary", "functional_unit",
        "calculation", "methodology", "attestation",
    }  # fmt: skip
    assert document["tags"] == {
        "kind": "sci",
        "category": "ml-inference",
        "domain": "text-generation",
        "phase": "inference",
        "score_of": "consumer",
    }
    assert [part["component"] for part in document["boundary"]["included"]] == ["cpu", "ram"]
    assert all(part["rationale"] for part in document["boundary"]["excluded"])
    score = document["calculation"]["score"]
    assert score["unit"] == "gCO2eq per 1000 tokens"
    assert score["date"] == "2026-03-01"
    grid = document["calculation"]["carbon_intensity"]
    assert (grid["value"], grid["location"], grid["approach"]) == (
        360.0, "Testland", "location-based",
    )  # fmt: skip
    assert grid["data_sources"][0]["year"] == 2024
    assert document["methodology"]["assumptions"]
    assert document["methodology"]["limitations"]


def test_training_is_the_providers_score() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(1e3), units={"token": 1e6}, phase="training")
    )
    (document,) = documents(made)
    assert document["tags"]["score_of"] == "provider"
    assert document["tags"]["category"] == "ml-training"


def test_what_would_overstate_stands_beside_the_score() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(1.0), units={"token": 1}),
        reports.entry("a", unmeasured="no counter"),
        meters={"cpu": reports.MODELLED, "gpu": ABSENT, "ram": reports.CONSTANT},
    )
    (document,) = documents(made)
    score = document["calculation"]["score"]
    assert score["is_sci"] is False
    assert score["caveats"] == [
        OPERATIONAL_ONLY,
        "estimated, not measured: cpu (modelled), ram (constant)",
        "unmeasured and left out: 1 tests or sections of this model",
    ]
    assert "operational part" in score["specification"]
    assert document["rating"]["letter"] is None
    assert "N = 1" in document["rating"]["basis"]
    assert document["calculation"]["embodied_emissions"]["value"] is None


def edited(document: Document, path: str, value: Any) -> Document:
    document = copy.deepcopy(document)
    node: Any = document
    *parents, last = path.split(".")
    for key in parents:
        node = node[int(key) if key.isdigit() else key]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        ("calculation.score.value", lambda x: x * 1.02, "(E x I + M) / R"),
        ("calculation.energy.value", lambda x: x * 1.02, "its components times PUE"),
        ("calculation.operational_emissions.value", lambda x: x * 0.98, "E x I is"),
        ("calculation.embodied_emissions.value", lambda x: x * 1.02, "its components are"),
        ("calculation.carbon_intensity.value", lambda _: 0, "0 < I < 2000"),
        ("calculation.carbon_intensity.value", lambda _: 2000, "0 < I < 2000"),
        ("calculation.energy.pue", lambda _: 0.9, "expected 1 to 3"),
        ("calculation.energy.pue", lambda _: "unknown", "expected 1 to 3"),
        ("calculation.score.value", lambda x: f"{x}", "(E x I + M) / R"),
        ("calculation.score.unit", lambda _: "gCO2eq/1000 tokens", "expected 'gCO2eq per"),
        ("functional_unit.total_units", lambda _: -1, "(E x I + M) / R"),
        ("boundary.excluded", lambda _: [{"component": "gpu"}], "no rationale"),
        ("methodology.assumptions", lambda _: [], "methodology.assumptions: missing"),
        ("attestation", lambda _: None, "attestation: missing"),
        ("calculation.embodied_emissions", lambda _: {"value": 0}, "needs a specific reason"),
        (
            "calculation.embodied_emissions.hardware_components.1.embodied_total",
            lambda x: x * 1.02,
            "its own figures give",
        ),
        ("rating", lambda _: {"letter": "A"}, "a letter needs its scale"),
    ],
)
def test_what_is_wrong_is_found(path: str, change: Callable[[Any], Any], said: str) -> None:
    document = complete()
    node: Any = document
    for key in path.split("."):
        node = node[int(key) if key.isdigit() else key]
    result = check(edited(document, path, change(node)))
    assert any(said in error for error in result.errors), result.errors


def test_an_error_within_one_per_cent_passes() -> None:
    document = complete()
    value = document["calculation"]["score"]["value"]
    assert check(edited(document, "calculation.score.value", value * 1.009)).errors == ()


def test_without_m_it_must_not_claim_to_be_sci() -> None:
    document = edited(documents(reports.three_models())[0], "calculation.score.caveats", [])
    assert any(OPERATIONAL_ONLY in error for error in check(document).errors)


@pytest.mark.parametrize("document", [None, [], "text", {}])
def test_what_is_no_manifest_is_an_error(document: Any) -> None:
    assert check(document).errors


def test_it_never_says_what_nobody_did() -> None:
    text = "".join(manifest.dump_report(reports.three_models())).lower()
    assert not any(word in text for word in ("certified", "approved", "conformant"))


def test_numbers_have_no_exponent() -> None:
    made = reports.report(reports.entry("a", reports.measured(1e-9), units={"token": 1e9}))
    text = "".join(manifest.dump_report(made))
    (document,) = documents(made)
    assert document["calculation"]["score"]["value"] == pytest.approx(1e-10 / 1e6)
    assert "e-" not in "".join(line for line in text.splitlines() if "value:" in line)


@pytest.mark.parametrize("value", [1e-300, 1.5, 3.0, 1e22, 0.1 + 0.2])
def test_a_number_is_read_as_it_was(value: float) -> None:
    assert yaml.safe_load(dump_document({"x": value})) == {"x": value}


@pytest.mark.parametrize("content", [None, "a: [", "\x00"])
def test_a_file_that_is_no_yaml_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "m.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ValueError, match=r"m\.yaml"):
        load_documents(path)


def test_how_far_the_figures_may_be_off_is_a_limitation() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(4.0), units={"token": 1}),
        meters={
            "cpu": replace(reports.MODELLED, accuracy=CHIP_UNKNOWN),
            "gpu": ABSENT,
            "ram": replace(reports.CONSTANT, accuracy=RAM_CONSTANT),
        },
    )
    (document,) = documents(made)
    limits = [each["limitation"] for each in document["methodology"]["limitations"]]
    for text in (
        "energy: the true figure may be 0.3 to 2.4 times of this",
        "cpu may be off by -65% to +190% (compared: linear model against RAPL",
        "ram may be off by 0% to +2300% (compared: ",
        "the sum of all components is 19% to 56% below",
        "the grid's yearly average differs from the hour's intensity by -30% to +30%",
    ):
        assert any(limit.startswith(text) for limit in limits), text
    energy = document["calculation"]["energy"]
    assert [part["accuracy"]["high"] for part in energy["components"]] == [1.9, 23.0]
    assert energy["plausible_kwh"]["low"] * 3.6e6 == pytest.approx(3 / 2.9 + 1 / 24)
    assert document["calculation"]["score"]["text"] == "0.40 gCO2eq per 1000 tokens"


def test_a_simulated_figure_is_called_so() -> None:
    simulated = MeterInfo("simulated", Provenance.SIMULATED, TrackingMode.MACHINE, 0.0)
    made = reports.report(
        reports.entry("a", reports.measured(4.0), units={"token": 1}),
        meters={"cpu": simulated, "gpu": ABSENT, "ram": simulated},
    )
    (document,) = documents(made)
    assert "simulated, not measured: cpu, ram" in document["calculation"]["score"]["caveats"]
    reasons = {each["justification"] for each in document["methodology"]["assumptions"]}
    assert "the meter is simulated: its figures say nothing about this machine" in reasons
    assert document["methodology"]["approach"] == "calculation"
    assert document["calculation"]["energy"]["plausible_kwh"] is None
