"""A comparison as the comment on a pull request."""

from __future__ import annotations

from typing import Any

import hostile
from pasts import RAPL, baseline, fingerprint, past, past_with

from pytest_scer.baseline.compare import compare
from pytest_scer.baseline.past import Past
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.formats import markdown_comparison
from pytest_scer.formats.markdown import MOST_BYTES
from pytest_scer.formats.markdown_comparison import MOST_CHANGED, MOST_OTHERS

MARK = fingerprint(RAPL)


def past_of(day: int, joules: dict[str, float]) -> Past:
    made: Any = past
    session: Past = made(day, MARK, **joules)
    return session


BEFORE = {"small": 1.0, "large": 100.0, "dear": 100.0, "same": 10.0, "gone": 1.0}
AFTER = {"small": 2.0, "large": 200.0, "dear": 20.0, "same": 10.0, "new": 1.0}


def text(before: dict[str, float], after: dict[str, float]) -> str:
    base = baseline(*(past_of(day, before) for day in range(1, 6)))
    compared = compare(base, past_of(9, after), Threshold())
    return "\n".join(markdown_comparison.lines(compared))


def test_verdict_sums_changes_and_what_to_do() -> None:
    shown = text(BEFORE, AFTER).splitlines()
    assert shown[0] == "### Energy and CO2e of the tests: 2 of 4 tests REGRESSED"
    assert shown[2].startswith("**All tests together: +10% ±")
    assert shown[2].endswith(": 211 J to 232 J, 21.1 mg CO2e to 23.2 mg CO2e")
    assert shown[4] == (
        "b.json against b.json: 4 tests compared: 2 regressions, 1 improved, 1 unchanged."
    )
    rows = [line for line in shown if line.startswith("| `")]
    assert [row.split(" | ")[0] for row in rows] == [
        f"| `test_a.py::{name}`" for name in ("large", "small", "dear", "same")
    ]
    assert rows[0].startswith("| `test_a.py::large` | 100 J | 200 J | +100% | ±")
    assert rows[0].endswith("| 20.0 mg | **regression** |")
    assert "**What to do**" in shown
    assert "* `large`, `small`: 2 tests cost 101 J more than the baseline" in shown
    assert "<details><summary>1 test unchanged or not compared</summary>" in shown
    assert "* new test: `test_a.py::new`" in shown
    assert "* vanished test: `test_a.py::gone`" in shown


def test_without_a_change_there_is_nothing_to_do() -> None:
    shown = text(BEFORE, BEFORE)
    assert "no regression in 5 tests" in shown
    assert "What to do" not in shown


def test_it_fits_a_comment_whatever_the_suite() -> None:
    names = [f"{number}<b>|`\n@x{hostile.NAMES[-1]}" for number in range(300)]
    before = dict.fromkeys(names, 1.0)
    after = {name: 2.0 if number < 100 else 1.0 for number, name in enumerate(names[:250])}
    shown = text(before, after)
    assert len(shown.encode()) <= MOST_BYTES
    assert f"and {100 - MOST_CHANGED} more tests" in shown
    assert f"and {150 - MOST_OTHERS} more tests" in shown
    assert not hostile.CONTROL.search(shown)


def test_sides_that_cannot_be_compared() -> None:
    compared = compare(baseline(past_with(1, BEFORE)), past_of(9, AFTER), Threshold())
    shown = "\n".join(markdown_comparison.lines(compared))
    assert shown.startswith("### Energy and CO2e of the tests: nothing could be compared\n")
    assert "joules cannot be compared: cpu meter" in shown
    assert "* **not compared:** " in shown
