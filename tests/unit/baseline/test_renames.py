from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

import pytest

from pytest_scer.baseline import renames
from pytest_scer.baseline.renames import CANDIDATES, renamed


def test_a_test_that_moved_keeps_its_function() -> None:
    assert renamed(["a.py::test_x"], ["b.py::test_x"]) == {"b.py::test_x": "a.py::test_x"}


def test_a_test_with_a_name_like_it_in_its_file_is_the_same() -> None:
    gone, new = ["a.py::test_loads_a_model"], ["a.py::test_loads_the_model"]
    assert renamed(gone, new) == {new[0]: gone[0]}


def test_one_with_another_name_or_in_another_file_is_not() -> None:
    assert renamed(["a.py::test_x"], ["a.py::test_something_else"]) == {}
    assert renamed(["a.py::test_loads_a_model"], ["b.py::test_loads_the_model"]) == {}


def test_an_old_name_is_given_once() -> None:
    pairs = renamed(["a.py::test_load_x"], ["a.py::test_load_x1", "a.py::test_load_x_2"])
    assert list(pairs.values()) == ["a.py::test_load_x"]


def test_the_most_alike_is_chosen() -> None:
    gone = ["a.py::test_model_loads_slowly", "a.py::test_model_loads_fast"]
    assert renamed(gone, ["a.py::test_model_loads_fast_now"]) == {
        "a.py::test_model_loads_fast_now": "a.py::test_model_loads_fast"
    }


def test_nothing_and_nothing_are_no_pair() -> None:
    assert renamed([], ["a.py::test_x"]) == renamed(["a.py::test_x"], []) == {}


class Counting(SequenceMatcher[str]):
    compared = 0

    def ratio(self) -> float:
        Counting.compared += 1
        return super().ratio()


@pytest.mark.parametrize(
    "name",
    ["test_of_thing_number_{}", "test_model_loads[{}-cpu]", "test_x{}_is_found"],
    ids=["words in common", "parameters", "digits in a word"],
)
def test_names_are_compared_a_few_times_each_however_many_there_are(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renames, "SequenceMatcher", Counting)
    counts = []
    for size in (200, 400, 800, 1600):
        Counting.compared = 0
        gone = [f"a.py::{name.format(index)}" for index in range(size)]
        new = [f"a.py::{name.format(index)}_again" for index in range(size)]
        found = renamed(gone, new)
        assert len(found) == size
        counts.append(Counting.compared)
        assert Counting.compared <= CANDIDATES * size
    for fewer, more in pairwise(counts):
        assert more <= 2.1 * fewer


def test_old_names_are_looked_at_a_few_times_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are gone already are not gone through again for each new name."""
    looked = 0
    first_left = renames._Names._first_left

    def counting(self: renames._Names, nodeids: list[str]) -> str | None:
        nonlocal looked
        before = len(nodeids)
        found = first_left(self, nodeids)
        looked += 1 + before - len(nodeids)
        return found

    monkeypatch.setattr(renames._Names, "_first_left", counting)
    counts = []
    for size in (200, 1600):
        looked = 0
        renamed(
            [f"a.py::test_of_thing_{index}" for index in range(size)],
            [f"a.py::test_of_thing_{index}_x" for index in range(size)],
        )
        counts.append(looked)
    assert counts[1] <= 8.5 * counts[0]
