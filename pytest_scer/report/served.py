"""What servers outside of the test process used for a test."""

from __future__ import annotations

from pytest_scer.lazy_dataclass import dataclass


@dataclass(slots=True)
class ServerUse:
    """What one server used for a test; a part of what the test was charged.

    Attributes:
        name: The name of its program.
        cpu_time_s: CPU seconds billed to the test, in all its calls.
        energy_j: Joules of these; 0 where the test is charged the energy of the whole machine.
        shared: Whether others called it at the same time, so that the test has a part of its use.
        gpu_energy_j: Joules of GPUs that the test was charged for its calls; None without a GPU.
    """

    name: str
    cpu_time_s: float = 0.0
    energy_j: float = 0.0
    shared: bool = False
    gpu_energy_j: float | None = None
