"""Where a budget is set, as file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_scer.config.marker import Marks, read_marker
from pytest_scer.config.places import place_in_file

EVERYWHERE = """\
import pytest

LIMIT = "8 J"
pytestmark = [
    pytest.mark.scer("9 J"),
]


@pytest.mark.scer("6 J")
class TestClass:
    def test_of_class(self):
        pass

    @pytest.mark.scer(
        "1 J",
        '2 J per token',
    )
    def test_of_function(self):
        assert "6 J"

    @pytest.mark.parametrize("n", [
        pytest.param(1, marks=pytest.mark.scer("3 J")),
    ])
    async def test_of_parameters(self, n):
        pass


@pytest.mark.scer(LIMIT)
def test_of_a_variable():
    pass


def test_of_module():
    pass
"""


def places(pytester: pytest.Pytester, source: str) -> dict[str, list[tuple[str, str | None]]]:
    """Budgets with their places, by the name of the test."""
    path = pytester.mkdir("tests") / "test_it.py"
    path.write_text(source, encoding="utf-8")
    known = "ignore::pytest.PytestUnknownMarkWarning"
    items, _ = pytester.inline_genitems("-W", known, f"--rootdir={pytester.path}", str(path))
    found = {}
    for item in items:
        marker = read_marker(item, Marks())
        assert marker is not None
        found[item.name] = [(limit.budget.text, limit.place) for limit in marker.limits]
    return found


def test_of_markers_on_every_level(pytester: pytest.Pytester) -> None:
    assert places(pytester, EVERYWHERE) == {
        "test_of_class": [("6 J", "tests/test_it.py:9")],
        "test_of_function": [
            ("1 J", "tests/test_it.py:15"),
            ("2 J per token", "tests/test_it.py:16"),
        ],
        "test_of_parameters[1]": [("3 J", "tests/test_it.py:22")],
        # Not written there as a string: the place of the test.
        "test_of_a_variable": [("8 J", "tests/test_it.py:28")],
        "test_of_module": [("9 J", "tests/test_it.py:5")],
    }


def test_of_a_marker_that_a_conftest_adds(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest
        def pytest_itemcollected(item):
            item.add_marker(pytest.mark.scer("4 J"))
        """
    )
    assert places(pytester, "\n\ndef test_it(): pass\n") == {
        "test_it": [("4 J", "tests/test_it.py:3")]
    }


@pytest.mark.parametrize(
    ("key", "text", "line"),
    [
        ("scer_test_budget", "5 J", 3),
        ("scer_budgets", "mark:slow = 6 J", 6),
        ("scer_budgets", "sum(*) = 1 kJ", 7),
        ("scer_budgets", "of the command line = 1 J", None),
        ("scer_budget", "2 J", None),
    ],
)
def test_of_a_configuration_file(tmp_path: Path, key: str, text: str, line: int | None) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(
        """\
        [tool.pytest.ini_options]
        # 5 J is what scer_test_budget allows
        scer_test_budget = ["5 J"]
        scer_budgets = [
            "tests/* = 3 J",
            "mark:slow  =  6 J",
            "sum(*) = 1 kJ",
        ]
        """
    )
    assert place_in_file(path, key, text) == (None if line is None else f"pyproject.toml:{line}")


def test_of_no_file(tmp_path: Path) -> None:
    assert place_in_file(None, "scer_budget", "5 J") is None
    assert place_in_file(tmp_path / "tox.ini", "scer_budget", "5 J") is None
