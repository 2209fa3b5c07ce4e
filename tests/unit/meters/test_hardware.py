"""The meter of a real machine: whom it lets count the neighbours."""

from __future__ import annotations

import pytest

from pytest_scer.core.contention import CONTENTION
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters import hardware
from pytest_scer.meters.base import ABSENT
from pytest_scer.meters.cputime import ProcessTime
from pytest_scer.meters.hardware import HardwareMeter, Sources

INFOS = dict.fromkeys(("cpu", "gpu", "ram"), ABSENT)


class AlwaysBusy:
    """A neighbour is busy all along."""

    def contended_s(self, time_s: float, own_cpu_s: float, *, force: bool = False) -> float:
        return own_cpu_s


def measured(sources: Sources) -> Measurement:
    meter = HardwareMeter(sources, ProcessTime())
    start = meter.read(force=True)
    assert sum(range(200_000)) > 0
    found = Measurement.between(start, meter.read(force=True))
    meter.close()
    return found


def test_a_modelled_cpu_may_have_been_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "Neighbours", AlwaysBusy)
    found = measured(Sources(INFOS, cpu_w_per_cpu_s=4.0))
    assert found.cpu_j is not None
    assert found.cpu_j - found.contention_j == pytest.approx(found.cpu_j / CONTENTION)


def test_without_a_modelled_cpu_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "Neighbours", AlwaysBusy)
    assert measured(Sources(INFOS, ram_w=20.0)).contention_j == 0.0
