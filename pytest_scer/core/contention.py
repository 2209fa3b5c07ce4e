"""What busy neighbours may have added to figures that grow with CPU time or wall time."""

from __future__ import annotations

from typing import Final, NamedTuple

from pytest_scer.sources import noise

CONTENTION: Final = noise.CONTENTION.value
"""How much more CPU time the same work takes while the other hardware thread of its core is busy.
Measured on shared virtual machines: 1.6 for 10 ms of Python and loops in C,
1.3 to 2 for tests."""
_ADDED: Final = 1 - 1 / CONTENTION
"""The share of such CPU time that the work would not have taken alone."""


class Contention(NamedTuple):
    """How long neighbours were in the way of this process, in seconds.

    Attributes:
        shared_s: CPU seconds of this process during which a neighbour was busy, possibly on the
            same core.
        queued_s: Seconds in which this process was ready to run, but neighbours had its CPU.
    """

    shared_s: float = 0.0
    queued_s: float = 0.0

    def added_j(
        self, cpu_j: float, cpu_time_s: float, constant_j: float, duration_s: float
    ) -> float:
        """Joules that work might not have cost alone.

        Args:
            cpu_j: Joules in proportion to CPU time.
            cpu_time_s: CPU seconds of the work.
            constant_j: Joules in proportion to wall time.
            duration_s: Wall time in seconds.
        """
        if cpu_time_s <= 0 or duration_s <= 0:
            return 0.0
        of_cpu_j = cpu_j * _ADDED * min(self.shared_s / cpu_time_s, 1.0)
        lost_s = self.queued_s + _ADDED * min(self.shared_s, cpu_time_s)
        return of_cpu_j + constant_j * min(lost_s / duration_s, 1.0)


NONE: Final = Contention()
