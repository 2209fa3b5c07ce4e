"""The simulated meters return correct values when read by CodeCarbon's own objects.

Each program that runs inside takes the clock right before and right after each of its two readings;
of a RAPL counter, instead of right before, when the meter showed what is read, by its own record.
So the truth is known within bounds that hold on the slowest machine: no test asserts a duration.
"""

from __future__ import annotations

import pytest
from simulated_machine import Nvml, Rapl

# Counters count whole microjoules.
ROUNDED_J = 1e-4

CPU_METER = """
import json, time
import simulated_meters as meters
from codecarbon.core.units import Time
from codecarbon.external.hardware import CPU
shown_s = lambda: min(package.record.shown_s for package in meters.packages())
meter = CPU("", "intel_rapl", "simulated", 100)
started = [shown_s(), meter.start(), time.monotonic()]
readings_j = []
for _ in range({readings}):
    time.sleep({seconds})
    read_at = shown_s()
    readings_j.append(meter._get_energy_from_cpus(Time(1)).kWh * 3.6e6)
print(json.dumps({{
    "energy_j": sum(readings_j),
    "least_s": read_at - started[2],
    "most_s": time.monotonic() - started[0],
    "files": [file.path for file in meter._intel_interface._rapl_files],
}}))
"""

GPU_METER = """
import json, time
from codecarbon.core.gpu import AllGPUDevices
from codecarbon.core.units import Time
gpus = AllGPUDevices()
started = [time.monotonic(), gpus.start(), time.monotonic()]
time.sleep(0.5)
read_at = time.monotonic()
deltas = gpus.get_delta(Time(0.5))
print(json.dumps({
    "energy_j": [delta["delta_energy_consumption"].kWh * 3.6e6 for delta in deltas],
    "power_w": [delta["power_usage"].W for delta in deltas],
    "least_s": read_at - started[2],
    "most_s": time.monotonic() - started[0],
    "static": gpus.get_gpu_static_info(),
    "fallback": [device._use_power_fallback for device in gpus.devices],
}))
"""


def test_codecarbon_finds_the_meters(rapl: Rapl, nvml: Nvml) -> None:
    found = nvml(beside=rapl()).python(
        "import json\n"
        "from codecarbon.core import cpu, gpu\n"
        "print(json.dumps([cpu.is_rapl_available(), gpu.is_nvidia_system(), "
        "gpu.PYNVML_AVAILABLE]))"
    )
    assert found == [True, True, True]


@pytest.mark.parametrize("watts", [[40.0], [30.0, 20.0], [30.0, 30.0]], ids=["one", "two", "alike"])
def test_packages_add_up_to_their_draw(rapl: Rapl, watts: list[float]) -> None:
    seen = rapl(watts).python(CPU_METER.format(readings=1, seconds=0.5))
    assert len(seen["files"]) == len(watts)  # neither mirrored nor the cores counted again
    assert seen["energy_j"] >= sum(watts) * seen["least_s"] - ROUNDED_J
    assert seen["energy_j"] <= sum(watts) * seen["most_s"] + ROUNDED_J


def test_a_counter_that_wraps_loses_nothing_to_codecarbon(rapl: Rapl) -> None:
    machine = rapl([100.0], range_uj=40_000_000)
    seen = machine.python(CPU_METER.format(readings=10, seconds=0.05))
    assert seen["energy_j"] > 40  # more than the whole range
    assert int(machine.packages[0].energy_uj.read_text()) < 40_000_000  # so it did wrap
    assert seen["energy_j"] >= 100 * seen["least_s"] - ROUNDED_J
    assert seen["energy_j"] <= 100 * seen["most_s"] + ROUNDED_J


@pytest.mark.parametrize(
    ("fault", "fresh", "kept_open"),
    [
        ("forbid()", "PermissionError", "a number"),
        ("vanish()", "FileNotFoundError", "nothing"),
        ("show('')", "nothing", "nothing"),
        ("show('garbage')", "garbage", "garbage"),
    ],
)
def test_a_package_that_cannot_be_read(rapl: Rapl, fault: str, fresh: str, kept_open: str) -> None:
    seen = rapl([40.0]).python(
        f"""
import json, os
import simulated_meters as meters
from codecarbon.core.rapl import RAPLFile

def look(read):
    try:
        text = read().strip()
    except OSError as error:
        return type(error).__name__
    return "a number" if text.isdigit() else text or "nothing"

package, = meters.packages()
path = package.energy_uj
file = RAPLFile("package", str(path), str(path.with_name("max_energy_range_uj")))
descriptor = os.open(path, os.O_RDONLY)
before = [look(path.read_text), file._get_value() is not None]
package.{fault}
print(json.dumps([
    before,
    [look(path.read_text), file._get_value() is not None],
    look(lambda: os.pread(descriptor, 64, 0).decode()),
]))
"""
    )
    assert seen == [["a number", True], [fresh, False], kept_open]


