"""A comparison of two commits as text, Markdown and JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pytest_scer.formats import ab
from pytest_scer.formats.ab import MOST_CHANGED
from pytest_scer.formats.markdown import MOST_BYTES
from pytest_scer.formats.terminal.screen import Screen
from pytest_scer.report.ab import AbReport, AbTest

OK = AbTest("ok", 1.0, 1.01, 0.01, -0.05, 0.07, 0.12, 0.1, 6, 40)
REPORT = AbReport(
    base="main (0123456789)",
    head="the work tree",
    threshold="5%",
    threshold_share=0.05,
    compared=("cpu: RAPL",),
    g_per_j=1e-4,
    tests={
        "t.py::test_ok": OK,
        "t.py::test_slow[a|b]": replace(OK, verdict="regression", head_j=1.3, change=0.3),
        "t.py::test_fast": replace(OK, verdict="improved", change=-0.4, notes=("a note",)),
        "t.py::test_huge": replace(OK, verdict="inconclusive", change=1e9),
    },
    not_compared={"t.py::test_new": "only on HEAD"},
    noise_floor=(0.08, 0.02),
    detectable=0.12,
    rounds=6,
    elapsed_s=61.0,
    most_s=90.0,
    warnings=("something",),
)


SCREEN = Screen(199)


def text_of(report: AbReport, screen: Screen = SCREEN) -> list[str]:
    return [line.text for line in ab.text(report, screen)]


def test_text_begins_with_the_verdict_and_shows_what_changed() -> None:
    assert text_of(REPORT)[3:11] == [
        "energy of cpu       BASE    HEAD      change",
        "  test_slow[a|b]  1.00 J  1.30 J        +30%  (-5.0% to +7.0%)  REGRESSION",
        "    pairs: 40, rounds: 6, would have found +12%",
        "  test_fast       1.00 J  1.01 J        -40%  (-5.0% to +7.0%)  improved",
        "    pairs: 40, rounds: 6, would have found +12%",
        "    a note",
        "  test_huge       1.00 J  1.01 J  over x1000  (-5.0% to +7.0%)  inconclusive",
        "    pairs: 40, rounds: 6, would have found +12%",
    ]
    verdict, summary, *_ = text_of(REPORT)
    assert verdict == "1 of 4 tests REGRESSED"
    assert summary.startswith("the work tree against main (0123456789): 4 tests compared: ")
    assert "1 regression, 1 inconclusive, 1 improved, 1 ok; 1 not compared" in summary
    rest = "\n".join(text_of(REPORT)[12:])
    assert "not compared: test_new: only on HEAD\nwarning: something\n" in rest
    assert "smallest growth found in 9 of 10 cases (middle test): +12%" in rest


@pytest.mark.parametrize("width", [39, 59, 119])
def test_text_fits(width: int) -> None:
    assert max(map(len, text_of(REPORT, Screen(width)))) <= width


def test_interrupted_it_says_so_and_nothing_that_is_not_known() -> None:
    early = replace(REPORT, tests={}, noise_floor=None, detectable=None, rounds=1, interrupted=True)
    text = "\n".join(text_of(early))
    assert "noise floor: unknown" in text
    assert "every test is below the floor" in text
    assert "0 tests compared" in text
    assert "interrupted" in text
    assert not early.failed
    assert "nothing was compared" in next(ab.markdown(early))


def test_markdown_escapes_names_and_folds_what_is_ok() -> None:
    text = "\n".join(ab.markdown(REPORT))
    assert text.startswith("### Energy of the tests: 1 of 4 tests REGRESSED\n")
    assert "| `t.py::test_slow[a\\|b]` | 1.00 J | 1.30 J | +30% |" in text
    assert "<details><summary>1 test within the threshold</summary>" in text
    assert "<details><summary>1 test not compared</summary>" in text
    assert "* `t.py::test_new`: only on HEAD" in text
    assert "* `t.py::test_fast`: a note" in text


def test_a_comment_fits_whatever_the_suite() -> None:
    slow = replace(OK, verdict="regression", notes=("a note " * 90,))
    names = [f"{number}{'<|' * 300}" for number in range(900)]
    made = replace(
        REPORT,
        tests={name: slow if number < 400 else OK for number, name in enumerate(names)},
        not_compared=dict.fromkeys(names, "only on HEAD"),
    )
    text = "\n".join(ab.markdown(made))
    assert len(text.encode()) <= MOST_BYTES
    assert f"and {400 - MOST_CHANGED} more tests" in text


def test_json_holds_all_of_it() -> None:
    data = json.loads(ab.as_json(REPORT))
    assert data["failed"]
    assert data["noise_floor"] == {"pair": 0.08, "round": 0.02}
    assert data["tests"]["t.py::test_fast"]["notes"] == ["a note"]
    assert json.loads(ab.as_json(replace(REPORT, fail_on=frozenset())))["failed"] is False
