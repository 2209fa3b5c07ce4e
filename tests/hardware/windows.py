"""Time windows measured on a simulated machine; also used by ``benchmarks/accuracy``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulated_machine import Machine

# Runs in a separate process and uses the meter directly.
SOURCE = """
import json, time
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.codecarbon.configuration import configuration
from pytest_scer.meters.opening import Request, open_meter
meter = open_meter(Request(frozenset([{component!r}])), configuration())
windows = []
for seconds in {lengths_s!r}:
    start = meter.read(force=True)
    time.sleep(seconds)
    window = Measurement.between(start, meter.read(force=True))
    windows.append([window.total_j, window.uncertainty_j, window.duration_s])
info = meter.infos[{component!r}]
print(json.dumps([windows, info.resolution_s, meter.faults()]))
"""


class Window(NamedTuple):
    """One measurement at a known power draw."""

    energy_j: float
    uncertainty_j: float
    duration_s: float


def measure(machine: Machine, lengths_s: Sequence[float]) -> tuple[list[Window], float]:
    """Measure windows of these lengths; returns them and the meter's resolution in seconds."""
    component = "gpu" if machine.gpus else "cpu"
    source = SOURCE.format(component=component, lengths_s=list(lengths_s))
    windows, resolution_s, faults = machine.python(source)
    assert faults == [], faults
    return [Window(*window) for window in windows], resolution_s
