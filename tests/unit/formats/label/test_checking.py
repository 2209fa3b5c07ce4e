"""A label is what its manifest gives, and nothing else."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import reports
from hypothesis import given
from hypothesis import strategies as st
from manifests import complete, complete_report, documents, estimated_report

from pytest_scer.formats.label.checking import errors, read_label
from pytest_scer.formats.label.writing import svg
from pytest_scer.formats.manifest.writing import facts_of_report
from pytest_scer.report.documents import BadFile

URL = "https://example.org/sci.yaml"
LABEL = svg(facts_of_report(complete_report()), url=URL)
MANIFEST = complete()


def checked(text: str, manifest: list[dict[str, object]] | None = None) -> list[str]:
    return errors(ET.fromstring(text), MANIFEST if manifest is None else manifest)


def test_the_label_of_a_manifest_passes() -> None:
    assert checked(LABEL) == []
    assert checked(svg(facts_of_report(complete_report())[1:2])) == []
    made = estimated_report()
    assert checked(svg(facts_of_report(made), url=URL), documents(made)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (">5.37<", ">0.37<", "the label says '0.37', the manifest does not"),
        (
            ">Claim: SCI 1.1",
            ">Claim: SCI 1.1, reviewed",
            "the label says 'Claim: SCI 1.1, reviewed'",
        ),
        (">PUE: 1.2", ">PUE: 1.1", "the label says 'PUE: 1.1"),
        ('fill="#00663a"', 'fill="#ffffff"', "is not drawn as this version"),
        ("h1v1h-1z", "h1v2h-1z", "is not drawn as this version"),
        ("</svg>", '<image href="https://example.org/a.png"/></svg>', "is not drawn as"),
        ("</svg>", "<text>certified</text></svg>", "the label says 'certified'"),
        ('data-manifest="https://example.org', 'data-manifest="https://example.com', "the label"),
        ("score-small", "score-other", "the manifest has no score other"),
    ],
)
def test_what_differs_is_found(old: str, new: str, said: str) -> None:
    assert old in LABEL
    found = checked(LABEL.replace(old, new, 1))
    assert any(said in error for error in found), found


def test_every_text_counts() -> None:
    root = ET.fromstring(LABEL)
    texts = [node for node in root.iter() if node.text and node.text.strip()]
    for node in texts:
        old, node.text = node.text, f"{node.text} indeed"
        assert errors(root, MANIFEST)
        node.text = old
    assert errors(root, MANIFEST) == []


def test_a_manifest_with_errors_proves_nothing() -> None:
    wrong = complete()
    wrong[0]["calculation"]["score"]["value"] *= 2
    assert checked(LABEL, wrong) == ["manifest 1 has errors: run `pytest-scer manifest --check`"]


def test_a_label_without_scores_shows_none() -> None:
    assert checked(svg([])) == ["the label shows no score"]
    other = documents(reports.three_models())
    assert any("the label says" in error for error in checked(LABEL, other))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "<svg/>",
        "<html/>",
        "<svg",
        "\x00",
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
    ],
)
def test_what_is_no_label_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "label.svg"
    path.write_text(text)
    with pytest.raises(BadFile, match=r"label\.svg"):
        read_label(path)


def test_a_label_is_read(tmp_path: Path) -> None:
    path = tmp_path / "label.svg"
    path.write_text(LABEL, encoding="utf-8")
    assert errors(read_label(path), MANIFEST) == []


@given(st.integers(0, len(LABEL) - 1), st.characters(codec="utf-8"))
def test_a_character_that_changes_is_found_or_no_xml(position: int, character: str) -> None:
    text = LABEL[:position] + character + LABEL[position + 1 :]
    try:
        root = ET.fromstring(text)
    except ET.ParseError:
        return
    changed = ET.tostring(root) != ET.tostring(ET.fromstring(LABEL))
    assert bool(errors(root, MANIFEST)) or not changed or character.isspace()
