"""The page of a history as text; ``tests/pages`` opens it in a browser."""

from __future__ import annotations

import re
from dataclasses import replace

from pasts import RAPL, baseline, fingerprint, past

from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.levels import Level
from pytest_scer.formats.page.history_page import dump_history

MARK = fingerprint(RAPL)
STEADY = [past(day, MARK, a=10.0, b=20.0) for day in range(1, 8)]


def page(history: Baseline) -> str:
    """The texts of the page, without its scripts."""
    whole = "".join(dump_history(history))
    return re.sub(r"<script.*?</script>|<style.*?</style>", "", whole, flags=re.DOTALL)


def headline(text: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", text)
    assert found
    return found[1]


def test_nothing_moved() -> None:
    text = page(baseline(*STEADY))
    assert headline(text) == "no regression in the newest session"
    assert "7 sessions, 2026-01-01 to 2026-01-07; no level moved" in text
    assert "To anchor" not in text
    assert "not measured:" not in text
    assert "Branch" not in text


def test_the_anchor_and_accepted_levels_are_columns_and_notes() -> None:
    anchor = [past(1, MARK, a=8.0, b=20.0)]
    level = Level("2026-01-03T00:00:00+00:00", "2026-01-05T00:00:00+00:00")
    text = page(baseline(*STEADY, anchor=anchor, levels={"test_a.py::b": level}))
    assert '<data value="0.25">+25%</data>' in text
    assert "level accepted from 2026-01-03 on" in text
    assert "Accepted levels" in text


def test_sessions_that_cannot_be_compared_are_counted() -> None:
    text = page(baseline(past(1, a=1.0, b=2.0), *STEADY[1:]))
    assert "1 more not comparable" in text
    alone = page(baseline(*STEADY[:2], past(9, a=1.0)))
    assert headline(alone) == "no other session is comparable with the newest one"


def test_a_history_without_a_figure_makes_a_page() -> None:
    empty = replace(STEADY[0], tests={})
    text = page(baseline(empty, replace(empty, started_at="2026-01-09T00:00:00+00:00")))
    assert headline(text) == "no regression in the newest session"
    assert "No test has a figure." in text


def test_what_is_modelled_is_named() -> None:
    assert "not measured: cpu (modelled)" in page(baseline(past(1, a=1.0), past(2, a=1.0)))
