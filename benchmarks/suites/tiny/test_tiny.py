"""Tests of 10 us to 1 ms, including two of 60 and 120 ms."""

from __future__ import annotations

import pytest
from planting import planted


def count(n: int) -> int:
    """Work of about 40 ns for each n."""
    return sum(number & 7 for number in range(n))


@pytest.mark.parametrize("n", [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000])
@pytest.mark.parametrize("kind", ["a", "b", "c", "d", "e", "f"])
def test_tiny(n: int, kind: str) -> None:
    assert planted(lambda: count(n))


@pytest.mark.parametrize("n", [1_500_000, 3_000_000])
def test_among_them(n: int) -> None:
    assert planted(lambda: count(n))