def test_a_package_counts_on_while_it_cannot_be_read(rapl: Rapl) -> None:
    before_j, after_j, hidden_s = rapl([40.0]).python(
        """
import json, time
import simulated_meters as meters
package, = meters.packages()
read_j = lambda: int(package.energy_uj.read_text()) / 1e6
before_j, hidden_at = read_j(), time.monotonic()
package.show("garbage")
time.sleep(0.1)
package.recover()
shown_at = time.monotonic()
while package.record.shown_s < shown_at:
    time.sleep(0.001)
print(json.dumps([before_j, read_j(), shown_at - hidden_at]))
"""
    )
    assert after_j - before_j >= 40 * hidden_s


@pytest.mark.parametrize(
    ("fault", "rises_j", "goes_on"),
    [
        ("draw(1.0)", (0, 100), True),
        ("stall()", (0, 100), False),
        ("jump(-500)", (-500, -400), True),
        ("draw(1e4)", (700, 100_000), True),
    ],
)
def test_a_counter_that_lies(
    rapl: Rapl, nvml: Nvml, fault: str, rises_j: tuple[float, float], goes_on: bool
) -> None:
    # At 1 W, the draw alone never adds 100 J.
    package_j, gpu_j = nvml([1.0], beside=rapl([1.0])).python(
        f"""
import json, time, pynvml
import simulated_meters as meters
pynvml.nvmlInit()
package, = meters.packages()
gpu, = meters.gpus()
handle = pynvml.nvmlDeviceGetHandleByIndex(0)
def read_j():
    time.sleep(0.1)
    gpu_mj = pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)
    return int(package.energy_uj.read_text()) / 1e6, gpu_mj / 1e3
before_j = read_j()
package.{fault}, gpu.{fault}
print(json.dumps(list(zip(before_j, read_j(), read_j()))))
"""
    )
    for before_j, after_j, later_j in (package_j, gpu_j):
        assert rises_j[0] <= after_j - before_j <= rises_j[1]
        assert (later_j > after_j) is goes_on


def test_a_fault_is_switched_on_from_outside_while_a_command_runs(rapl: Rapl) -> None:
    machine = rapl([40.0])
    with machine.start(
        "sh",
        "-c",
        "cd /sys/class/powercap/intel-rapl:0; cat energy_uj; read continue; cat energy_uj",
    ) as command:
        assert command.stdout is not None
        assert command.stdout.readline().strip().isdigit()
        machine.packages[0].vanish()
        output, _ = command.communicate("go\n", timeout=60)
    assert "No such file" in output


@pytest.mark.parametrize("tick_ms", [20, 100])
def test_gpus_count_their_draw_in_ticks(nvml: Nvml, tick_ms: int) -> None:
    watts = [250.0, 300.0]
    seen = nvml(watts, tick_ms=tick_ms, limit_w=350).python(GPU_METER)
    for energy_j, draw_w in zip(seen["energy_j"], watts, strict=True):
        tick_j = draw_w * tick_ms / 1e3
        assert energy_j >= draw_w * seen["least_s"] - tick_j
        assert energy_j <= draw_w * seen["most_s"] + tick_j
        assert energy_j / tick_j == pytest.approx(round(energy_j / tick_j))
    assert seen["fallback"] == [False, False]
    assert [gpu["power_limit"] for gpu in seen["static"]] == [350, 350]
    assert len({gpu["uuid"] for gpu in seen["static"]}) == 2


def test_a_gpu_without_a_counter_has_its_power_only(nvml: Nvml) -> None:
    seen = nvml([250.0], counter=False).python(GPU_METER)
    assert seen["fallback"] == [True]
    assert seen["power_w"] == [pytest.approx(250)]


@pytest.mark.parametrize("counter", [True, False])
def test_the_architecture_of_a_gpu_says_whether_it_has_a_counter(nvml: Nvml, counter: bool) -> None:
    at_least_volta = nvml([250.0], counter=counter).python(
        """
import json, pynvml
pynvml.nvmlInit()
handle = pynvml.nvmlDeviceGetHandleByIndex(0)
print(json.dumps(pynvml.nvmlDeviceGetArchitecture(handle) >= pynvml.NVML_DEVICE_ARCH_VOLTA))
"""
    )
    assert at_least_volta is counter


def test_a_gpu_that_fails_halfway(nvml: Nvml) -> None:
    errors = nvml([250.0, 300.0]).python(
        """
import json, pynvml
import simulated_meters as meters
pynvml.nvmlInit()
def errors():
    for index in range(2):
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        for read in pynvml.nvmlDeviceGetTotalEnergyConsumption, pynvml.nvmlDeviceGetPowerUsage:
            try:
                read(handle)
            except pynvml.NVMLError as error:
                yield str(error)
            else:
                yield None
before = list(errors())
meters.gpus()[1].fail()
failed = list(errors())
meters.gpus()[1].recover()
print(json.dumps([before, failed, list(errors())]))
"""
    )
    lost = "GPU is lost"
    assert errors == [[None] * 4, [None, None, lost, lost], [None] * 4]


def test_a_pytest_session_runs_inside(rapl: Rapl, nvml: Nvml) -> None:
    machine = nvml(beside=rapl())
    run = machine.pytest(
        """
import simulated_meters as meters

def test_the_meters_are_available():
    assert len(meters.packages()) == 2
    assert len(meters.gpus()) == 1

def test_fails():
    assert False
""",
        "-p",
        "no:cacheprovider",
    )
    assert (run.exit_code, run.outcomes) == (1, {"passed": 1, "failed": 1}), run.output
