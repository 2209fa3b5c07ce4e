"""What busy neighbours on the same cores may have added to a figure modelled from CPU time."""

from __future__ import annotations

from typing import Final

CONTENTION: Final = 1.6
"""How much more CPU time the same work takes while the other hardware thread of its core is busy.
Measured on shared virtual machines: 1.6 for the reference workload, 1.3 to 2 for tests."""
_ADDED: Final = 1 - 1 / CONTENTION
"""The share of such CPU time that the work would not have taken alone."""


def contention_j(
    contended_s: float, cpu_j: float, cpu_time_s: float, ram_j: float, duration_s: float
) -> float:
    """Joules that the work might not have cost alone.

    Args:
        contended_s: CPU seconds of the work during which a neighbour was busy.
        cpu_j: Joules of the CPU, in proportion to CPU time.
        cpu_time_s: CPU seconds of the work.
        ram_j: Joules of the memory, in proportion to wall time.
        duration_s: Wall time in seconds.
    """
    if cpu_time_s <= 0 or duration_s <= 0:
        return 0.0
    of_cpu_j = cpu_j * min(contended_s / cpu_time_s, 1.0)
    return _ADDED * (of_cpu_j + ram_j * min(contended_s / duration_s, 1.0))
