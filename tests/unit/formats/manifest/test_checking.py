"""A manifest is checked leaf by leaf: whatever does not follow from its record is found."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import reports
from hypothesis import given
from hypothesis import strategies as st
from manifests import (
    Document,
    changed,
    complete,
    complete_report,
    documents,
    dotted,
    estimated_report,
    forged,
    leaves,
    original,
    with_leaf,
)

from pytest_scer.formats.manifest.answers import FREE, TODO
from pytest_scer.formats.manifest.checking import Unreadable, check, read_original
from pytest_scer.scoring.sci import parse_embodied

MODEL = complete_report()
"""A report that nothing changes."""


def is_free(path: str) -> bool:
    return any(
        re.fullmatch(pattern.replace(".", r"\.").replace(r"\.*", r"\.\d+"), path)
        for pattern in FREE
    )


@pytest.mark.parametrize("made", [complete_report(), estimated_report(), reports.three_models()])
def test_every_leaf_that_is_changed_is_caught_or_free_text(made: Any) -> None:
    document = documents(made)[0]
    assert check(document).errors == ()
    missed = {
        dotted(path)
        for path, value in leaves(document)
        for other in changed(value)
        if not check(with_leaf(document, path, other)).errors
    }
    assert {path for path in missed if not is_free(path)} == set()


def test_every_leaf_that_is_removed_is_caught() -> None:
    document = documents(estimated_report())[0]
    for path, _ in leaves(document):
        damaged = copy.deepcopy(document)
        node: Any = damaged
        for key in path[:-1]:
            node = node[key]
        del node[path[-1]]
        assert check(damaged).errors, dotted(path)


def test_a_forged_hash_is_caught_with_the_report() -> None:
    made = estimated_report()
    document, theirs = documents(made)[0], original(made)
    assert check(document, theirs).errors == ()
    for path, value in leaves(document):
        if path[0] != "record":
            continue
        for other in changed(value):
            assert check(forged(with_leaf(document, path, other)), theirs).errors, dotted(path)


def test_even_with_a_forged_hash_no_figure_passes_alone() -> None:
    document = documents(estimated_report())[0]
    alone = {
        dotted(path)
        for path, value in leaves(document)
        if path[0] == "record"
        and not check(forged(with_leaf(document, path, next(changed(value))))).errors
    }
    assert alone == {
        "record.meters.cpu.resolution_s",
        "record.meters.ram.resolution_s",
        "record.meters.gpu.source",
    }


def test_the_order_of_keys_and_the_kind_of_numbers_mean_nothing() -> None:
    document = documents(complete_report())[0]
    turned = {key: document[key] for key in reversed(document)}
    turned["record"] = {key: document["record"][key] for key in reversed(document["record"])}
    turned["calculation"]["carbon_intensity"]["value"] = 360
    turned["record"]["session_s"] = 100
    assert check(turned).errors == ()


# What a check says


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        ("calculation.score.value", lambda x: x * 1.02, "(E x I + M) / R"),
        ("calculation.energy.value", lambda x: x * 1.02, "its components times PUE"),
        ("calculation.operational_emissions.value", lambda x: x * 0.98, "E x I is"),
        ("calculation.embodied_emissions.value", lambda x: x * 1.02, "its components is"),
        ("calculation.score.unit", lambda _: "gCO2eq/1000 tokens", "expected 'gCO2eq per"),
        ("calculation.score.claim", lambda _: "SCI 1.1, verified", "expected 'SCI 1.1'"),
        ("calculation.score.caveats", lambda _: ["none"], "free text belongs under"),
        ("calculation.energy.data_sources.0.type", lambda _: "calculation", "'measurement'"),
        ("calculation.carbon_intensity.approach", lambda _: "market-based", "'location-based'"),
        ("methodology.limitations.0.limitation", lambda _: "none", "expected '"),
        ("rating.letter", lambda _: "A+++", "expected 'C'"),
        ("rating.letter", lambda _: "A+++ certified", "the word 'certified' is refused"),
        ("attestation.role", lambda _: "approved by the board", "the word 'approved' is refused"),
        ("attestation.date", lambda _: "soon", "is not a date such as"),
        ("attestation.date", lambda _: "2026-02-30", "is not a date such as"),
        ("attestation.date", lambda _: "2026-02-28", "expected a day from the measurement"),
        ("attestation.date", lambda _: "2999-01-01", "until today"),
        ("attestation.name", lambda _: "n/a", "is no answer"),
        ("attestation.name", lambda _: "TBD", "is no answer"),
        ("attestation.name", lambda _: " ", "is no answer"),
        ("functional_unit.rationale", lambda _: "TODO: think", "unfinished"),
        ("submission.applicant.organization", lambda _: 5, "is not a text"),
        ("methodology.remarks", lambda _: "text", "expected a list of texts"),
        ("methodology.remarks", lambda _: ["endorsed"], "the word 'endorsed' is refused"),
        ("record.units", lambda _: -1, "record: units"),
        ("record.tests", lambda _: "text", "record: tests"),
    ],
)
def test_what_is_wrong_is_found(path: str, change: Callable[[Any], Any], said: str) -> None:
    document = complete()[1]
    keys = tuple(int(key) if key.isdigit() else key for key in path.split("."))
    node: Any = document
    for key in keys:
        node = node[key]
    result = check(with_leaf(document, keys, change(node)))
    assert any(said in error for error in result.errors), result.errors


def test_an_error_within_one_per_cent_passes_but_not_against_the_report() -> None:
    document = complete(MODEL)[1]
    path = ("calculation", "score", "value")
    rounded = with_leaf(document, path, document["calculation"]["score"]["value"] * 1.009)
    assert check(rounded).errors == ()
    assert check(rounded, original(MODEL)).errors


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"grid": {"g_per_kwh": 2000.0}}, "0 < I < 2000"),
        ({"grid": {"g_per_kwh": 0.0}}, "0 < I < 2000"),
        ({"pue": 3.5}, "expected 1 to 3"),
        ({"grid": {"year": 2031}}, "expected 1990 to 2026"),
        ({"grid": {"year": 31}}, "expected 1990 to 2026"),
        ({"started_at": "2999-03-01T12:00:00+00:00"}, "is in the future"),
        ({"grid": {"location": "n/a"}}, "is no answer"),
        ({"pue_source": "unknown"}, "is no answer"),
        (
            {"grid": {"location": "as given by x", "method": "location-based, given by the user"}},
            "a location-based intensity needs a place",
        ),
        ({"candidate": {"value": 0.001}}, "record.candidate.value: 0.001; the score is"),
        ({"embodied": [{"total_g": 1.0, "lifespan_h": 0.0, "reserved_resources": 1.0,
                        "total_resources": 1.0, "reserved_h": None}]}, "EL must be"),
    ],
)  # fmt: skip
def test_a_consistent_manifest_can_still_be_wrong(record: dict[str, Any], said: str) -> None:
    document = complete()[0]
    for key, value in record.items():
        node = document["record"]
        node[key] = {**node[key], **value} if isinstance(value, dict) else value
    errors = check(forged(document)).errors
    assert any(said in error for error in errors), errors


def test_marks_are_no_errors_and_are_listed() -> None:
    document = complete()[0]
    document["attestation"]["name"] = f"{TODO}: who signs"
    result = check(document)
    assert result.errors == ()
    assert result.to_add == ("attestation.name: who signs",)
    assert check(complete()[0]).to_add == ()


def test_a_task_and_a_phase_that_are_not_stated_are_missing() -> None:
    made = reports.report(
        reports.entry("m", reports.measured(1.0), units={"token": 1}, category=None, phase=None)
    )
    (document,) = documents(made)
    result = check(document)
    assert result.errors == ()
    for name in ("category", "phase"):
        assert any(each.startswith(f"missing: {name}: ") for each in result.to_add)


def test_yaml_dates_are_read_as_texts(tmp_path: Path) -> None:
    from datetime import date

    document = complete()[0]
    document["attestation"]["date"] = date(2026, 3, 2)
    assert check(document).errors == ()


# Whatever is in it


@pytest.mark.parametrize("document", [None, [], "text", {}, 5, {"a": 1}])
def test_what_is_no_manifest_is_unreadable(document: Any) -> None:
    with pytest.raises(Unreadable):
        check(document)


@pytest.mark.parametrize(
    "document",
    [{"record": None}, {"record": 5}, {"calculation": {}}, {"record": {"meters": {}}}],
)
def test_a_manifest_without_its_record_has_errors(document: Document) -> None:
    assert check(document).errors


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
BASE = documents(estimated_report())[0]
PATHS = [path for path, _ in leaves(BASE)]


@given(st.sampled_from(PATHS), st.integers(1, 4), ODD)
def test_any_value_at_any_place_is_an_answer_and_no_traceback(
    path: tuple[str | int, ...], depth: int, value: Any
) -> None:
    damaged = forged(with_leaf(BASE, path[:depth], value)) if depth > 1 else BASE
    result = check(damaged)
    assert all("\n" not in error and len(error) <= 200 for error in result.errors)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, 1e300, 1e-300, -1, True])
@pytest.mark.parametrize(
    "path",
    [
        ("record", "units"),
        ("record", "components_kwh", "cpu"),
        ("record", "grid", "g_per_kwh"),
        ("record", "session_s"),
        ("record", "embodied", 0, "g_per_h"),
        ("calculation", "score", "value"),
    ],
)
def test_an_odd_number_is_an_error(path: tuple[str | int, ...], value: Any) -> None:
    made = reports.report(
        reports.entry("m", reports.measured(100.0), units={"token": 10}),
        embodied=parse_embodied("3; TE=1200 kg, EL=4 y"),
    )
    assert check(forged(with_leaf(documents(made)[0], path, value))).errors


# With the report


def test_a_manifest_of_another_report_is_found() -> None:
    made = complete_report()
    document = documents(made)[0]
    other = complete_report()
    assert other.tests[0].measurement is not None
    other.tests[0] = replace(other.tests[0], measurement=reports.measured(1500.0))
    errors = check(document, original(other)).errors
    assert any("record.report_sha256" in error for error in errors)
    assert any("record.components_kwh.cpu" in error for error in errors)
    gone = reports.report(other.tests[1])
    assert any(
        "the report has no score" in error for error in check(document, original(gone)).errors
    )


def test_a_report_is_read_with_its_hash(tmp_path: Path) -> None:
    path = reports.write(complete_report(), tmp_path / "report.json")
    assert read_original(path).sha256 == original(complete_report()).sha256
    for document in documents(complete_report()):
        assert check(document, read_original(path)).errors == ()
