"""What every meter says of itself, and what it may raise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from pytest_scer.core.measurement import Reading


class Provenance(str, Enum):
    """Where a figure comes from."""

    MEASURED = "measured"
    MODELLED = "modelled"
    CONSTANT = "constant"
    SIMULATED = "simulated"
    ABSENT = "absent"


class TrackingMode(str, Enum):
    """Whose energy is charged: all that the machine uses, or the share of the test's processes."""

    MACHINE = "machine"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class MeterInfo:
    """How the figures of one component come about.

    Attributes:
        source: What is read, such as ``RAPL`` or ``CPU time x 2.19 W per hardware thread``.
        provenance: Whether that is a measurement, a model, a constant, or nothing.
        tracking_mode: Whose energy it is; None where the component is absent.
        resolution_s: The step of the meter in seconds; None where the component is absent.
        detail: What else a reader has to know to judge the figure.
        devices: Index and model of each device that is metered, where there may be several.
    """

    source: str
    provenance: Provenance
    tracking_mode: TrackingMode | None = None
    resolution_s: float | None = None
    detail: str = ""
    devices: tuple[tuple[int, str], ...] = ()


ABSENT: Final = MeterInfo("none", Provenance.ABSENT)


class MeterFault(Exception):
    """A meter could not be read, or what it said cannot be true."""


class LostJoules(MeterFault):
    """A meter works again, but what was used meanwhile was not counted."""


@dataclass(frozen=True, slots=True)
class HostTotals:
    """What a host used since its meter was opened.

    Attributes:
        duration_s: Seconds since its first reading.
        cpu_j: Joules of the CPU; None where absent.
        gpu_j: Joules of the GPUs; None where absent.
        ram_j: Joules of the memory; None where absent.
        noise_j: How far the joules may be off by the steps of the meters.
    """

    duration_s: float
    cpu_j: float | None
    gpu_j: float | None
    ram_j: float | None
    noise_j: float = 0.0

    @property
    def known_j(self) -> float:
        """Joules of all components that are there."""
        return sum(each for each in (self.cpu_j, self.gpu_j, self.ram_j) if each is not None)


class Meter(Protocol):
    """A source of readings: cumulative joules per component, charged to this process."""

    @property
    def infos(self) -> Mapping[str, MeterInfo]:
        """How the figures of ``cpu``, ``gpu`` and ``ram`` come about."""

    def read(self, *, force: bool = False) -> Reading:
        """Take a reading.

        Args:
            force: Whether to look at every counter; otherwise one that was looked at within its
                tick is not asked again.
        """

    def host_totals(self) -> HostTotals:
        """What the whole host used so far, the neighbours' part included where it is measured."""

    def faults(self) -> list[str]:
        """What went wrong since this was last asked: one sentence each."""

    def live_children(self) -> list[int]:
        """The pids of this process's children that live now, if its last reading met any."""

    def close(self) -> None:
        """Give back files and threads."""
