"""The page of a history: the total and each test over time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hostile import NAMES
from opened import Opened
from pasts import RAPL, baseline, fingerprint, past
from playwright.sync_api import Page

from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.levels import Level
from pytest_scer.baseline.past import Past
from pytest_scer.formats.page.history_page import dump_history

MARK = fingerprint(RAPL)
HOSTILE = {f"{name}<script>alert(1)</script>": 10.0 for name in NAMES}
MOVES_AT = 9


def session(day: int) -> Past:
    made: Any = past
    costs = {"steady": 10.0, "grown": 30.0 if day >= MOVES_AT else 20.0, **HOSTILE}
    regressed = ("grown",) if day >= MOVES_AT else ()
    found: Past = made(day, MARK, regressed=regressed, **costs)
    branch = "topic<b>" if day % 4 == 0 else "main"
    return replace(found, commit=f"{day:08x}{day:032x}", branch=branch)


@pytest.fixture(scope="module")
def history() -> Baseline:
    level = Level("2026-01-09T00:00:00+00:00", "2026-01-15T00:00:00+00:00")
    return baseline(*(session(day) for day in range(1, 16)), levels={"test_a.py::grown": level})


@pytest.fixture(scope="module")
def page(opened: Opened, history: Baseline, tmp_path_factory: pytest.TempPathFactory) -> Page:
    file = tmp_path_factory.mktemp("page") / "history.html"
    file.write_text("".join(dump_history(history)), encoding="utf-8")
    return opened.open(file)


def test_it_opens_with_the_newest_session_and_asks_for_nothing(opened: Opened, page: Page) -> None:
    assert page.locator("h1").text_content() == "1 of 21 tests REGRESSED in the newest session"
    assert (page.locator(".total").text_content() or "").startswith(
        "15 sessions, 2026-01-01 to 2026-01-15; levels moved: 1 test up"
    )
    assert page.locator("figure[data-chart=total] svg").count() == 1
    first = page.locator("figure[data-chart=test0]")
    assert first.locator(".chart-title").text_content() == "grown"
    assert f"commit {MOVES_AT:08x}" in (first.locator(".canvas").get_attribute("aria-label") or "")
    assert "topic<b>" in (page.locator("figure[data-chart=total] svg").text_content() or "")
    assert opened.violations() == []
    assert opened.noticed == []


def test_its_figures_are_those_of_the_json(page: Page, history: Baseline) -> None:
    with page.expect_download() as saved:
        page.get_by_role("button", name="JSON", exact=True).click()
    data = json.loads(Path(saved.value.path()).read_text(encoding="utf-8"))
    shown = page.evaluate(
        """[...document.querySelectorAll("#trends tbody tr")].map((row) => [
          decodeURIComponent(row.dataset.test),
          [...row.querySelectorAll("data")].map((figure) => Number(figure.value)),
        ])"""
    )
    wanted = {
        each["nodeid"]: [
            each["last_j"],
            each["level_j"],
            *([] if each["moved"] is None else [each["moved"]]),
            len(each["points"]),
        ]
        for each in data["tests"]
    }
    assert dict(shown) == wanted
    tests = [test for past in history.sessions for test in past.tests.values()]
    assert sorted(test.energy_j["cpu"] or 0.0 for test in tests) == sorted(
        point["energy_j"] for test in data["tests"] for point in test["points"]
    )
    for path, value in page.evaluate(
        """[...document.querySelectorAll("[data-from]")].map(
          (figure) => [figure.dataset.from, Number(figure.value)])"""
    ):
        where, _, key = path.partition(".")
        assert value == data[where][key], path


def test_tests_are_sorted_and_filtered(opened: Opened, page: Page) -> None:
    names = page.locator("#trends tbody tr:not([hidden]) th a")
    page.get_by_role("button", name="Moved").click()
    assert names.first.text_content() == "grown"
    page.locator("form select").select_option("regression")
    assert names.all_text_contents() == ["grown"]
    page.locator("form select").select_option("")
    assert page.locator("#trends .spark").count() == 21
    assert page.locator("#trends .spark-bad").count() == 15 - MOVES_AT + 1
    assert opened.noticed == []


def test_it_fits_in_the_dark_too(opened: Opened, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    for width in (360, 768, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    assert opened.violations() == []
    assert "\u202e" not in page.locator("body").inner_text()
    assert opened.noticed == []


def test_one_session_makes_a_page(tmp_path: Path) -> None:
    text = "".join(dump_history(baseline(session(1))))
    assert "one session: nothing to compare it with yet" in text
