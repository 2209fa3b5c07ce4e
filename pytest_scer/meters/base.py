"""The interface of every meter: its readings, its description and its exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, Protocol

from pytest_scer.core.measurement import Reading
from pytest_scer.lazy_dataclass import dataclass


class Provenance(str, Enum):
    """How a figure was obtained."""

    MEASURED = "measured"
    MODELLED = "modelled"
    CONSTANT = "constant"
    SIMULATED = "simulated"
    ABSENT = "absent"


class TrackingMode(str, Enum):
    """What a test is charged: all energy that the machine uses, or the share of its processes."""

    MACHINE = "machine"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How far a figure may lie from what a wattmeter would show: ``(reported - true) / true``.

    Attributes:
        low: The lowest relative error; -0.65 if the figure may be 65 % too low.
        high: The highest relative error; 1.9 if the figure may be 190 % too high.
        evidence: ``compared`` with a meter or a counter, or ``judgement``.
        source: What this rests on.
    """

    low: float
    high: float
    evidence: str
    source: str

    @property
    def is_bounded(self) -> bool:
        """Whether a figure bounds the true value from above."""
        return self.low > -1

    def true_range(self, reported: float) -> tuple[float, float] | None:
        """Between which values the true one lies; None if it has no upper bound."""
        if not self.is_bounded:
            return None
        return reported / (1 + self.high), reported / (1 + self.low)


@dataclass(frozen=True, slots=True)
class MeterInfo:
    """How the figures of one component are obtained.

    Attributes:
        source: What is read, such as ``RAPL`` or ``CPU time x 2.19 W per hardware thread``.
        provenance: Whether that is a measurement, a model, a constant, or absent.
        tracking_mode: Whose energy it is; None if the component is absent.
        resolution_s: The resolution of the meter in seconds; None if the component is absent.
        detail: Anything else a reader needs to judge the figure.
        devices: Index and model of each metered device; only for GPUs.
        accuracy: How far its figures may be off; None if that is unknown, or nothing is reported.
        watts: The power that an estimate assumes: of a hardware thread at full load, or of the
            memory; None if nothing is assumed.
    """

    source: str
    provenance: Provenance
    tracking_mode: TrackingMode | None = None
    resolution_s: float | None = None
    detail: str = ""
    devices: tuple[tuple[int, str], ...] = ()
    accuracy: Accuracy | None = None
    watts: float | None = None


ABSENT: Final = MeterInfo("none", Provenance.ABSENT)


def absent(infos: Mapping[str, MeterInfo]) -> frozenset[str]:
    """The components that are not metered."""
    return frozenset(name for name, info in infos.items() if info.provenance is Provenance.ABSENT)


class MeterFault(Exception):
    """A meter could not be read, or returned an implausible value."""


class LostJoules(MeterFault):
    """A meter works again, but did not count the energy used during the fault."""


@dataclass(frozen=True, slots=True)
class HostTotals:
    """The energy that a host used since its meter was opened.

    Attributes:
        duration_s: Seconds since its first reading.
        cpu_j: Joules of the CPU; None if absent.
        gpu_j: Joules of the GPUs; None if absent.
        ram_j: Joules of the memory; None if absent.
        noise_j: Maximum error caused by the meters' resolution, in joules.
    """

    duration_s: float
    cpu_j: float | None
    gpu_j: float | None
    ram_j: float | None
    noise_j: float = 0.0

    @property
    def known_j(self) -> float:
        """Joules of all present components."""
        return sum(each for each in (self.cpu_j, self.gpu_j, self.ram_j) if each is not None)


class Meter(Protocol):
    """A source of readings: cumulative joules per component, charged to this process."""

    @property
    def infos(self) -> Mapping[str, MeterInfo]:
        """How the figures of ``cpu``, ``gpu`` and ``ram`` are obtained."""

    def read(self, *, force: bool = False) -> Reading:
        """Take a reading.

        Args:
            force: Whether to poll every counter; otherwise a counter polled less than a tick ago
                is not polled again.
        """

    def host_totals(self) -> HostTotals:
        """Energy of the whole host so far; includes other processes where it is measured."""

    def faults(self) -> list[str]:
        """The faults since the last call, one sentence each."""

    def live_children(self) -> list[int]:
        """PIDs of this process's live children, if there were any at the last reading."""

    def close(self) -> None:
        """Close files and stop threads."""
