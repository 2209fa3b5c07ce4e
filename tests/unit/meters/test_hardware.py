"""The meter of a machine: which figures neighbours may have raised, and faults of its clock."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import cast

import pytest

from pytest_scer.core.contention import CONTENTION, Contention
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters import hardware
from pytest_scer.meters.base import ABSENT, MeterFault
from pytest_scer.meters.cputime import ProcessTime
from pytest_scer.meters.hardware import HardwareMeter, Sources

INFOS = dict.fromkeys(("cpu", "gpu", "ram"), ABSENT)


class AlwaysBusy:
    """A neighbour is busy all along, and had the CPU half of the time."""

    calm_until_s = -math.inf

    def __init__(self, queue: object) -> None: ...

    def contention(self, time_s: float, own_cpu_s: float, *, force: bool = False) -> Contention:
        return Contention(own_cpu_s, time_s / 2)

    def close(self) -> None: ...


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "Neighbours", AlwaysBusy)


def measured(sources: Sources) -> Measurement:
    meter = HardwareMeter(sources, ProcessTime())
    start = meter.read(force=True)
    assert sum(range(200_000)) > 0
    found = Measurement.between(start, meter.read(force=True))
    meter.close()
    return found


@pytest.mark.usefixtures("busy")
def test_a_modelled_cpu_may_have_been_slowed_down() -> None:
    found = measured(Sources(INFOS, cpu_w_per_cpu_s=4.0))
    assert found.cpu_j is not None
    assert found.cpu_j - found.contention_j == pytest.approx(found.cpu_j / CONTENTION)


@pytest.mark.usefixtures("busy")
def test_constant_power_was_paid_in_the_queue() -> None:
    found = measured(Sources(INFOS, ram_w=20.0))
    assert found.ram_j is not None
    assert found.contention_j == pytest.approx(found.ram_j / 2)


@pytest.mark.usefixtures("busy")
def test_counters_alone_are_not_looked_after() -> None:
    assert measured(Sources(INFOS)).contention_j == 0.0


WATTS = 4.0


class Time:
    """A clock of CPU time that can fail."""

    def __init__(self) -> None:
        self.now_s = 10.0
        self.fails = False
        self.met_children = False

    def read_s(self) -> float:
        if self.fails:
            raise MeterFault("CPU time of child processes: Too many open files")
        return self.now_s

    def live_children(self) -> list[int]:
        return []

    def close(self) -> None:
        pass


@pytest.fixture
def time() -> Time:
    return Time()


def opened(time: Time, *, machine_wide: bool = False) -> HardwareMeter:
    described = Sources({}, cpu_w_per_cpu_s=WATTS, cpu_machine_wide=machine_wide, ram_w=1.0)
    return HardwareMeter(described, cast("ProcessTime", time))


@pytest.fixture
def meter(time: Time) -> Iterator[HardwareMeter]:
    meter = opened(time)
    yield meter
    meter.close()


@pytest.mark.parametrize(
    ("cpu_s", "joules"),
    [
        (2.0, 8.0),  # a loop in Python: CodeCarbon's process mode samples it as 10.7 to 15.9 J
        (0.5, 2.0),  # a child that ends between two samples: there 0.04 J
        (0.01, 0.04),  # a tick of that mode
        (1e-4, 4e-4),
    ],
)
def test_a_modelled_cpu_costs_its_cpu_time(
    meter: HardwareMeter, time: Time, cpu_s: float, joules: float
) -> None:
    """On a machine of 8 W and two threads, which CodeCarbon's process mode reports with 0.04 J."""
    start = meter.read(force=True)
    time.now_s += cpu_s
    measured = Measurement.between(start, meter.read(force=True))
    assert measured.cpu_j == pytest.approx(joules)
    assert measured.uncertainty_j is not None
    assert measured.uncertainty_j < 1e-4


def test_a_fault_is_no_zero(meter: HardwareMeter, time: Time) -> None:
    start = meter.read()
    time.now_s, time.fails = 12.0, True
    failed = meter.read()
    measured = Measurement.between(start, failed)
    assert math.isnan(measured.cpu_j or 0)
    assert math.isnan(measured.cpu_time_s)
    assert measured.ram_j is not None
    assert measured.ram_j >= 0
    assert not measured.complete
    assert measured.fault == "CPU time of child processes: Too many open files"
    assert Measurement.between(failed, failed).fault == measured.fault


def test_a_fault_is_reported_once(meter: HardwareMeter, time: Time) -> None:
    time.fails = True
    for _ in range(3):
        meter.read()
    assert meter.faults() == ["CPU time of child processes: Too many open files"]
    meter.read()
    assert meter.faults() == []


def test_totals_keep_what_is_known(meter: HardwareMeter, time: Time) -> None:
    time.now_s = 12.0
    meter.read()
    time.now_s, time.fails = 13.0, True
    assert meter.host_totals().cpu_j == 2 * WATTS
    time.fails = False
    assert meter.host_totals().cpu_j == 3 * WATTS


def test_totals_of_a_meter_that_was_opened_during_a_fault(time: Time) -> None:
    time.fails = True
    meter = opened(time)
    assert meter.host_totals().cpu_j is None
    time.fails = False
    assert meter.host_totals().cpu_j == 0
    time.now_s += 1
    assert meter.host_totals().cpu_j == WATTS
    meter.close()


def test_cpu_time_of_the_machine(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    used_s: list[float | None] = [1e6]

    def machine_cpu_time_s() -> float:
        if used_s[0] is None:
            raise MeterFault("CPU time of the machine: Too many open files")
        return used_s[0]

    monkeypatch.setattr(hardware, "machine_cpu_time_s", machine_cpu_time_s)
    meter = opened(time, machine_wide=True)
    start = meter.read()
    used_s[0] = 1e6 + 2
    time.fails = True  # the children do not matter here
    measured = Measurement.between(start, meter.read())
    assert measured.cpu_j == 2 * WATTS
    used_s[0] = None
    failed = Measurement.between(start, meter.read())
    assert math.isnan(failed.cpu_j or 0)
    assert failed.fault == "CPU time of the machine: Too many open files"
    assert meter.host_totals().cpu_j == 2 * WATTS
    meter.close()


def test_sessions_side_by_side_share_what_belongs_to_the_host(time: Time) -> None:
    described = Sources({}, cpu_w_per_cpu_s=WATTS, ram_w=1.0, concurrent=2, sessions=2)
    meter = HardwareMeter(described, cast("ProcessTime", time))
    time.now_s += 1
    totals = meter.host_totals()
    assert totals.cpu_j == WATTS  # the CPU time of this process alone
    assert totals.ram_j == pytest.approx(totals.duration_s * 1.0 / 2)
    meter.close()
