"""The simulated meter."""

from __future__ import annotations

import math

from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import Provenance
from pytest_scer.meters.simulated import SimulatedMeter


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_it_draws_and_spends_what_it_is_told_to() -> None:
    clock = Clock()
    meter = SimulatedMeter({"cpu": 10.0, "gpu": 100.0}, noise_j=0.5, clock=clock)
    start = meter.read()
    clock.now_s = 2.0
    meter.draw(cpu=1.0)
    clock.now_s = 3.0
    meter.spend(gpu=7.0)
    measured = Measurement.between(start, meter.read())
    assert (measured.cpu_j, measured.gpu_j, measured.ram_j) == (21.0, 307.0, None)
    assert (measured.duration_s, measured.uncertainty_j) == (3.0, 0.5)
    totals = meter.host_totals()
    assert (totals.duration_s, totals.cpu_j, totals.gpu_j) == (3.0, 21.0, 307.0)


def test_what_it_does_not_draw_is_absent() -> None:
    infos = SimulatedMeter({"gpu": 1.0}).infos
    assert {name for name, info in infos.items() if info.provenance is Provenance.ABSENT} == {
        "cpu",
        "ram",
    }


def test_a_fault_hides_figures_until_it_recovers_and_is_reported_once() -> None:
    meter = SimulatedMeter()
    meter.fail("the cable is out")
    assert math.isnan(meter.read().cpu_j or 0.0)
    meter.recover()
    assert meter.read().cpu_j == 0.0
    assert meter.faults() == ["the cable is out"]
    assert meter.faults() == []
