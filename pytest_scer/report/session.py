"""What a report says of its session as a whole: when and where it ran, and what it used."""

from __future__ import annotations

import math
from typing import Any

from pytest_scer.core.measurement import Measurement
from pytest_scer.lazy_dataclass import dataclass


@dataclass(slots=True)
class SessionInfo:
    """The session as a whole.

    ``duration_s`` is from the first to the last reading; ``exit_status`` is None if the session was
    killed.
    """

    id: str
    started_at: str
    duration_s: float
    exit_status: int | None
    interrupted: bool
    workers: int
    hosts: list[dict[str, Any]]
    commit: str | None = None
    """The commit of the tests, with a note if files were changed; None if unknown."""
    branch: str | None = None
    """The branch of that commit; None if unknown."""


@dataclass(slots=True)
class Environment:
    """What the session ran on, without host or user names."""

    os: str
    python: str
    cpu_model: str
    logical_cores: int
    gpus: list[dict[str, int | str]]
    ram_gb: float
    versions: dict[str, str]


@dataclass(slots=True)
class Idle:
    """The power of the idle machine before the first test.

    Attributes:
        duration_s: How long it was measured, in seconds.
        power_w: Its power in watts; without power counters that of the CPU is unknown.
        charged_w: The part of it that a test that does nothing is charged: its share of constants
            and GPUs, and of the CPU if tests are charged the machine's energy.
        constant_w: The memory's constant within ``charged_w``. A test that runs alone is charged
            all of it, a test that runs alongside others less.
        start_s: When the measurement started, in seconds since ``session.started_at``; None if
            unknown.
    """

    duration_s: float
    power_w: float
    charged_w: float
    constant_w: float = 0.0
    start_s: float | None = None

    def active_j(self, measured: Measurement) -> float | None:
        """Return the joules that work cost beyond what it would be charged for doing nothing.

        Not cut off at zero: work that only sleeps is slightly above or below it.

        Args:
            measured: The work. If its memory energy is a constant, all of that counts as idle.
        """
        total_j = measured.total_j
        if total_j is None or math.isnan(total_j):
            return None
        constant_j = (measured.ram_j or 0.0) if self.constant_w else 0.0
        return total_j - constant_j - (self.charged_w - self.constant_w) * measured.duration_s


@dataclass(slots=True)
class Totals:
    """What the session used: tests, fixtures, the gate and overhead add up to the total."""

    cpu_j: float | None
    gpu_j: float | None
    ram_j: float | None
    tests_energy_j: float
    fixtures_energy_j: float
    confirming_energy_j: float = 0.0

    @property
    def total_j(self) -> float | None:
        """Joules of all components; None if no component is present."""
        present = [each for each in (self.cpu_j, self.gpu_j, self.ram_j) if each is not None]
        return sum(present) if present else None

    @property
    def overhead_energy_j(self) -> float | None:
        """Joules of collection, plugins, idle power and other processes."""
        total = self.total_j
        if total is None:
            return None
        known = self.tests_energy_j + self.fixtures_energy_j + self.confirming_energy_j
        return total - known
