"""A meter that another plugin supplies: its errors become faults, its texts printable."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from pytest_scer.core.contention import Contention
from pytest_scer.core.measurement import Reading
from pytest_scer.core.text import printable
from pytest_scer.meters.base import HostTotals, Meter, MeterInfo, Provenance
from pytest_scer.system import System

T = TypeVar("T")


class ForeignMeter:
    """Passes on what a meter returns; where it raises, the figures are missing."""

    def __init__(self, meter: Meter) -> None:
        """Take a first reading, whose clock later failures go by.

        Args:
            meter: The meter of the other plugin.
        """
        self._meter = meter
        self._faults: dict[str, bool] = {}
        """What it raised, and whether that was reported."""
        self._totals = HostTotals(0.0, None, None, None)
        self._infos = {name: _printable(info) for name, info in meter.infos.items()}
        self._time_s = System.perf_counter()
        self.read()

    @property
    def infos(self) -> Mapping[str, MeterInfo]:
        """How the figures of each component are obtained."""
        return self._infos

    def read(self, *, force: bool = False) -> Reading:
        """Take a reading; see :class:`pytest_scer.meters.base.Meter`."""
        try:
            reading = _plain(self._meter.read(force=force))
        except Exception as error:
            return self._no_reading(self._note(error))
        self._time_s = reading.time_s
        return reading

    def _no_reading(self, fault: str) -> Reading:
        """A reading at the time of the last one, without figures."""
        counts = {
            name: None if info.provenance is Provenance.ABSENT else math.nan
            for name, info in self._infos.items()
        }
        return Reading(
            self._time_s,
            math.nan,
            counts.get("cpu"),
            counts.get("gpu"),
            counts.get("ram"),
            cpu_fault=fault,
            gpu_fault=fault,
        )

    def _note(self, error: Exception) -> str:
        fault = printable(f"{type(error).__name__}: {error}")
        self._faults.setdefault(fault, False)
        return fault

    def _asked(self, ask: Callable[[], T], otherwise: T) -> T:
        try:
            return ask()
        except Exception as error:
            self._note(error)
            return otherwise

    def host_totals(self) -> HostTotals:
        """Energy that the host used; what was known last if the meter fails."""
        self._totals = self._asked(self._meter.host_totals, self._totals)
        return self._totals

    def faults(self) -> list[str]:
        """The faults since the last call."""
        told: list[str] = self._asked(self._meter.faults, [])
        found = [printable(str(fault)) for fault in told]
        found += [fault for fault, reported in self._faults.items() if not reported]
        self._faults = dict.fromkeys(self._faults, True)
        return found

    def live_children(self) -> list[int]:
        """PIDs of this process's live children, if the meter lists them."""
        return self._asked(self._meter.live_children, [])

    def close(self) -> None:
        """Close the meter."""
        self._asked(self._meter.close, None)


def _plain(reading: Reading) -> Reading:
    """A reading of plain numbers, which travel between processes, and of printable texts."""
    cpu_fault, gpu_fault = reading.cpu_fault, reading.gpu_fault
    return Reading(
        float(reading.time_s),
        float(reading.cpu_time_s),
        _number(reading.cpu_j),
        _number(reading.gpu_j),
        _number(reading.ram_j),
        float(reading.noise_j),
        int(reading.cpu_epoch),
        int(reading.gpu_epoch),
        None if cpu_fault is None else printable(cpu_fault),
        None if gpu_fault is None else printable(gpu_fault),
        Contention(*map(float, reading.contention)),
    )


def _number(joules: float | None) -> float | None:
    return None if joules is None else float(joules)


def _printable(info: MeterInfo) -> MeterInfo:
    return replace(
        info,
        source=printable(info.source),
        detail=printable(info.detail),
        devices=tuple((index, printable(model)) for index, model in info.devices),
    )
