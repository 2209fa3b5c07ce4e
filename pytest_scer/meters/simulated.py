"""A meter whose draw is known: for tests of budgets, and of this package."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pytest_scer.core import COMPONENTS
from pytest_scer.core.measurement import Reading
from pytest_scer.meters.base import ABSENT, HostTotals, MeterInfo, Provenance, TrackingMode


@dataclass
class SimulatedMeter:
    """Draws so many watts all the time, spends joules when told to, and fails when told to.

    Attributes:
        watts: Constant draw of each component; a component that is not named is absent.
        noise_j: What it states as its uncertainty at each reading, in joules.
        clock: Seconds; the real clock by default, a fake one for tests to the digit.
    """

    watts: Mapping[str, float] = field(default_factory=lambda: {"cpu": 0.0, "ram": 0.0})
    noise_j: float = 0.0
    clock: Callable[[], float] = time.perf_counter

    def __post_init__(self) -> None:
        """Start at nothing spent."""
        self._spent = dict.fromkeys(self.watts, 0.0)
        self._watts = dict(self.watts)
        self._since_s = self._origin_s = self.clock()
        self._fault: str | None = None
        self._faults: list[str] = []

    @property
    def infos(self) -> Mapping[str, MeterInfo]:
        """Says that its figures are simulated."""
        simulated = MeterInfo(
            "simulated", Provenance.SIMULATED, TrackingMode.MACHINE, 0.0, "a meter for tests"
        )
        return {name: simulated if name in self._spent else ABSENT for name in COMPONENTS}

    def draw(self, **watts: float) -> None:
        """Draw other powers from now on, as in ``draw(cpu=30)``."""
        self._advance()
        self._watts.update(watts)

    def spend(self, **joules: float) -> None:
        """Use so many joules at once, as in ``spend(cpu=5)``."""
        for component, amount in joules.items():
            self._spent[component] += amount

    def fail(self, reason: str) -> None:
        """Tell no joules until :meth:`recover`."""
        self._fault = reason
        self._faults.append(reason)

    def recover(self) -> None:
        """Work again."""
        self._fault = None

    def read(self, *, force: bool = False) -> Reading:
        """Take a reading; see :class:`pytest_scer.meters.base.Meter`."""
        self._advance()
        told = {
            name: math.nan if self._fault is not None else spent
            for name, spent in self._spent.items()
        }
        return Reading(
            self._since_s,
            time.process_time(),
            told.get("cpu"),
            told.get("gpu"),
            told.get("ram"),
            self.noise_j,
            cpu_fault=self._fault,
            gpu_fault=self._fault,
        )

    def host_totals(self) -> HostTotals:
        """All that was drawn and spent."""
        self._advance()
        spent = self._spent
        return HostTotals(
            self._since_s - self._origin_s, spent.get("cpu"), spent.get("gpu"), spent.get("ram")
        )

    def faults(self) -> list[str]:
        """The reasons of the failures since this was last asked."""
        faults, self._faults = self._faults, []
        return faults

    def live_children(self) -> list[int]:
        """None: what is spent is spent by this process."""
        return []

    def close(self) -> None:
        """Nothing is held."""

    def _advance(self) -> None:
        now_s = self.clock()
        for component, watts in self._watts.items():
            self._spent[component] += watts * (now_s - self._since_s)
        self._since_s = now_s
