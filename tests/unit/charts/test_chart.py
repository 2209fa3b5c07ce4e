"""Pictures: text from outside is made visible, and several become one."""

from __future__ import annotations

import json
import math

import hostile

from pytest_scer.charts.chart import VEGA, Chart, composed, vega, vega_lite


def chart(name: str, value: float = 1.0) -> Chart:
    spec = {
        "datasets": {"rows": [{"name": name, "value": value}]},
        "data": {"name": "rows"},
        "mark": "bar",
    }
    return vega_lite(name, f"About {name}.", spec, f"note on {name}")


def test_names_are_shown_as_visible_text() -> None:
    for name in hostile.NAMES:
        made = chart(name)
        text = json.dumps([made.title, made.description, made.note, made.spec], ensure_ascii=False)
        assert not hostile.CONTROL.search(text)


def test_missing_figures_are_null() -> None:
    assert chart("a", math.nan).spec["datasets"]["rows"] == [{"name": "a", "value": None}]


def test_a_picture_is_as_wide_as_its_container() -> None:
    assert chart("a").spec["width"] == "container"
    assert not chart("a").is_vega
    assert vega("a", "b", {}).spec == {"$schema": VEGA, "description": "b"}


def test_data_of_composed_pictures_do_not_mix() -> None:
    one, two = chart("a"), chart("b")
    whole = composed("both", "Two pictures.", [[one, two]], width=428)
    assert [rows[0]["name"] for rows in whole.spec["datasets"].values()] == ["a", "b"]
    (row,) = whole.spec["vconcat"]
    names = [view["data"]["name"] for view in row["hconcat"]]
    assert names == list(whole.spec["datasets"])
    assert [view["width"] for view in row["hconcat"]] == [200, 200]
    assert [view["title"]["text"] for view in row["hconcat"]] == ["a", "b"]


def test_a_picture_alone_needs_no_second_title() -> None:
    (view,) = composed("one", "One picture.", [[chart("a")]]).spec["vconcat"]
    assert "title" not in view
