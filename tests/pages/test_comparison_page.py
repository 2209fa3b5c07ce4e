"""The page of a comparison: what changed, and whether its figures are those of the JSON."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hostile import NAMES
from opened import Opened
from pasts import RAPL, baseline, fingerprint, past
from playwright.sync_api import Page, expect

from pytest_scer.baseline.compare import Compared, compare
from pytest_scer.baseline.past import Past
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.formats import comparison
from pytest_scer.formats.page.comparison_page import dump_comparison

MARK = fingerprint(RAPL)
BEFORE = {"small": 1.0, "large": 100.0, "dear": 100.0, "same": 10.0, "vanished": 1.0}
AFTER = {"small": 2.0, "large": 200.0, "dear": 20.0, "same": 10.0, "brand_new": 1.0}
HOSTILE = {f"{name}<script>alert(1)</script>": 10.0 for name in NAMES}


def session(day: int, joules: dict[str, float]) -> Past:
    made: Any = past
    found: Past = made(day, MARK, **joules)
    return found


@pytest.fixture(scope="module")
def compared() -> Compared:
    base = baseline(*(session(day, {**BEFORE, **HOSTILE}) for day in range(1, 6)))
    return compare(base, session(9, {**AFTER, **HOSTILE}), Threshold())


@pytest.fixture(scope="module")
def page(opened: Opened, compared: Compared, tmp_path_factory: pytest.TempPathFactory) -> Page:
    file = tmp_path_factory.mktemp("page") / "comparison.html"
    file.write_text("".join(dump_comparison(compared)), encoding="utf-8")
    return opened.open(file)


def rows(page: Page) -> list[str]:
    """The names of the rows that are shown."""
    return page.locator("#compared tbody tr:not([hidden]) th a").all_text_contents()


def test_it_opens_with_the_verdict_and_asks_for_nothing(opened: Opened, page: Page) -> None:
    assert page.locator("h1").text_content() == "2 of 23 tests REGRESSED"
    assert page.locator("figure[data-chart] svg").count() == 2
    assert "2 tests cost 101 J more" in (page.locator("#findings").text_content() or "")
    sides = page.locator("#sides").text_content() or ""
    assert "test_a.py::brand_new".partition("::")[2] in sides
    assert "vanished" in sides
    assert opened.violations() == []
    assert opened.noticed == []


def test_its_figures_are_those_of_the_json(page: Page, compared: Compared) -> None:
    data = json.loads("".join(comparison.as_json(compared)))
    shown = page.evaluate(
        """[...document.querySelectorAll("#compared tbody tr")].map((row) => [
          decodeURIComponent(row.dataset.test),
          [...row.querySelectorAll("data")].map((figure) => Number(figure.value)),
        ])"""
    )
    assert dict(shown) == {
        nodeid: [each["value"], each["actual"] * (each["corrected_by"] or 1), each["change"]]
        for nodeid, each in data["tests"].items()
    }
    for path, value in page.evaluate(
        """[...document.querySelectorAll("[data-from]")].map(
          (figure) => [figure.dataset.from, Number(figure.value)])"""
    ):
        where, _, key = path.partition(".")
        assert value == data[where][key], path


def test_rows_are_sorted_filtered_and_linked(opened: Opened, page: Page) -> None:
    change = page.get_by_role("button", name="Change", exact=True)
    change.focus()
    page.keyboard.press("Enter")
    assert rows(page)[0] == "large" or rows(page)[0] == "small"
    assert page.locator("th[aria-sort=descending]").text_content() == "Change"
    page.keyboard.press("Enter")
    assert rows(page)[0] == "dear"
    page.locator("form select").select_option("regression")
    assert sorted(rows(page)) == ["large", "small"]
    page.get_by_role("searchbox").fill("lar")
    assert rows(page) == ["large"]
    assert page.locator("[data-count]").text_content() == "1 of 23 tests"
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV", exact=True).click()
    cells = list(csv.reader(io.StringIO(Path(saved.value.path()).read_text(encoding="utf-8"))))
    assert [row[0] for row in cells] == ["Test", "test_a.py::large"]
    assert float(cells[1][3]) == pytest.approx(1.0)
    with page.expect_download() as saved:
        page.get_by_role("button", name="JSON", exact=True).click()
    assert json.loads(Path(saved.value.path()).read_text(encoding="utf-8"))["regressed"] is True
    page.evaluate("location.hash = 'test=test_a.py%3A%3Asame'")
    row = page.locator("tr[aria-current]")
    expect(row.locator("a")).to_be_focused()
    assert row.get_attribute("data-test") == "test_a.py%3A%3Asame"
    page.get_by_role("searchbox").fill("")
    page.locator("form select").select_option("")
    page.get_by_role("button", name="Copy").first.click()
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == ("pytest --scer-save-baseline b.json")
    assert opened.noticed == []


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_it_fits(opened: Opened, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_names_are_text_in_the_dark_and_on_paper(opened: Opened, page: Page) -> None:
    assert page.locator("main script").count() == 0
    text = page.locator("#compared").text_content() or ""
    assert "<script>alert(1)</script>" in text
    assert "\u202e" not in page.locator("body").inner_text()
    page.emulate_media(color_scheme="dark")
    assert opened.violations() == []
    page.emulate_media(media="print")
    assert not page.locator(".tools").is_visible()
    assert page.locator("#compared th").first.is_visible()
    page.emulate_media(media="screen", color_scheme="light")
    assert opened.noticed == []


def test_sides_that_cannot_be_compared_make_a_page(tmp_path: Path) -> None:
    made: Any = past
    compared = compare(baseline(made(1, **BEFORE)), session(9, AFTER), Threshold())
    text = "".join(dump_comparison(compared))
    assert "nothing could be compared" in text
    assert "joules cannot be compared: cpu meter" in text
