"""The page of a report, as a reader sees and uses it."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import reports
import shown
from opened import Opened
from playwright.sync_api import Page, expect

from pytest_scer.core.measurement import Measurement, median_run
from pytest_scer.core.shown import visible
from pytest_scer.formats.terminal import headline
from pytest_scer.report.model import Report, Totals
from pytest_scer.report.names import Names

FOREST = "tests/models/test_pipeline.py::test_fit_reaches_accuracy[forest-large]"
REPEATED = "tests/models/test_pipeline.py::test_cost_per_prediction"


@pytest.fixture(scope="module")
def report() -> Report:
    return shown.report()


@pytest.fixture(scope="module")
def saved(report: Report) -> dict[str, Any]:
    """Its JSON."""
    return reports.as_json(report)


@pytest.fixture(scope="module")
def file(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shown.write(report, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture
def page(opened: Opened, file: Path) -> Page:
    return opened.open(file)


def test_opens_with_the_answer(page: Page, report: Report) -> None:
    verdict, _ = headline.verdict(report)
    expect(page.locator("h1")).to_have_text(verdict)
    first = page.locator("main > section").first
    expect(first).to_contain_text(headline.total(report))
    titles = page.locator("main h2").all_text_contents()
    assert titles == [
        "Budgets",
        "Against the baseline",
        "Where it went",
        "Timeline",
        "Hosted models",
        "What to do",
        "Calls of models",
        "Models",
        "Compared variants",
        "Training",
        "All tests",
        "How it was measured",
    ]


def test_figures_are_those_of_the_json(page: Page, saved: dict[str, Any]) -> None:
    figures = page.eval_on_selector_all(
        "data[data-from]", "all => all.map(each => [each.dataset.from, Number(each.value)])"
    )
    assert len(figures) > 8
    for source, value in figures:
        there: Any = saved
        for name in source.split("."):
            there = there[name]
        assert value == there, source
    shown_budgets = page.locator("#budgets tbody tr")
    budgets = [each for test in saved["tests"] for each in test["budgets"]] + saved["budgets"]
    assert shown_budgets.count() == len(budgets)
    costs = page.eval_on_selector_all(
        "#budgets td:nth-child(2) data", "all => all.map(each => Number(each.value))"
    )
    assert sorted(costs) == sorted(b["actual"] for b in budgets if b["actual"] is not None)


def test_table_has_the_energy_of_each_test(page: Page, saved: dict[str, Any]) -> None:
    found: dict[str, str | None] = {}
    for _ in _screens(page):
        found |= page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('#table tbody tr')].map(row =>"
            " [row.querySelector('button').dataset.test, row.querySelector('td data')?.value]))"
        )
    assert len(found) == len(saved["tests"])
    for number, test in enumerate(saved["tests"]):
        stages = [each for each in test["stages"].values() if each is not None]
        joules = sum(each["energy_j"]["total"] for each in stages) if test["measurement"] else None
        value = found[str(number)]
        assert joules == (None if value is None else pytest.approx(float(value), rel=1e-12))


def _screens(page: Page) -> Iterator[int]:
    """Go from one screen of the table to the next."""
    for screen in count():
        yield screen
        following = page.locator("[data-step='1']")
        if following.is_disabled():
            return
        following.click()


def test_sort_filter_and_search(page: Page, report: Report) -> None:
    def energies() -> list[float]:
        values = page.eval_on_selector_all(
            "#table tbody td:nth-child(2) data", "all => all.map(each => Number(each.value))"
        )
        return [float(value) for value in values]

    assert energies() == sorted(energies(), reverse=True)
    page.locator("[data-sort=energy_j]").click()
    assert energies() == sorted(energies())
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Test", exact=True).click()
    names = page.locator("#table tbody th").all_text_contents()
    every = Names(test.nodeid for test in report.tests)
    assert names == [visible(name) for name in sorted(map(every.attempt, report.tests))][:50]

    page.locator("[data-filter=budget]").select_option("exceeded")
    expect(page.locator("#count")).to_contain_text("2 of 60 tests")
    page.locator("[data-filter=marks]").select_option("slow")
    expect(page.locator("#count")).to_contain_text("of 60 tests")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#count")).to_contain_text("of 60 tests")
    page.get_by_label("Search").fill("ACCURACY gboost")
    expect(page.locator("#count")).to_have_text("1 of 60 tests")
    page.get_by_label("Search").fill("nothing has this name")
    expect(page.locator("#count")).to_have_text("0 of 60 tests")


def test_opens_a_test_by_keyboard(page: Page, saved: dict[str, Any]) -> None:
    page.get_by_label("Search").focus()
    page.keyboard.type("cost_per_prediction")
    expect(page.locator("#count")).to_contain_text("3 of 60")
    button = page.get_by_role("button", name="test_cost_per_prediction", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    details = page.locator(".test")
    expect(details).to_contain_text("median of 63 runs")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(details.locator("figure svg .mark-symbol path")).to_have_count(63)
    expect(details).to_contain_text("section prefill (inference)")
    expect(details).to_contain_text("exceeded")
    assert quote(REPEATED.rpartition("::")[2]) in page.url

    test = next(each for each in saved["tests"] if each["nodeid"] == REPEATED)
    known = set(_numbers(test))
    values = details.locator("data").evaluate_all("all => all.map(each => Number(each.value))")
    assert values
    assert all(value in known for value in values)
    page.keyboard.press("Enter")
    expect(details).to_have_count(0)


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [each for part in value.values() for each in _numbers(part)]
    if isinstance(value, list):
        return [each for part in value for each in _numbers(part)]
    return [value] if isinstance(value, int | float) else []


def test_permalink(opened: Opened, file: Path) -> None:
    page = opened.open(file, "#test=" + quote(FOREST))
    details = page.locator(".test")
    expect(details).to_contain_text(FOREST)
    expect(details).to_contain_text("regression: +41% ± 12%")
    expect(details).to_be_in_viewport()
    page.get_by_role("button", name="Copy link").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url

    # A link within the page, to a test that a filter hides.
    page.get_by_label("Search").fill("nothing has this name")
    expect(page.locator("#count")).to_have_text("0 of 60 tests")
    page.locator("#baseline a", has_text="gboost").click()
    expect(page.locator(".test", has_text="improved")).to_be_in_viewport()
    assert opened.noticed == []


def test_every_test_has_its_own_link(opened: Opened, file: Path) -> None:
    nodeid = "tests/models/test_pipeline.py::" + shown.SCRIPT
    page = opened.open(file, "#test=" + quote(nodeid))
    expect(page.locator(".test code").first).to_have_text(nodeid)
    assert page.evaluate("window.pwned") is None
    assert opened.noticed == []


def test_names_are_text(opened: Opened, page: Page) -> None:
    page.get_by_role("button", name="Test", exact=True).click()
    names = [
        name
        for _ in _screens(page)
        for name in page.locator("#table tbody button.open").all_text_contents()
    ]
    assert {visible(name) for name in shown.NAMES} <= set(names)
    assert visible(shown.SCRIPT) in (page.locator("#findings").text_content() or "")
    assert page.evaluate("window.pwned") is None
    assert page.locator("main script, main img, main b").count() == 0
    assert opened.noticed == []


def test_copies_a_remedy(page: Page) -> None:
    remedy = page.locator(".remedy").first
    remedy.get_by_role("button").click()
    assert page.evaluate("navigator.clipboard.readText()") == remedy.locator("code").text_content()
    expect(page.locator("#said")).to_have_text("Copied")


def test_downloads(page: Page, saved: dict[str, Any], tmp_path: Path) -> None:
    def download(name: str) -> Path:
        with page.expect_download() as started:
            page.get_by_role("button", name=name, exact=True).click()
        path = tmp_path / started.value.suggested_filename
        started.value.save_as(path)
        return path

    assert json.loads(download("JSON").read_text(encoding="utf-8")) == saved
    page.get_by_label("Search").fill("test_small")
    expect(page.locator("#count")).to_have_text("12 of 60 tests")
    with download("CSV").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 12
    joules = {
        test["nodeid"]: test["measurement"]["energy_j"]["total"]
        for test in saved["tests"]
        if test["measurement"]
    }
    assert all(float(row["energy_j"]) == joules[row["nodeid"]] for row in rows)
    svg = download("SVG of the picture: Where the energy of the session went")
    assert svg.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("width", "dark"), [(360, False), (768, True), (1280, False), (1920, True)]
)
def test_fits_and_is_accessible(opened: Opened, file: Path, width: int, dark: bool) -> None:
    page = opened.open(file, "#test=" + quote(REPEATED), width=width, dark=dark)
    expect(page.locator(".test figure svg").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.violations() == []
    assert opened.noticed == []


def test_dark_and_light(page: Page) -> None:
    def colours() -> tuple[str, str]:
        text = "getComputedStyle(document.body).color"
        return page.evaluate(text), page.locator("#costs svg text").first.get_attribute(
            "fill"
        ) or ""

    light = colours()
    switch = page.get_by_role("button", name="Colours")
    switch.click()
    assert colours() == light
    switch.click()
    expect(switch).to_have_text("Dark")
    page.wait_for_function(
        "old => document.querySelector('#costs svg text')?.getAttribute('fill') !== old",
        arg=light[1],
    )
    dark = colours()
    assert dark[0] != light[0]

    # On paper, charts are light.
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(
        "old => document.querySelector('#costs svg text')?.getAttribute('fill') === old",
        arg=light[1],
    )
    page.emulate_media(media="print")
    assert colours() == light
    assert not page.locator("nav").is_visible()
    assert page.locator("#costs svg").first.is_visible()
    assert page.get_by_role("button", name="test_waits_for_the_store").is_visible()
    assert page.locator("#basis li", has_text="=HYPERLINK(1)").is_visible()  # folded on the screen
    page.emulate_media(media="screen")
    page.evaluate("localStorage.clear()")


def test_language_models_and_trainings(opened: Opened, file: Path) -> None:
    page = opened.open(file)
    expect(page.locator("#calls tbody tr")).to_have_count(2)
    expect(page.locator("#variants")).to_contain_text("3 points over batch in 3 rounds")
    expect(page.locator("#variants tbody tr").first).to_contain_text(shown.SCRIPT)  # the cheapest
    expect(page.locator("#trainings")).to_contain_text(f"stopped: {shown.SCRIPT}")
    expect(page.locator("#hosted")).to_contain_text("unheard-of")
    expect(page.locator("#variants svg")).to_have_count(2)
    assert page.evaluate("window.pwned") is None


def test_without_figures(opened: Opened, tmp_path: Path) -> None:
    unknown = Measurement(1.0, math.nan, math.nan, None, 2.0, None, fault="the counter stopped")
    made = reports.report(
        reports.entry("a", unknown, outcome="failed", phase=None),
        reports.entry("b", None, unmeasured="hosted API"),
        totals=Totals(None, None, None, 0.0, 0.0),
    )
    page = opened.open(shown.write(made, tmp_path / "unknown.html"))
    expect(page.locator("#answer")).to_contain_text("no total")
    expect(page.locator("#table tbody")).not_to_contain_text("0.00")
    for name in ("test_a_None", "test_b_inference"):
        page.get_by_role("button", name=name).click()
    expect(page.locator(".test").first).to_contain_text("energy")
    expect(page.locator(".test").last).to_contain_text("not measured: hosted API")
    assert opened.noticed == []


def test_says_what_could_not_be_shown(opened: Opened, file: Path, tmp_path: Path) -> None:
    damaged = file.read_text(encoding="utf-8").replace('id="data-tests">', 'id="data-tests">?')
    (tmp_path / "damaged.html").write_text(damaged, encoding="utf-8")
    opened.page.goto((tmp_path / "damaged.html").as_uri())
    expect(opened.page.get_by_role("alert")).to_contain_text("could not be shown")
    expect(opened.page.locator("h1")).to_contain_text("EXCEEDED")


def test_without_tests(opened: Opened, tmp_path: Path) -> None:
    page = opened.open(shown.write(reports.report(), tmp_path / "empty.html"))
    expect(page.locator("h1")).to_have_text("no test was measured")
    expect(page.locator("#tests")).to_contain_text("No test was run")
    assert opened.violations() == []
    assert opened.noticed == []


def test_very_many_tests(
    opened: Opened, report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_scer.formats.page.table.MOST_WHOLE", 50)
    monkeypatch.setattr("pytest_scer.formats.page.table.MOST_DETAILS", 5)
    page = opened.open(shown.write(report, tmp_path / "large.html"))
    expect(page.locator("#count")).to_contain_text("of 60 tests")
    assert page.locator("#save-json").count() == 0
    page.get_by_role("button", name="test_waits_for_the_store").click()
    expect(page.locator(".test")).to_contain_text("20.0")
    page.get_by_role("button", name="test_small[0]").click()
    expect(page.locator("tr.details", has_text="This page holds the details")).to_be_visible()
    assert opened.noticed == []


@pytest.mark.parametrize("fragment", ["#test=a%25.py::test[50%]", "#test=%"])
def test_a_link_that_was_written_by_hand(opened: Opened, tmp_path: Path, fragment: str) -> None:
    made = reports.report(reports.entry(None, reports.measured(1.0), nodeid="a.py::test[50%]"))
    page = opened.open(shown.write(made, tmp_path / "linked.html"), "#test=a.py::test[50%]")
    expect(page.locator(".test code").first).to_have_text("a.py::test[50%]")
    page = opened.open(tmp_path / "linked.html", fragment)
    assert page.locator(".test").count() == 0
    assert opened.noticed == []


def test_says_how_many_runs_are_points(opened: Opened, tmp_path: Path) -> None:
    runs = [reports.measured(1.0 + number / 5000, 1.0) for number in range(1200)]
    made = reports.report(reports.entry(None, median_run(runs, 0.1), nodeid="a.py::test"))
    page = opened.open(shown.write(made, tmp_path / "many.html"), "#test=a.py::test")
    picture = page.locator(".test .canvas").first
    expect(picture).to_have_attribute("aria-label", re.compile("^Energy of 600 of 1200 runs"))
    expect(picture.locator("svg")).to_contain_text("600 of 1200 runs")
