"""The label is valid and readable, and claims no more than the report."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import hostile
import pytest
import reports
import zxingcpp
from PIL import Image

from pytest_scer.core.shown import visible
from pytest_scer.formats import label
from pytest_scer.meters.accuracy import RAM_CONSTANT, TDP_KNOWN
from pytest_scer.meters.base import ABSENT
from pytest_scer.report.model import Report
from pytest_scer.report.ratings import RatedScore, rated_scores
from pytest_scer.scoring.rating import ONE_PEER
from pytest_scer.scoring.sci import OPERATIONAL_ONLY, Embodied, EmbodiedRate

SVG = "{http://www.w3.org/2000/svg}"
URL = "https://example.org/models/small/manifest.yaml"


def texts(document: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(document).iter(f"{SVG}text")]


def prose(document: str) -> str:
    """Return everything written on the label, lines joined."""
    return " ".join(texts(document))


def picture(document: str, width: int) -> Image.Image:
    return Image.open(io.BytesIO(label.png(document, width)))


def first(made: Report) -> list[RatedScore]:
    return [rated_scores(made)[0]]


def test_it_states_score_method_rating_and_basis_as_text() -> None:
    made = reports.three_models()
    made.embodied = Embodied((EmbodiedRate(36.0),))
    document = label.svg(first(made))
    written = prose(document)
    for expected in (
        "A small 0.200 gCO2eq per 1000 tokens text-generation, inference",
        "Rating (SCER draft v0.1, N=3, peers: this session, 2026-03-01)",
        "Method: SCI 1.1;",
        "Boundary: cpu+ram; runs: 1",
        "Hardware: Xeon, 8 threads, 32 GB RAM",
    ):
        assert expected in written
    assert OPERATIONAL_ONLY not in written


def test_title_and_description_say_it_all() -> None:
    root = ET.fromstring(label.svg(first(reports.three_models())))
    assert root.get("role") == "img"
    named = {node.get("id"): node.text or "" for node in root if node.get("id")}
    assert root.get("aria-labelledby") == "title description"
    assert named["title"] == "small: 0.100 gCO2eq per 1000 tokens"
    assert "Rating A" in named["description"]
    assert OPERATIONAL_ONLY in named["description"]


def test_how_far_the_energy_may_be_off_is_on_the_label() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(4.0), units={"token": 1}),
        meters={
            "cpu": replace(reports.MODELLED, accuracy=TDP_KNOWN),
            "gpu": ABSENT,
            "ram": replace(reports.CONSTANT, accuracy=RAM_CONSTANT),
        },
    )
    written = prose(label.svg(first(made)))
    assert "0.40 gCO2eq per 1000 tokens" in written  # two digits
    assert "Accuracy: of the energy, the true figure may be 0.4 to 2.1 times of this;" in written
    assert "19% to 56% below what a meter at the plug shows" in written


def test_an_unknown_accuracy_is_said() -> None:
    assert "Accuracy: unknown;" in prose(label.svg(first(reports.three_models())))


def test_what_would_overstate_is_on_the_label() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(1.0), units={"token": 1}),
        reports.entry("b", reports.measured(2.0), units={"token": 1}),
        reports.entry("a", unmeasured="no counter"),
        meters={"cpu": reports.MODELLED, "gpu": ABSENT, "ram": reports.CONSTANT},
    )
    written = prose(label.svg(first(made)))
    assert OPERATIONAL_ONLY in written
    assert ONE_PEER in written
    assert "estimated, not measured: cpu (modelled), ram (constant)" in written
    assert "unmeasured and left out: 1 tests" in written
    assert "Method: E x I of SCI 1.1" in written


def test_unrated_is_said_in_place_of_the_letter() -> None:
    made = reports.report(reports.entry("a", reports.measured(1.0), units={"token": 1}))
    written = prose(label.svg(rated_scores(made)))
    assert written.startswith("unrated a ")
    assert "Unrated: no peers to compare with (N = 1)" in written


def test_a_report_without_scores_says_so() -> None:
    assert prose("".join(label.dump_report(reports.report()))) == label.NOTHING


def test_several_scores_stand_below_each_other() -> None:
    document = "".join(label.dump_report(reports.three_models()))
    root = ET.fromstring(document)
    panels = root.findall(f"{SVG}g")
    tops = [float(re.findall(r"[\d.]+", panel.get("transform") or "")[1]) for panel in panels]
    assert len(tops) == 3
    assert tops == sorted(set(tops))
    _, _, _, height = map(float, (root.get("viewBox") or "").split())
    assert height == float(root.get("height") or 0) > tops[-1]


def test_names_are_escaped() -> None:
    made = reports.report(reports.entry('<b>&"x"', reports.measured(1.0), units={"token": 1}))
    assert '<b>&"x"' in texts(label.svg(rated_scores(made)))


@pytest.mark.parametrize("url", [URL, URL + "?" + "x" * 150])
def test_the_qr_code_leads_to_the_manifest(url: str) -> None:
    found = zxingcpp.read_barcodes(picture(label.svg(first(reports.three_models()), url=url), 600))
    assert [code.text for code in found] == [url]
    assert [code.format for code in found] == [zxingcpp.BarcodeFormat.QRCode]


def test_without_a_url_there_is_no_code() -> None:
    document = label.svg(first(reports.three_models()))
    assert zxingcpp.read_barcodes(picture(document, 600)) == []


@pytest.mark.parametrize("width", [120, 600])
def test_the_picture_has_ink_where_it_should(width: int) -> None:
    image = picture(label.svg(first(reports.three_models())), width).convert("L")
    assert image.width == width
    scale = width / label.WIDTH

    def ink(left: float, top: float, right: float, bottom: float) -> float:
        box = image.crop((scale * left, scale * top, scale * right, scale * bottom))
        dark = sum(count for value, count in enumerate(box.histogram()) if value < 128)
        return dark / (box.width * box.height)

    assert 0.5 < ink(28, 28, 178, 178) < 0.95, "a white letter on a dark square"
    assert 0.03 < ink(202, 80, 400, 125) < 0.6, "the value"
    assert ink(575, 30, 592, 180) == 0, "nothing runs over the right margin"


@pytest.mark.parametrize(
    ("model", "letter_of"),
    [("a-model-with-a-very-long-name/" * 4, "long"), ("short", "short")],
)
def test_no_text_runs_over_the_margin(model: str, letter_of: str) -> None:
    made = reports.report(
        reports.entry(model, reports.measured(1e-7, uncertainty_j=1e-8), units={"token": 1}),
        reports.entry("b", reports.measured(1.05e-7, uncertainty_j=1e-8), units={"token": 1}),
    )
    image = picture(label.svg(first(made)), 600).convert("L")
    margin = image.crop((574, 30, 592, image.height - 30))
    assert min(margin.tobytes()) > 128


def test_contrast_meets_the_highest_level() -> None:
    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted(map(luminance, (label.INK, label.PAPER)))
    assert (light + 0.05) / (dark + 0.05) >= 7  # WCAG 2.2, 1.4.6


def test_it_never_says_what_nobody_did() -> None:
    document = "".join(label.dump_report(reports.three_models())).lower()
    assert not any(word in document for word in ("certified", "approved", "conformant"))


@pytest.mark.parametrize(
    ("module", "draw"),
    [
        ("segno", lambda: label.svg(first(reports.three_models()), url=URL)),
        ("resvg_py", lambda: label.png(label.svg(first(reports.three_models())))),
    ],
)
def test_a_missing_library_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, module: str, draw: object
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert callable(draw)
    with pytest.raises(ValueError, match=r"pip install 'pytest-scer\[label\]'"):
        draw()


def test_the_svg_needs_no_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in ("segno", "resvg_py"):
        monkeypatch.setitem(sys.modules, module, None)
    assert label.svg(first(reports.three_models())).startswith("<?xml")


@pytest.mark.parametrize("name", hostile.NAMES)
def test_any_name_is_written_and_breaks_nothing(name: str) -> None:
    document = label.svg(rated_scores(hostile.report(name)))
    ET.fromstring(document)
    assert not hostile.CONTROL.search(document)
    assert "<b>" not in document
    # A long name is on several lines.
    shown = re.sub(r"\s", "", visible(name))
    assert shown in re.sub(r"\s", "", "".join(texts(document)))


def test_names_without_characters_have_a_size() -> None:
    made = rated_scores(hostile.report("x"))[0]
    nameless = replace(made, score=replace(made.score, model=""))
    ET.fromstring(label.svg([nameless]))
