"""The test suite of the experiment: 1 ms to 1 s of pure Python per test; two tests are noisy.

``GATE_DEARER="INDEX:FACTOR ..."`` makes tests more expensive by exactly that factor: they run until
they have used that multiple of the CPU time of their work. With ``GATE_COUNTERS=1`` the joules come
from a simulated counter instead of CPU time, with the spread of a real counter on one machine,
0.3 %.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
from collections.abc import Callable

import pytest

TESTS = int(os.environ.get("GATE_TESTS", "40"))
LONGEST_S = float(os.environ.get("GATE_LONGEST_S", "1"))
NOISY = {TESTS // 3, 2 * TESTS // 3}
COUNTER_SPREAD = 0.003

DEARER = {
    int(index): float(factor)
    for index, _, factor in (
        each.partition(":") for each in os.environ.get("GATE_DEARER", "").split()
    )
}


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


# Iterations per second on the machine where the experiment was designed; durations are nominal.
WORK: tuple[tuple[Callable[[int], object], float], ...] = (
    (arithmetic, 20e6),
    (words, 4e6),
    (sorting, 4e6),
    (serialising, 0.4e6),
    (hashing, 1.5e6),
)


@pytest.mark.parametrize("index", range(TESTS))
def test_work(index: int, request: pytest.FixtureRequest) -> None:
    """Work for a time that grows geometrically with the index, from 1 ms to `LONGEST_S`."""
    work, rate = WORK[index % len(WORK)]
    seconds = 1e-3 * (LONGEST_S / 1e-3) ** (index / max(TESTS - 1, 1))
    factor = DEARER.get(index, 1.0)
    if index in NOISY:
        seconds *= random.uniform(0.6, 1.6)
    if "GATE_COUNTERS" in os.environ:
        meter = request.getfixturevalue("simulated_meter")
        meter.spend(cpu=10 * seconds * factor * random.gauss(1, COUNTER_SPREAD))
    else:
        began_s = time.thread_time()
        work(int(rate * seconds))
        # More iterations would not give an exact factor: dictionaries grow in jumps and the garbage
        # collector runs at any time, so 60 % more iterations cost 17 % more in one test and 82 %
        # more in another.
        ends_s = began_s + factor * (time.thread_time() - began_s)
        while factor > 1 and time.thread_time() < ends_s:
            arithmetic(100)
