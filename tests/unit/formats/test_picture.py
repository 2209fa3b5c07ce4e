"""Pictures as files: every kind is drawn, and names stay text."""

from __future__ import annotations

import dataclasses
import struct
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import hostile
import pasts
import pytest
import reported_suite
import reports

from pytest_scer.baseline.compare import compare
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.charts import history, slopes
from pytest_scer.charts.chart import Chart
from pytest_scer.charts.kinds import OF_REPORT
from pytest_scer.charts.style import DARK, LIGHT
from pytest_scer.core.measurement import median_run
from pytest_scer.formats.picture import document, drawn
from pytest_scer.report.model import Report

needs_vl_convert = pytest.mark.skipif(
    "not __import__('importlib.util').util.find_spec('vl_convert')",
    reason="vl-convert, which draws pictures, is not installed",
)


NAMES = (*hostile.NAMES, 'b\\" + toString(width) + \\"c', "datum.test ? '' : ")
"""Some that end a string of an expression, or are one."""


def hostile_report() -> Report:
    """A report full of such names, with something to draw of each kind."""
    report = hostile.report(*NAMES)
    for number, test in enumerate(report.tests):
        test.start_s = float(number)
        if test.measurement is not None:
            runs = [reports.measured(joules) for joules in (8.0, 9.0, 11.0)]
            test.measurement = median_run(runs, 1.0)
            test.quality = {test.nodeid: 0.5}
    return report


def charts() -> Iterator[Chart | None]:
    """One picture of each kind, of hostile names."""
    report = hostile_report()
    yield from (draw(report) for draw, _ in OF_REPORT.values())
    names = [{"test": 10.0, "b": 2.0}, {"test": 11.0, "b": 2.0}]
    past = [pasts.past_with(day + 1, joules) for day, joules in enumerate(names)]
    renamed = [
        dataclasses.replace(
            each,
            commit=name,
            branch=name,
            tests={
                name: each.tests[pasts.NODEID.format("test")],
                "b": next(iter(each.tests.values())),
            },
        )
        for each, name in zip(past, NAMES[-2:], strict=False)
    ]
    yield history.chart(pasts.baseline(*renamed))
    yield slopes.chart(compare(pasts.baseline(renamed[0]), renamed[0], Threshold.parse("10%")))


def expressions(value: Any) -> Iterator[str]:
    """All that Vega reads as an expression."""
    if isinstance(value, list):
        for each in value:
            yield from expressions(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in {"signal", "expr", "test", "update", "init"} and isinstance(each, str):
                yield each
            yield from expressions(each)


@needs_vl_convert
def test_no_name_becomes_code() -> None:
    import vl_convert

    for chart in charts():
        assert chart is not None
        spec = document(chart)
        compiled = spec if chart.is_vega else vl_convert.vegalite_to_vega(spec)
        assert not [each for each in expressions(compiled) if "toString" in each]


def texts(svg: bytes) -> str:
    root = ET.fromstring(svg)  # well-formed
    elements = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert elements.isdisjoint({"script", "foreignObject", "image", "a", "b"})
    return "\n".join(root.itertext())


@needs_vl_convert
def test_hostile_names_are_text_in_every_picture() -> None:
    for chart in charts():
        assert chart is not None
        shown = texts(drawn(document(chart), "svg"))
        assert not hostile.CONTROL.search(shown.replace("\n", ""))
        assert chart.title in shown or chart.title[:60] in shown


@needs_vl_convert
def test_a_name_with_markup_is_shown_as_it_is() -> None:
    name = "<b>alert(1)</b> & \"quotes\" | 'pipes'"
    tests = [reports.entry(None, reports.measured(3.0), nodeid=each) for each in (name, "other")]
    chart = OF_REPORT["tests"][0](reports.report(*tests))
    assert chart is not None
    svg = drawn(document(chart), "svg")
    assert name in texts(svg)
    assert ET.fromstring(svg).get("aria-label") == chart.description


@needs_vl_convert
def test_sizes_and_formats() -> None:
    chart = OF_REPORT["treemap"][0](reported_suite.suite())
    assert chart is not None
    png = drawn(document(chart, DARK, width=300), "png", scale=1.0)
    assert png.startswith(b"\x89PNG")
    width, _ = struct.unpack(">II", png[16:24])
    assert 300 <= width <= 320
    assert drawn(document(chart), "pdf").startswith(b"%PDF")


def test_title_and_notes_can_be_left_out() -> None:
    chart = OF_REPORT["budgets"][0](reported_suite.suite())
    assert chart is not None
    assert document(chart)["title"]["text"] == chart.title
    assert document(chart)["title"]["subtitle"][0].startswith("bars end at 3 times the limit")
    assert "title" not in document(chart, titled=False)
    assert document(chart, DARK)["config"]["background"] == DARK.paper != LIGHT.paper


def test_without_vl_convert_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    chart = OF_REPORT["tests"][0](reported_suite.suite())
    assert chart is not None
    with pytest.raises(ValueError, match=r"pip install 'pytest-scer\[html\]'"):
        drawn(document(chart), "svg")
