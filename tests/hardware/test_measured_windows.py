"""Windows at a known draw, while the process sleeps: joules compared with watts times seconds.

The process runs on its own clock, so that other load on the machine delays neither the counter nor
the reader.
"""

from __future__ import annotations

import random
import statistics

import pytest
from simulated_machine import Nvml, Rapl
from windows import Window, measure


def error(windows: list[Window], watts: float) -> float:
    """The median of the windows' relative errors."""
    return statistics.median(abs(energy_j / (watts * s) - 1) for energy_j, _, s in windows)


@pytest.mark.parametrize("watts", [[40.0], [30.0, 20.0]], ids=["one-package", "two-packages"])
@pytest.mark.parametrize(("length_s", "within"), [(1.0, 0.01), (0.2, 0.02), (0.05, 0.05)], ids=str)
def test_windows_over_rapl(rapl: Rapl, watts: list[float], length_s: float, within: float) -> None:
    windows, resolution_s = measure(rapl(watts).in_own_time(), [length_s] * 5)
    assert resolution_s == 0.001
    assert error(windows, sum(watts)) <= within


def test_a_counter_that_wraps_within_a_window(rapl: Rapl) -> None:
    windows, _ = measure(rapl([100.0], range_uj=40_000_000).in_own_time(), [1.0])
    assert error(windows, 100.0) <= 0.01  # 2.5 times the whole range


@pytest.mark.parametrize("watts", [[250.0], [250.0, 300.0]], ids=["one-gpu", "two-gpus"])
@pytest.mark.parametrize(("length_s", "within"), [(0.5, 0.05), (2.0, 0.02)], ids=str)
def test_windows_over_a_gpu(nvml: Nvml, watts: list[float], length_s: float, within: float) -> None:
    windows, _ = measure(nvml(watts, tick_ms=20).in_own_time(), [length_s] * 3)
    assert error(windows, sum(watts)) <= within


def test_a_gpu_that_only_reports_power(nvml: Nvml) -> None:
    windows, _ = measure(nvml([250.0], counter=False).in_own_time(), [0.5, 0.2])
    assert error(windows, 250.0) <= 0.05


@pytest.mark.parametrize("tick_s", [0.02, 0.1])
def test_the_tick_of_a_gpu_is_learned(nvml: Nvml, tick_s: float) -> None:
    _, resolution_s = measure(nvml(tick_ms=1000 * tick_s).in_own_time(), [])
    assert resolution_s == pytest.approx(tick_s, rel=0.25)


@pytest.mark.parametrize("meter", ["rapl", "gpu-20", "gpu-100", "power-only"])
def test_the_truth_lies_within_the_uncertainty(rapl: Rapl, nvml: Nvml, meter: str) -> None:
    machine = {
        "rapl": lambda: rapl([30.0, 20.0]),
        "gpu-20": lambda: nvml([250.0], tick_ms=20),
        "gpu-100": lambda: nvml([250.0], tick_ms=100),
        "power-only": lambda: nvml([250.0], counter=False),
    }[meter]()
    watts = 50.0 if meter == "rapl" else 250.0
    chance = random.Random(meter)
    lengths_s = [chance.uniform(0.005, 0.3) for _ in range(95)]
    lengths_s += [chance.uniform(0.3, 1.0) for _ in range(5)]
    windows, resolution_s = measure(machine.in_own_time(), lengths_s)
    inside = [abs(energy_j - watts * s) <= within_j for energy_j, within_j, s in windows]
    assert sum(inside) >= 95
    assert statistics.median(within_j for _, within_j, _ in windows) <= 2 * resolution_s * watts
