"""Our figures compared with CodeCarbon's own tracker, for the same window on the same machine.

They agree within 5 % wherever CodeCarbon is right. Where it is not, a test shows why ours differ.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import psutil
import pytest
from simulated_machine import Machine, Nvml, Rapl

# One window measured by both. CodeCarbon's start and stop lie slightly outside ours.
BOTH = """
import json, subprocess, sys, time, warnings
warnings.simplefilter("ignore")
from codecarbon import OfflineEmissionsTracker
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import TrackingMode
from pytest_scer.meters.codecarbon.configuration import configuration
from pytest_scer.meters.opening import Request, open_meter

def tracker(**settings):
    return OfflineEmissionsTracker(**{{
        "country_iso_code": "FRA", "save_to_file": False, "log_level": "critical",
        "measure_power_secs": 1, "allow_multiple_runs": True, **settings
    }})

theirs = tracker({settings})
meter = open_meter(
    Request(frozenset({components!r}), TrackingMode({mode!r})), configuration()
)
theirs.start()
start = meter.read(force=True)
{work}
ours = Measurement.between(start, meter.read(force=True))
theirs.stop()
data = theirs.final_emissions_data
print(json.dumps({{
    "ours": {{"cpu": ours.cpu_j, "gpu": ours.gpu_j, "ram": ours.ram_j}},
    "theirs": {{
        name: getattr(data, name + "_energy") * 3.6e6 for name in ("cpu", "gpu", "ram")
    }},
    "seconds": ours.duration_s, "faults": meter.faults(), "water_l": data.water_consumed,
}}))
"""


def both(
    machine: Machine,
    work: str,
    *,
    components: str,
    mode: str = "machine",
    settings: str = "",
) -> Any:
    settings = f"tracking_mode={mode!r}, {settings}"
    return machine.python(
        BOTH.format(work=work, components=components.split(), mode=mode, settings=settings)
    )


def forced(machine: Machine, watts: float) -> Machine:
    """A machine without counters, with the same power at full load configured for both."""
    (machine.directory / ".codecarbon.config").write_text(
        f"[codecarbon]\nforce_cpu_power = {watts}\n"
    )
    return machine


# Where CodeCarbon is right

# CodeCarbon measures each second. If its tracker is stopped at that moment, it counts a second of
# memory twice.
SLEEP = "time.sleep(5.5)"


def test_counters_and_constants_over_a_long_window(rapl: Rapl, nvml: Nvml) -> None:
    machine = nvml([250.0, 300.0], beside=rapl([30.0, 20.0]))
    seen = both(machine, SLEEP, components="cpu gpu ram")
    for component, watts in (("cpu", 50.0), ("gpu", 550.0)):
        assert seen["ours"][component] == pytest.approx(seen["theirs"][component], rel=0.05)
        assert seen["ours"][component] == pytest.approx(watts * seen["seconds"], rel=0.01)
    assert seen["ours"]["ram"] == pytest.approx(seen["theirs"]["ram"], rel=0.05)


def test_a_gpu_that_only_reports_power(nvml: Nvml) -> None:
    seen = both(nvml([250.0], counter=False), SLEEP, components="gpu")
    assert seen["ours"]["gpu"] == pytest.approx(seen["theirs"]["gpu"], rel=0.05)
    assert seen["ours"]["gpu"] == pytest.approx(250 * seen["seconds"], rel=0.01)


def test_the_model_by_cpu_time_of_a_process_that_is_busy_throughout(tmp_path: Path) -> None:
    # CodeCarbon's process mode agreed in one run and reported three times as much in another.
    work = "end = time.process_time() + 5\nwhile time.process_time() < end: pass"
    seen = both(forced(Machine(tmp_path), 100), work, components="cpu", mode="process")
    assert seen["ours"]["cpu"] == pytest.approx(100 / (psutil.cpu_count() or 1) * 5, rel=0.05)


# Where it is not


def test_a_child_that_ends_between_two_samples(tmp_path: Path) -> None:
    """CodeCarbon's process mode loses the energy of a child between its last sample and its end."""
    work = (
        "code = 'import time\\nwhile time.process_time() < 0.5: pass'\n"
        "for _ in range(4): subprocess.run([sys.executable, '-S', '-c', code])"
    )
    machine = forced(Machine(tmp_path), 100)
    # However long they take on a busy machine: they end between its first and its last sample.
    settings = "measure_power_secs=600"
    seen = both(machine, work, components="cpu", mode="process", settings=settings)
    truth_j = 100 / (psutil.cpu_count() or 1) * 4 * 0.5
    assert truth_j <= seen["ours"]["cpu"] <= 1.3 * truth_j  # four interpreters start, too
    assert seen["theirs"]["cpu"] <= 0.8 * truth_j


