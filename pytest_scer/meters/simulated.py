"""A meter with a known power draw, for testing budgets and this package."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import field

from pytest_scer.core import COMPONENTS
from pytest_scer.core.measurement import Reading
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import ABSENT, HostTotals, MeterInfo, Provenance, TrackingMode
from pytest_scer.system import System


@dataclass
class SimulatedMeter:
    """A meter with a constant draw that tests can make spend energy and fail.

    Attributes:
        watts: Constant draw of each component in watts; a component that is not named is absent.
        noise_j: The uncertainty that it reports at each reading, in joules.
        clock: Returns seconds; the real clock by default, or a fake one for exact figures.
    """

    watts: Mapping[str, float] = field(default_factory=lambda: {"cpu": 0.0, "ram": 0.0})
    noise_j: float = 0.0
    clock: Callable[[], float] = System.perf_counter

    def __post_init__(self) -> None:
        """Start with no energy spent."""
        self._spent = dict.fromkeys(self.watts, 0.0)
        self._watts = dict(self.watts)
        self._since_s = self._origin_s = self.clock()
        self._fault: str | None = None
        self._faults: list[str] = []

    @property
    def infos(self) -> Mapping[str, MeterInfo]:
        """Describes the figures as simulated."""
        simulated = MeterInfo(
            "simulated", Provenance.SIMULATED, TrackingMode.MACHINE, 0.0, "a meter for tests"
        )
        return {name: simulated if name in self._spent else ABSENT for name in COMPONENTS}

    def draw(self, **watts: float) -> None:
        """Change the constant draw from now on, in watts, as in ``draw(cpu=30)``."""
        self._advance()
        self._watts.update(watts)

    def spend(self, **joules: float) -> None:
        """Use energy at once, in joules, as in ``spend(cpu=5)``."""
        for component, amount in joules.items():
            self._spent[component] += amount

    def fail(self, reason: str) -> None:
        """Return no figures until :meth:`recover` is called."""
        self._fault = reason
        self._faults.append(reason)

    def recover(self) -> None:
        """End the fault: return figures again."""
        self._fault = None

    def read(self, *, force: bool = False) -> Reading:
        """Take a reading; see :class:`pytest_scer.meters.base.Meter`."""
        self._advance()
        counts = {
            name: math.nan if self._fault is not None else spent
            for name, spent in self._spent.items()
        }
        return Reading(
            self._since_s,
            System.process_time(),
            counts.get("cpu"),
            counts.get("gpu"),
            counts.get("ram"),
            self.noise_j,
            cpu_fault=self._fault,
            gpu_fault=self._fault,
        )

    def host_totals(self) -> HostTotals:
        """All energy drawn and spent so far."""
        self._advance()
        spent = self._spent
        return HostTotals(
            self._since_s - self._origin_s, spent.get("cpu"), spent.get("gpu"), spent.get("ram")
        )

    def faults(self) -> list[str]:
        """The reasons of the failures since the last call."""
        faults, self._faults = self._faults, []
        return faults

    def live_children(self) -> list[int]:
        """An empty list: this process alone spends the energy."""
        return []

    def close(self) -> None:
        """Do nothing: no resources are held."""

    def _advance(self) -> None:
        now_s = self.clock()
        for component, watts in self._watts.items():
            self._spent[component] += watts * (now_s - self._since_s)
        self._since_s = now_s
