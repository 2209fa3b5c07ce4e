"""Twelve tests of 20 to 500 ms: arithmetic, dictionaries, sorting, JSON and hashing by turns."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable

import pytest


def arithmetic(n: int) -> object:
    """Sum squares of integers."""
    total = 0
    for number in range(n):
        total += number * number
    return total


def words(n: int) -> object:
    """Build a dictionary of strings."""
    return sum({str(number): number for number in range(n)}.values())


def sorting(n: int) -> object:
    """Sort floats."""
    generator = random.Random(1)
    return sorted(generator.random() for _ in range(n))


def serialising(n: int) -> object:
    """Convert to JSON and back."""
    return json.loads(json.dumps([{"a": number, "b": [number]} for number in range(n)]))


def hashing(n: int) -> object:
    """Apply SHA-256 repeatedly."""
    digest = b"x"
    for _ in range(n):
        digest = hashlib.sha256(digest).digest()
    return digest


# Iterations per second on the machine where this was designed.
WORK: tuple[tuple[Callable[[int], object], float], ...] = (
    (arithmetic, 20e6),
    (words, 4e6),
    (sorting, 4e6),
    (serialising, 0.4e6),
    (hashing, 1.5e6),
)


@pytest.mark.parametrize("index", range(12))
def test_work(index: int) -> None:
    """Work for a nominal time from 30 to 230 ms."""
    work, rate = WORK[index % len(WORK)]
    work(int(rate * 0.03 * 1.2**index))
