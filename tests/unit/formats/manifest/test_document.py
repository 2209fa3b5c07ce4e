"""The manifest: another reader can recompute the score, and no claim goes beyond the figures."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import reports
import yaml
from manifests import Document, complete, complete_report, documents, estimated_report

from pytest_scer.core.intensity import WORLD_AVERAGE
from pytest_scer.formats.manifest.checking import check
from pytest_scer.formats.manifest.writing import dump_report
from pytest_scer.formats.yaml_documents import dump_document, load_documents
from pytest_scer.meters.accuracy import CHIP_UNKNOWN, GPU_UNREADABLE, RAM_CONSTANT
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance, TrackingMode
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

SIMULATED = MeterInfo("simulated", Provenance.SIMULATED, TrackingMode.MACHINE, 0.0)


def complete_one() -> Document:
    """A manifest with M and PUE in which nothing is missing."""
    return complete()[1]


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
    document = complete_one()
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
    result = check(complete_one())
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
            "missing",
            "attestation.statement",
        } <= set(places)


def test_each_of_the_seven_points_is_answered() -> None:
    document = complete_one()
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
        "unmeasured and left out: 1 test or section of this model",
    ]
    assert score["claim"] == "draft, incomplete: not measured: 1 test, PUE and source, M"
    assert "operational part" in score["specification"]
    assert document["rating"]["letter"] is None
    assert "N = 1" in document["rating"]["basis"]
    assert document["calculation"]["embodied_emissions"]["value"] is None


def test_it_never_says_what_nobody_did() -> None:
    text = "".join(dump_report(estimated_report())).lower()
    assert not any(word in text for word in ("certified", "approved", "conformant"))


def test_numbers_have_no_exponent() -> None:
    made = reports.report(reports.entry("a", reports.measured(1e-9), units={"token": 1e9}))
    text = "".join(dump_report(made))
    (document,) = documents(made)
    assert document["calculation"]["score"]["value"] == pytest.approx(1e-10)
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
        "emissions by the grid's yearly average differ from hourly accounting by -30% to +30%",
    ):
        assert any(limit.startswith(text) for limit in limits), text
    energy = document["calculation"]["energy"]
    assert [part["accuracy"]["high"] for part in energy["components"]] == [1.9, 23.0]
    assert energy["plausible_kwh"]["low"] * 3.6e6 == pytest.approx(3 / 2.9 + 1 / 24)
    assert document["calculation"]["score"]["text"] == "0.40 gCO2eq per 1000 tokens"


def test_a_simulated_figure_is_called_so() -> None:
    simulated = SIMULATED
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


def test_it_holds_what_a_reviewer_asks_for() -> None:
    made = estimated_report()
    document = documents(made)[0]
    calculation, submission = document["calculation"], document["submission"]
    assert re.fullmatch("[0-9a-f]{64}", submission["report"]["sha256"])
    assert submission["report"]["commit_of_the_tests"] == made.session.commit
    assert submission["software"]["version"] == f"commit {made.session.commit}"
    assert calculation["energy"]["estimated_share"] == 1
    assert calculation["energy"]["all_runs"]["it_energy_kwh"] == pytest.approx(1000 / 3.6e6)
    assert calculation["energy"]["uncertainty_kwh"] == pytest.approx(200 * 1.2 / 3.6e6)
    assert calculation["embodied_emissions"]["data_source"] == made.embodied_source
    assert calculation["score"]["claim"] == "draft, incomplete: not measured: 1 test"
    assert [peer["model"] for peer in document["rating"]["peers"]] == ["medium", "large"]
    assert document["boundary"]["unmeasured_tests"] == 1


def test_a_score_is_stated_for_a_readable_number_of_units() -> None:
    made = reports.report(reports.entry("a", reports.measured(1e-4), units={"token": 20}))
    (document,) = documents(made)
    score, unit = document["calculation"]["score"], document["functional_unit"]
    assert score["text"] == "0.500 gCO2eq per 1,000,000,000 tokens"
    assert (score["value"], unit["units_per_functional_unit"]) == (pytest.approx(0.5), 1e9)
    assert recomputed(document) == pytest.approx(0.5)
    assert document["name"] == "a-text-generation-inference-per-1000-tokens"


def test_names_are_unique() -> None:
    made = reports.report(
        *(
            reports.entry(name, reports.measured(1.0), units={"token": 1000})
            for name in ("a/b", "a-b", "a b", "A-b", "é", "è", "x" * 100, "x" * 101)
        )
    )
    names = [document["name"] for document in documents(made)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z0-9-]+", name) for name in names)


@pytest.mark.parametrize(
    "model", ["certified", "Approved by GSF", "m-ce\N{FULLWIDTH LATIN SMALL LETTER R}tified"]
)
def test_a_model_that_claims_a_review_gets_no_manifest(model: str) -> None:
    made = reports.report(reports.entry(model, reports.measured(1.0), units={"token": 1}))
    with pytest.raises(ValueError, match="nobody has reviewed"):
        documents(made)


def test_the_name_of_a_test_claims_nothing() -> None:
    node = reports.entry(
        "m", reports.measured(1.0), units={"token": 1}, nodeid="test_it.py::test_m[approved]"
    )
    (document,) = documents(reports.report(node))
    assert check(document).errors == ()


def test_it_is_sci_only_if_nothing_is_missing() -> None:
    for name, value in (
        ("pue_source", None),
        ("embodied_source", None),
        ("embodied", None),
        ("carbon_intensity", replace(reports.GRID, location=WORLD_AVERAGE)),
        ("carbon_intensity", replace(reports.GRID, year=None)),
        ("carbon_intensity", replace(reports.GRID, method="given by the user")),
        ("carbon_intensity", replace(reports.GRID, source="scer_intensity (pytest.ini)")),
        ("carbon_intensity", replace(reports.GRID, method="market-based")),
        ("meters", {**complete_report().meters, "gpu": replace(ABSENT, accuracy=GPU_UNREADABLE)}),
        ("meters", {**complete_report().meters, "cpu": SIMULATED}),
    ):
        made = complete_report()
        assert documents(made)[0]["calculation"]["score"]["is_sci"] is True
        setattr(made, name, value)
        document = documents(made)[0]
        score = document["calculation"]["score"]
        assert score["is_sci"] is False, name
        assert score["claim"].startswith("draft, incomplete: ")
        assert score["missing"]
        assert check(document).errors == ()
        assert any(each.startswith("missing: ") for each in check(document).to_add)
