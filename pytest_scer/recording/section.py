"""Sections of a test, as their user sees them: energy, CO2e and time, while open and after."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement
from pytest_scer.recording.serving import Attached
from pytest_scer.report.served import ServerUse


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy per component, in joules.

    Attributes:
        cpu: Energy of the CPU; None if the component is absent, NaN if the meter failed.
        gpu: The same for the GPUs.
        ram: The same for the memory.
        total: Sum of the components that are present; NaN if one of their figures is missing.
    """

    cpu: float | None
    gpu: float | None
    ram: float | None
    total: float


class Section:
    """A measured part of a test. While it is open, its figures are those up to now."""

    def __init__(self, so_far: Callable[[], Measurement], conversion: Conversion) -> None:
        """Open the section.

        Args:
            so_far: Returns the measurement from the start of the section up to now.
            conversion: Converts joules to grams of CO2e.
        """
        self._so_far = so_far
        self._conversion = conversion
        self._final: Measurement | None = None

    def close(self) -> None:
        """Close the section and fix its figures, unless it is closed already."""
        if self._final is None:
            self._final = self._so_far()

    @property
    def measurement(self) -> Measurement:
        """The measurement of the section."""
        return self._final or self._so_far()

    @property
    def energy(self) -> Energy:
        """Joules per component and in total."""
        measured = self.measurement
        total = measured.total_j
        return Energy(
            measured.cpu_j, measured.gpu_j, measured.ram_j, math.nan if total is None else total
        )

    @property
    def co2e(self) -> float:
        """Operational emissions in grams of CO2e; NaN if the meter failed."""
        return self._conversion.grams(self.energy.total)

    @property
    def duration(self) -> float:
        """Wall time in seconds."""
        return self.measurement.duration_s


class ServedSection(Section):
    """A section in which a server is billed to the test."""

    def __init__(
        self,
        so_far: Callable[[], Measurement],
        conversion: Conversion,
        attached: Attached | None,
    ) -> None:
        """Open the section.

        Args:
            so_far: Returns the measurement from the start of the section up to now.
            conversion: Converts joules to grams of CO2e.
            attached: The server; None if it cannot be billed.
        """
        super().__init__(so_far, conversion)
        self._attached = attached
        self._served: ServerUse | None = None

    def close(self) -> None:
        """Stop billing the server, and fix the figures."""
        if self._attached is not None:
            self._attached.close()
        super().close()
        self._served = self._use()

    def _use(self) -> ServerUse:
        """What the server was billed until now, or until the section was closed."""
        if self._served is not None:
            return self._served
        if self._attached is None:
            return ServerUse("")
        self._so_far()  # a reading bills what was used until now
        return self._attached.use

    @property
    def server_cpu_time(self) -> float:
        """CPU seconds of the server that are billed to the test."""
        return self._use().cpu_time_s

    @property
    def server_energy(self) -> float:
        """Joules of these, a part of ``energy.cpu``.

        0 where the test is charged the energy of the whole machine, which includes the server's.
        """
        return self._use().energy_j

    @property
    def server_gpu_energy(self) -> float | None:
        """Joules of GPUs for the calls, a part of ``energy.gpu``; None without a GPU."""
        return self._use().gpu_energy_j
