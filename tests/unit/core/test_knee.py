"""The knee of a falling curve."""

from __future__ import annotations

import pytest

from pytest_scer.core.knee import knee


@pytest.mark.parametrize(
    ("xs", "costs", "index"),
    [
        ([1, 2, 4, 8], [10.0, 4.0, 3.8, 3.6], 1),  # nearly all is saved by the first step
        ([1, 2, 3, 4], [10.0, 9.9, 2.0, 1.9], 2),
        ([1, 2, 3, 4], [4.0, 3.0, 2.0, 1.0], 3),  # a straight line: all of the way is worth going
        ([1, 2, 3], [4.0, 3.9, 1.0], 2),  # above the chord
        ([1, 8], [2.0, 1.0], 1),
    ],
)
def test_it_lies_furthest_below_the_chord(xs: list[float], costs: list[float], index: int) -> None:
    assert knee(xs, costs) == index
