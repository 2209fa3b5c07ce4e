"""Threads of a chip, by its brand string."""

from __future__ import annotations

import pytest

from pytest_scer.meters.chips import threads_of


@pytest.mark.parametrize(
    ("brand", "threads"),
    [
        ("AMD EPYC 7763 64-Core Processor", 128),
        ("AMD Ryzen 9 5950X 16-Core Processor", 32),
        ("AMD EPYC 7B12", 128),
        ("Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", 48),
        ("Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz", 64),
        ("Intel(R) Xeon(R) CPU E5-2673 v4 @ 2.30GHz", 40),
        ("Intel(R) Xeon(R) CPU E5-2673 v3 @ 2.40GHz", 24),
        ("Intel(R) Xeon(R) Gold 6248R CPU @ 3.00GHz", None),  # only the 6248 is in the table
        ("Intel(R) Xeon(R) Processor", None),
        ("Cortex-A72", None),
        ("", None),
    ],
)
def test_threads(brand: str, threads: int | None) -> None:
    assert threads_of(brand) == threads
