"""Plain Python and its standard library: 5 to 200 ms."""

from __future__ import annotations

import hashlib
import json
import random
import re
import sqlite3
import zlib

import pytest
from planting import planted

ROWS = [{"name": f"row {i}", "value": i * 0.5, "tags": ["a", "b", str(i)]} for i in range(4_000)]
TEXT = " ".join(f"word{i % 977} 2026-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(20_000))


@pytest.mark.parametrize("times", [1, 4, 10])
def test_json(times: int) -> None:
    def work() -> int:
        return sum(len(json.loads(json.dumps(ROWS))) for _ in range(times))

    assert planted(work)


@pytest.mark.parametrize("times", [1, 5])
def test_regex(times: int) -> None:
    pattern = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
    assert planted(lambda: [len(pattern.findall(TEXT)) for _ in range(times)])


@pytest.mark.parametrize("rows", [2_000, 40_000])
def test_sqlite(rows: int) -> None:
    def work() -> object:
        with sqlite3.connect(":memory:") as base:
            base.execute("create table t (a integer, b text)")
            base.executemany("insert into t values (?, ?)", ((i, str(i)) for i in range(rows)))
            return base.execute("select count(*), sum(length(b)) from t where a % 3").fetchone()

    assert planted(work)


def test_sorting() -> None:
    def work() -> int:
        generator = random.Random(1)
        numbers = [generator.random() * i for i in range(20_000)]
        return sum(len(sorted(numbers, key=lambda n: n % 7)) for _ in range(10))

    assert planted(work)


def test_words() -> None:
    def work() -> int:
        counts: dict[str, int] = {}
        for word in TEXT.split() * 8:
            counts[word] = counts.get(word, 0) + 1
        return len(counts)

    assert planted(work)


def test_hashing() -> None:
    block = b"x" * 1_000_000
    assert planted(lambda: [hashlib.sha256(block).digest() for _ in range(60)])


def test_compressing() -> None:
    assert planted(lambda: zlib.compress(TEXT.encode() * 3, 6))


class Vector:
    """Three numbers, with operators."""

    __slots__ = ("x", "y", "z")

    def __init__(self, x: float, y: float, z: float) -> None:
        self.x, self.y, self.z = x, y, z

    def __add__(self, other: Vector) -> Vector:
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)


def test_objects() -> None:
    def work() -> float:
        total = Vector(0, 0, 0)
        for i in range(150_000):
            total = total + Vector(i, 1, -i)
        return total.y

    assert planted(work)
