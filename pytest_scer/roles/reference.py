"""A fixed workload, run in turn with the tests: what it costs tells how slow the moment is.

On shared machines the CPU seconds of the same work follow hidden neighbours and the clock. What is
divided by the cost of a known workload, run right beside, follows them much less; see
``docs/explanation/gate.md`` for the figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from pytest_scer.core.measurement import Measurement, Reading

EVERY_S: Final = 0.5
"""So often it is run beside tests, at most: it takes about 25 ms."""


def workload() -> int:
    """Pure Python and some memory: the same work on every call, about 25 ms.

    Never change it: the costs in every baseline are relative to it.
    """
    total = 0
    for number in range(100_000):
        total += number * number % 7
    table = {}
    for number in range(40_000):
        table[number * 7919 % 40_009] = number
    ranked = sorted(table.values(), key=lambda value: value ^ 0x5555)
    block = bytearray(1 << 20)
    for _ in range(4):
        block = bytearray(block[::-1])
    return total + ranked[0] + block[0]


class Reference:
    """What the workload costs now, in joules of the components that are compared."""

    def __init__(self, read: Callable[..., Reading], components: tuple[str, ...]) -> None:
        """Run it once without looking: the first time is always dearer.

        Args:
            read: Takes a reading.
            components: Whose joules count.
        """
        self._read = read
        self._components = components
        self._latest_j: float | None = None
        self._at_s = -EVERY_S
        workload()

    def measure(self) -> float | None:
        """Run it and tell its joules; None where a component has no figure, or used nothing."""
        start = self._read(force=True)
        workload()
        measured = Measurement.between(start, self._read(force=True))
        self._at_s = time.monotonic()
        joules = [getattr(measured, f"{name}_j") for name in self._components]
        total_j = sum(joules) if joules and None not in joules else 0.0
        self._latest_j = total_j if total_j > 0 else None
        return self._latest_j

    def latest(self) -> float | None:
        """Its joules not long ago."""
        if time.monotonic() - self._at_s >= EVERY_S:
            return self.measure()
        return self._latest_j