def test_a_counter_that_cannot_be_read(rapl: Rapl) -> None:
    """CodeCarbon silently counts 0 J from then on: for 50 W over 4 s, 140 J instead of 200 J."""
    work = """
import simulated_meters as meters
time.sleep(1)
meters.packages()[1].show("garbage")
time.sleep(3)
"""
    seen = both(rapl([30.0, 20.0]), work, components="cpu")
    assert seen["theirs"]["cpu"] <= 0.8 * 50 * seen["seconds"]
    assert math.isnan(seen["ours"]["cpu"])
    assert "reads 'garbage'" in seen["faults"][0]


def test_a_process_that_sleeps_where_there_is_no_counter(tmp_path: Path) -> None:
    """CodeCarbon's machine mode charges at least a tenth of the TDP, and the cube of other load."""
    machine = forced(Machine(tmp_path), 100)
    theirs = both(machine, "time.sleep(3)", components="cpu")
    assert theirs["theirs"]["cpu"] >= 0.95 * 10 * theirs["seconds"]
    ours = both(machine, "time.sleep(3)", components="cpu", mode="process")
    assert ours["ours"]["cpu"] <= 0.1 * theirs["theirs"]["cpu"]


def test_the_first_task(rapl: Rapl) -> None:
    """CodeCarbon's task API charges its hardware detection to the first task."""
    machine = rapl([225.0], limit_w=300.0).in_own_time()
    first_j, second_j, sleep_s = machine.python(
        """
import json, time, warnings
warnings.simplefilter("ignore")
from codecarbon import OfflineEmissionsTracker
tracker = OfflineEmissionsTracker(
    country_iso_code="FRA", save_to_file=False, log_level="critical", allow_multiple_runs=True
)
def task_j(name):
    tracker.start_task(name)
    time.sleep(5e-3)
    return tracker.stop_task(name).cpu_energy * 3.6e6
print(json.dumps([task_j("first"), task_j("second"), 5e-3]))
"""
    )
    assert first_j >= 20 * second_j
    run = machine.pytest(
        "import time\n"
        f"def test_first(): time.sleep({sleep_s})\n"
        f"def test_second(): time.sleep({sleep_s})",
        "-p",
        "no:cacheprovider",
        "--scer-output=report.json",
        "--scer-components=cpu",
    )
    assert run.exit_code == 0, run.output
    for test in run.report["tests"]:
        call = test["stages"]["call"]
        off_j = abs(call["energy_j"]["cpu"] - 225 * call["duration_s"])
        assert off_j <= call["within_session_j"] + 0.05 * 225 * call["duration_s"]


def test_water_with_a_pue(nvml: Nvml) -> None:
    """CodeCarbon multiplies joules by the PUE, and then applies its litres per IT kWh to them."""
    settings = "pue=1.5, wue=2"
    seen = both(nvml([250.0]), "time.sleep(3)", components="gpu", settings=settings)
    assert seen["theirs"]["gpu"] == pytest.approx(1.5 * seen["ours"]["gpu"], rel=0.05)
    theirs_kwh = sum(seen["theirs"].values()) / 3.6e6  # PUE included
    assert seen["water_l"] == pytest.approx(2 * theirs_kwh)
    run = nvml([250.0]).pytest(
        "import time\ndef test_it(): time.sleep(1)",
        "-p",
        "no:cacheprovider",
        "--scer-output=report.json",
        "--scer-pue=1.5",
        "--scer-wue=2",
    )
    totals = run.report["totals"]
    assert totals["water_l"] == pytest.approx(2 * totals["energy_j"]["total"] / 3.6e6)
