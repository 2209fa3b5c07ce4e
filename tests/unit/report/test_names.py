"""Names without what all share."""

from __future__ import annotations

import pytest

from pytest_scer.report.names import Names, parts_of


@pytest.mark.parametrize(
    ("nodeids", "short"),
    [
        (["a/b/test_x.py::test_1"], ["test_1"]),
        (
            ["a/test_x.py::test_1", "a/test_y.py::test_1"],
            ["test_x.py::test_1", "test_y.py::test_1"],
        ),
        (["a/x.py::TestIt::test_1", "a/x.py::test_2"], ["TestIt::test_1", "test_2"]),
        (["a/x.py::T::test_1", "a/x.py::T::test_2"], ["test_1", "test_2"]),
        (["x.py::test[a/b::c]", "x.py::test[a/b::d]"], ["test[a/b::c]", "test[a/b::d]"]),
        (["ab/x.py::test", "ac/x.py::test"], ["ab/x.py::test", "ac/x.py::test"]),
        ([], []),
    ],
)
def test_short(nodeids: list[str], short: list[str]) -> None:
    names = Names(nodeids)
    assert [names.short(nodeid) for nodeid in nodeids] == short
    assert [Names(nodeids, whole=True).short(each) for each in nodeids] == nodeids


def test_some() -> None:
    names = Names(["t.py::a", "t.py::b", "t.py::c"])
    assert names.some(["t.py::a"]) == "a"
    assert names.some(["t.py::a", "t.py::b", "t.py::c"]) == "a, b and 1 more"


@pytest.mark.parametrize(
    ("nodeid", "above", "name", "parameters"),
    [
        ("a/b.py::T::test[x/y::z]", ["a/", "b.py::", "T::"], "test", "[x/y::z]"),
        ("test", [], "test", ""),
        ("a.py::", ["a.py::"], "", ""),
    ],
)
def test_the_parts_of_a_node_id(nodeid: str, above: list[str], name: str, parameters: str) -> None:
    assert parts_of(nodeid) == (above, name, parameters)
    assert "".join([*above, name, parameters]) == nodeid
