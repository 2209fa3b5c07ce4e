"""The label is valid and readable, and claims no more than the report."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

import hostile
import pytest
import reports
import zxingcpp
from manifests import complete_report, documents
from PIL import Image

from pytest_scer.core.shown import visible
from pytest_scer.formats.label import drawing
from pytest_scer.formats.label.panel import WIDTH
from pytest_scer.formats.label.writing import NOTHING, dump_report, png, svg
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.formats.manifest.writing import facts_of_report
from pytest_scer.meters.accuracy import RAM_CONSTANT, TDP_KNOWN
from pytest_scer.meters.base import ABSENT
from pytest_scer.report.model import Report
from pytest_scer.scoring.rating import ONE_PEER
from pytest_scer.scoring.scales import parse_scale
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

SVG = "{http://www.w3.org/2000/svg}"
SCALE = """
name = "Ours"
version = "1"
date = 2026-01-01
unit = "gCO2eq per 1000 tokens"
edge = "worse"
worst = "C"
[cutoffs]
A = 3e-7
B = 1.2e-6
"""
URL = "https://example.org/models/small/manifest.yaml"


def texts(document: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(document).iter(f"{SVG}text")]


def prose(document: str) -> str:
    """Return everything written on the label, lines joined."""
    return " ".join(texts(document))


def picture(document: str, width: int) -> Image.Image:
    return Image.open(io.BytesIO(png(document, width)))


def first(made: Report) -> list[Facts]:
    return [facts_of_report(made)[0]]


def test_it_states_score_claim_rating_and_basis_as_text() -> None:
    made = complete_report()
    written = prose(svg(first(made)))
    for expected in (
        "small text-generation, inference 5.37 gCO2eq per 1000 tokens",
        "5.37 to 5.37 g in 95% of repeats",
        "SCER draft v0.1 A beats over 90% of its peers B beats 60 to 90% C beats under 60% A",
        "Claim: SCI 1.1",
        "Rating (SCER draft v0.1, N=3, peers: this session, 2026-03-01)",
        "By energy alone: A (without grid, PUE and embodied emissions)",
        "Grid: Testland, 360 gCO2e per kWh, location-based yearly average, 2024; a table",
        "PUE: 1.2 (annual report of the operator, 2025)",
        "Hardware (M): embodied emissions are 98% of the score (carbon footprint sheet",
        "Estimated, not measured: 0% of the energy",
        "Measured: 2026-03-01, 1 run, cpu+ram, Xeon, 8 threads, 32 GB RAM; pytest-scer",
    ):
        assert expected in written
    assert OPERATIONAL_ONLY not in written
    (document, *_) = documents(made)
    assert f"Manifest: {document['integrity']['sha256'][:12]} " in written


def test_title_and_description_say_it_all() -> None:
    root = ET.fromstring(svg(first(reports.three_models())))
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
    written = prose(svg(first(made)))
    assert "0.40 gCO2eq per 1000 tokens" in written  # two digits
    assert "Accuracy: of the energy, the true figure may be 0.4 to 2.1 times of this;" in written
    assert "19% to 56% below what a meter at the plug shows" in written


def test_an_unknown_accuracy_is_said() -> None:
    assert "Accuracy: unknown;" in prose(svg(first(reports.three_models())))


def test_what_would_overstate_is_on_the_label() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(1.0), units={"token": 1}),
        reports.entry("b", reports.measured(2.0), units={"token": 1}),
        reports.entry("a", unmeasured="no counter"),
        meters={"cpu": reports.MODELLED, "gpu": ABSENT, "ram": reports.CONSTANT},
    )
    written = prose(svg(first(made)))
    assert OPERATIONAL_ONLY in written
    assert ONE_PEER in written
    assert "estimated, not measured: cpu (modelled), ram (constant)" in written
    assert "unmeasured and left out: 1 test" in written
    assert "Claim: draft, incomplete: not measured: 1 test, PUE and source, M" in written
    assert "Estimated, not measured: 100% of the energy" in written


def test_unrated_is_said_in_place_of_the_letter() -> None:
    made = reports.report(reports.entry("a", reports.measured(1.0), units={"token": 1}))
    written = prose(svg(facts_of_report(made)))
    assert "beats under 60% unrated" in written
    assert "Unrated: no peers to compare with (N = 1)" in written


def test_a_report_without_scores_says_so() -> None:
    assert prose("".join(dump_report(reports.report()))) == NOTHING


def test_several_scores_stand_below_each_other() -> None:
    document = "".join(dump_report(reports.three_models()))
    root = ET.fromstring(document)
    panels = root.findall(f"{SVG}g")
    tops = [float(re.findall(r"[\d.]+", panel.get("transform") or "")[1]) for panel in panels]
    assert len(tops) == 3
    assert tops == sorted(set(tops))
    _, _, _, height = map(float, (root.get("viewBox") or "").split())
    assert height == float(root.get("height") or 0) > tops[-1]


def test_names_are_escaped() -> None:
    made = reports.report(reports.entry('<b>&"x"', reports.measured(1.0), units={"token": 1}))
    assert '<b>&"x"' in texts(svg(facts_of_report(made)))


@pytest.mark.parametrize("url", [URL, URL + "?" + "x" * 150])
@pytest.mark.parametrize("width", [600, 1200])
def test_the_qr_codes_lead_to_the_score_in_the_manifest(url: str, width: int) -> None:
    scores = facts_of_report(reports.three_models())
    found = zxingcpp.read_barcodes(picture(svg(scores, url=url), width))
    assert [code.text for code in found] == [f"{url}#{facts.name}" for facts in scores]
    assert {code.format for code in found} == {zxingcpp.BarcodeFormat.QRCode}


@pytest.mark.parametrize("width", [400, 600, 1200])
def test_a_code_is_read_on_a_dark_page(width: int) -> None:
    label = picture(svg(first(reports.three_models()), url=URL), width).convert("RGBA")
    page = Image.new("RGBA", (label.width + 100, label.height + 100), "#111111")
    page.alpha_composite(label, (50, 50))
    (code,) = zxingcpp.read_barcodes(page.convert("RGB"))
    assert code.text.startswith(f"{URL}#small")


def test_an_address_that_is_too_long_is_named() -> None:
    with pytest.raises(ValueError, match="do not fit into a QR code"):
        svg(first(reports.three_models()), url="https://example.org/" + "x" * 4000)


def test_without_a_url_there_is_no_code() -> None:
    document = svg(first(reports.three_models()))
    assert zxingcpp.read_barcodes(picture(document, 600)) == []


def test_without_a_font_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    import resvg_py

    without_fonts = partial(resvg_py.svg_to_bytes, skip_system_fonts=True)
    monkeypatch.setattr(resvg_py, "svg_to_bytes", without_fonts)
    with pytest.raises(ValueError, match="PNG needs a font, and none is installed"):
        png(svg(first(reports.three_models())))


@pytest.mark.parametrize("width", [120, 600])
def test_the_picture_has_ink_where_it_should(width: int) -> None:
    image = picture(svg(first(reports.three_models())), width).convert("L")
    assert image.width == width
    scale = width / WIDTH

    def ink(left: float, top: float, right: float, bottom: float) -> float:
        box = image.crop((scale * left, scale * top, scale * right, scale * bottom))
        dark = sum(count for value, count in enumerate(box.histogram()) if value < 128)
        return dark / (box.width * box.height)

    assert 0.03 < ink(28, 115, 330, 170) < 0.6, "the value"
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
    image = picture(svg(first(made)), 600).convert("L")
    margin = image.crop((574, 30, 592, image.height - 30))
    assert min(margin.tobytes()) > 128


def test_contrast_meets_the_highest_level() -> None:
    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted(map(luminance, (drawing.INK, drawing.PAPER)))
    assert (light + 0.05) / (dark + 0.05) >= 7  # WCAG 2.2, 1.4.6


def test_it_never_says_what_nobody_did() -> None:
    document = "".join(dump_report(reports.three_models())).lower()
    assert not any(word in document for word in ("certified", "approved", "conformant"))


@pytest.mark.parametrize("name", ["certified", "endorsed by all", "APPROVED"])
def test_a_name_that_claims_a_review_gets_no_label(name: str) -> None:
    made = reports.report(reports.entry(name, reports.measured(1.0), units={"token": 1}))
    with pytest.raises(ValueError, match="nobody has reviewed"):
        svg(facts_of_report(made))
    with pytest.raises(ValueError, match="nobody has reviewed"):
        svg(first(reports.three_models()), url=f"https://example.org/{name.split(maxsplit=1)[0]}")


def test_a_small_score_is_stated_in_readable_figures() -> None:
    made = reports.report(reports.entry("a", reports.measured(1e-4), units={"token": 20}))
    written = prose(svg(facts_of_report(made)))
    assert "0.500 gCO2eq per 1,000,000,000 tokens" in written


def test_the_whole_label_shows_cut_offs_in_its_own_unit() -> None:
    made = reports.report(
        *(reports.entry(n, reports.measured(1e-4), units={"token": 20}) for n in ("a", "b")),
        scale=parse_scale(SCALE),
    )
    written = prose(svg(first(made)))
    assert "Ours 1 (2026-01-01) A below 0.300 B below 1.20 C from 1.20 B" in written


@pytest.mark.parametrize(
    ("module", "draw"),
    [
        ("segno", lambda: svg(first(reports.three_models()), url=URL)),
        ("resvg_py", lambda: png(svg(first(reports.three_models())))),
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
    assert svg(first(reports.three_models())).startswith("<?xml")


@pytest.mark.parametrize("name", hostile.NAMES)
def test_any_name_is_written_and_breaks_nothing(name: str) -> None:
    document = svg(facts_of_report(hostile.report(name)))
    ET.fromstring(document)
    assert not hostile.CONTROL.search(document)
    assert "<b>" not in document
    # A long name is on several lines.
    shown = re.sub(r"\s", "", visible(name))
    assert shown in re.sub(r"\s", "", "".join(texts(document)))


def test_names_without_characters_have_a_size() -> None:
    made = facts_of_report(hostile.report("x"))[0]
    nameless = replace(made, model="")
    ET.fromstring(svg([nameless]))
