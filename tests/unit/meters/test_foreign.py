"""Meters of other plugins: what they raise is a fault, not an error of the user's test."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.meters.base import HostTotals, MeterInfo, Provenance
from pytest_scer.meters.foreign import ForeignMeter
from pytest_scer.meters.simulated import SimulatedMeter


class Fragile(SimulatedMeter):
    """A meter that raises everywhere while it is broken."""

    broken = False

    def _check(self) -> None:
        if self.broken:
            raise RuntimeError("cable\udce9")

    @property
    def infos(self) -> Mapping[str, MeterInfo]:
        return {
            name: replace(info, source="shunt\udce9", devices=((0, "GPU\udce9"),))
            for name, info in super().infos.items()
        }

    def read(self, *, force: bool = False) -> Reading:
        self._check()
        return super().read(force=force)

    def host_totals(self) -> HostTotals:
        self._check()
        return super().host_totals()

    def faults(self) -> list[str]:
        self._check()
        return super().faults()

    def live_children(self) -> list[int]:
        self._check()
        return [7]

    def close(self) -> None:
        self._check()


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fragile(clock: Clock) -> Fragile:
    return Fragile({"cpu": 10.0, "ram": 1.0}, clock=clock)


@pytest.fixture
def foreign(fragile: Fragile) -> ForeignMeter:
    return ForeignMeter(fragile)


def test_what_it_returns_is_passed_on(foreign: ForeignMeter, clock: Clock) -> None:
    start = foreign.read()
    clock.now_s += 2
    measured = Measurement.between(start, foreign.read(force=True))
    assert (measured.cpu_j, measured.gpu_j, measured.ram_j) == (20, None, 2)
    assert foreign.host_totals().cpu_j == 20
    assert foreign.live_children() == [7]
    assert foreign.faults() == []
    foreign.close()


def test_its_texts_are_printable(foreign: ForeignMeter, fragile: Fragile) -> None:
    assert foreign.infos["cpu"].source == r"shunt\udce9"
    assert foreign.infos["cpu"].devices == ((0, r"GPU\udce9"),)
    assert foreign.infos["gpu"].provenance is Provenance.ABSENT
    fragile.fail("cable\udce9")
    assert foreign.read().cpu_fault == r"cable\udce9"
    assert foreign.faults() == [r"cable\udce9"]


def test_what_it_raises_is_a_fault(foreign: ForeignMeter, fragile: Fragile, clock: Clock) -> None:
    clock.now_s += 1
    start, known = foreign.read(), foreign.host_totals()
    fragile.broken = True
    clock.now_s += 5
    measured = Measurement.between(start, foreign.read())
    assert math.isnan(measured.cpu_j or 0)
    assert math.isnan(measured.ram_j or 0)
    assert measured.gpu_j is None
    assert math.isnan(measured.cpu_time_s)
    assert measured.duration_s == 0  # of its clock, nothing more is known
    assert measured.fault == r"RuntimeError: cable\udce9"
    assert foreign.host_totals() == known
    assert foreign.live_children() == []
    assert foreign.faults() == [r"RuntimeError: cable\udce9"]
    assert foreign.faults() == []
    foreign.close()


def test_it_recovers(foreign: ForeignMeter, fragile: Fragile, clock: Clock) -> None:
    fragile.broken = True
    foreign.read()
    fragile.broken = False
    start = foreign.read()
    clock.now_s += 1
    assert Measurement.between(start, foreign.read()).complete


def test_one_that_never_works(fragile: Fragile) -> None:
    fragile.broken = True
    foreign = ForeignMeter(fragile)
    measured = Measurement.between(foreign.read(), foreign.read())
    assert measured.duration_s == 0
    assert not measured.complete
    assert foreign.host_totals().known_j == 0
    assert foreign.host_totals().cpu_j is None
