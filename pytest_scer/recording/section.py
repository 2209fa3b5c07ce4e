"""A measured part of a test, as the test sees it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement


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
        """Close the section and fix its figures."""
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
