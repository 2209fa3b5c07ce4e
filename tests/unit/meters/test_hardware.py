"""The meter of a real machine: which figures neighbours may have raised."""

from __future__ import annotations

import pytest

from pytest_scer.core.contention import CONTENTION, Contention
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters import hardware
from pytest_scer.meters.base import ABSENT
from pytest_scer.meters.cputime import ProcessTime
from pytest_scer.meters.hardware import HardwareMeter, Sources

INFOS = dict.fromkeys(("cpu", "gpu", "ram"), ABSENT)


class AlwaysBusy:
    """A neighbour is busy all along, and had the CPU half of the time."""

    def __init__(self, queue: object) -> None: ...

    def contention(self, time_s: float, own_cpu_s: float, *, force: bool = False) -> Contention:
        return Contention(own_cpu_s, time_s / 2)

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "Neighbours", AlwaysBusy)


def measured(sources: Sources) -> Measurement:
    meter = HardwareMeter(sources, ProcessTime())
    start = meter.read(force=True)
    assert sum(range(200_000)) > 0
    found = Measurement.between(start, meter.read(force=True))
    meter.close()
    return found


def test_a_modelled_cpu_may_have_been_slowed_down() -> None:
    found = measured(Sources(INFOS, cpu_w_per_cpu_s=4.0))
    assert found.cpu_j is not None
    assert found.cpu_j - found.contention_j == pytest.approx(found.cpu_j / CONTENTION)


def test_constant_power_was_paid_in_the_queue() -> None:
    found = measured(Sources(INFOS, ram_w=20.0))
    assert found.ram_j is not None
    assert found.contention_j == pytest.approx(found.ram_j / 2)


def test_counters_alone_are_not_looked_after() -> None:
    assert measured(Sources(INFOS)).contention_j == 0.0
