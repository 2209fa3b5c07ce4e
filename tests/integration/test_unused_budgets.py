"""Lines of scer_budgets that match no test: a warning and a finding."""

from __future__ import annotations

import pytest
from suite import Suite

SOURCE = "def test_it(): spend(cpu=1)\ndef test_other(): spend(cpu=1)"
INI = """
scer_budgets =
    test_it.py::test_it = 5 J
    test_it.py::test_gone* = 5 J
    sum(test_it.py::* = 5 J
    sum(test_lost.py*) = 5 J
"""


def _named(suite: Suite, *args: str) -> tuple[list[str], list[str]]:
    """The unused lines that warnings and findings name."""
    ran = suite.measure(SOURCE, *args)
    found = [each["text"] for each in ran.json["findings"] if each["kind"] == "unused budget"]
    warned = [each for each in ran.json["warnings"] if "matches none of the tests" in each]
    assert all("".join(each.split()) in "".join(ran.text.split()) for each in warned)
    return warned, found


@pytest.mark.parametrize("args", [[], ["."]])
def test_they_are_named(suite: Suite, args: list[str]) -> None:
    suite.ini(INI)
    warned, found = _named(suite, *args)
    for names in (warned, found):
        assert len(names) == 3
        for pattern, name in zip(
            ("test_gone*", "sum(test_it.py::*", "test_lost"), names, strict=True
        ):
            assert pattern in name
    assert "sum( has no closing parenthesis: write sum(test_it.py::*) = 5 J" in warned[1]


@pytest.mark.parametrize(
    "args", [["-k", "other"], ["test_it.py::test_it"], ["--deselect=test_it.py::test_it"]]
)
def test_not_where_a_part_of_the_suite_runs(suite: Suite, args: list[str]) -> None:
    suite.ini(INI)
    assert _named(suite, *args) == ([], [])


def test_with_workers(suite: Suite) -> None:
    pytest.importorskip("xdist")
    suite.ini(INI)
    suite.write(SOURCE)
    ran = suite.run_apart("-n2", "-p", "xdist", "--scer-output=report.json")
    assert len(ran.json["unused_budgets"]) == 3
