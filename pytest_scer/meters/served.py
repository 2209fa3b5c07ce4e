"""What servers outside of this process used for its tests, as the meter adds it to a reading."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol


class ServedTotals(NamedTuple):
    """Cumulative figures of all servers that this process has billed.

    Attributes:
        cpu_s: CPU seconds billed to this process.
        cpu_j: Joules of these.
        inside_s: CPU seconds of servers that are children of this process, since they are known as
            servers. They are billed to those who call, so they are not this process's own.
        outside_j: The part of ``cpu_j`` of servers that the session did not start.
        gpu_j: Joules of GPUs that callers charge each other: what this process pays, less what it
            was charged during its own calls. 0 unless others call the same server.
        faults: How many times a server could not be read.
        fault: The latest of these; None if there was none.
    """

    cpu_s: float = 0.0
    cpu_j: float = 0.0
    inside_s: float = 0.0
    outside_j: float = 0.0
    gpu_j: float = 0.0
    faults: int = 0
    fault: str | None = None


NOTHING_SERVED: Final = ServedTotals()


class ServedMeter(Protocol):
    """Knows what servers used for this process."""

    def read(self, gpu_j: float) -> ServedTotals:
        """Bill this process for what its calls have used until now.

        Args:
            gpu_j: Joules of GPUs that it was charged until now; NaN if unknown.
        """
