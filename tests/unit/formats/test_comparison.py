"""The text of a comparison."""

from __future__ import annotations

import pytest
from pasts import RAPL, baseline, fingerprint, past

from pytest_scer.baseline.compare import compare
from pytest_scer.baseline.past import Past
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.formats import comparison
from pytest_scer.formats.terminal.characters import display_width
from pytest_scer.formats.terminal.screen import Screen

MARK = fingerprint(RAPL)
BASE = [
    past(day, MARK, small=1.0, large=100.0, dear=100.0, same=10.0, gone=1.0) for day in range(1, 6)
]
HEAD = past(9, MARK, small=2.0, large=200.0, dear=20.0, same=10.0, new=1.0)


def text(head: Past = HEAD, width: int = 79, *, whole: bool = False) -> list[str]:
    compared = compare(baseline(*BASE), head, Threshold())
    return [line.text for line in comparison.text(compared, Screen(width), whole=whole)]


def test_the_verdict_comes_first_then_what_changed_by_joules() -> None:
    lines = text()
    assert lines[0] == "2 of 4 tests REGRESSED"
    assert lines[1] == (
        "b.json against b.json: 4 tests compared: 2 regressions, 1 improved, 1 unchanged"
    )
    title, *rows = (
        line for line in lines if line.startswith(("energy", "  small", "  large", "  dear"))
    )
    assert title.split() == ["energy", "of", "cpu", "before", "now", "change"]
    assert [row.split()[0] for row in rows] == ["large", "small", "dear"]
    assert rows[0].split()[1:6] == ["100.0", "J", "200.0", "J", "+100%"]
    assert rows[0].endswith("REGRESSION")
    assert rows[2].endswith("improved")
    assert "    1 run against the median of 5, cpu" in lines
    assert not any(line.startswith("  same") for line in lines)
    assert "new test: test_a.py::new" in lines
    assert "vanished test: test_a.py::gone" in lines


def test_verbose_has_every_test() -> None:
    assert any("test_a.py::same" in line and "unchanged" in line for line in text(whole=True))


def test_nothing_changed() -> None:
    lines = text(past(9, MARK, small=1.0, large=100.0, dear=100.0, same=10.0, gone=1.0))
    assert lines[0] == "no regression in 5 tests"
    assert not any(line.startswith("energy of") for line in lines)


def test_another_machine_cannot_be_compared() -> None:
    lines = text(past(9, small=1.0))
    assert lines[0] == "nothing could be compared"
    assert any(line.startswith("not comparable: cpu meter") for line in lines)


@pytest.mark.parametrize("width", [39, 59, 119])
def test_it_fits(width: int) -> None:
    for whole in (False, True):
        assert max(map(display_width, text(width=width, whole=whole))) <= width
