"""The shell of all pages: charts under a policy that evaluates nothing, light and dark."""

from __future__ import annotations

from pathlib import Path

from opened import Opened
from playwright.sync_api import expect

from pytest_scer.charts.chart import vega_lite
from pytest_scer.formats.page.shell import Page, render

BARS = vega_lite(
    "Joules",
    "A bar each of CPU and memory.",
    {
        "height": {"step": 20},
        "data": {
            "values": [{"what": "cpu", "joules": 12.5}, {"what": "<b>memory</b>", "joules": 7.5}]
        },
        "transform": [{"calculate": "datum.joules / 20", "as": "share"}],
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "x": {"field": "joules", "type": "quantitative"},
            "y": {"field": "what", "type": "nominal"},
        },
    },
)


def test_chart_under_policy(opened: Opened, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    shown = Page("A page", "shell.html", {}, charts={"bars": BARS})
    file.write_text(render(shown), encoding="utf-8")

    page = opened.open(file)

    assert page.locator("figure svg .mark-rect path").count() == 2
    expect(page.locator("figure svg")).to_contain_text("<b>memory</b>")
    page.locator("figure svg .mark-rect path").first.hover()
    expect(page.locator("#tip")).to_contain_text("12.5")
    assert opened.violations() == []
    assert opened.noticed == []

    theme = page.get_by_role("button", name="Colours")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for _ in range(2):
        theme.click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert opened.violations() == []
    assert opened.noticed == []
