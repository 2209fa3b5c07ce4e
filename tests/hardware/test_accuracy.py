"""Figures lie where they say: joules against watts times the seconds that were measured."""

from __future__ import annotations

import json
import random
import statistics
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest
from simulated_machine import Machine, Nvml, PytestRun, Rapl
from windows import Window, measure


def error(windows: list[Window], watts: float) -> float:
    """The median: the simulated counter itself is late now and then on a busy machine."""
    return statistics.median(abs(energy_j / (watts * s) - 1) for energy_j, _, s in windows)


@pytest.mark.parametrize("watts", [[40.0], [30.0, 20.0]], ids=["one-package", "two-packages"])
@pytest.mark.parametrize(("length_s", "within"), [(1.0, 0.01), (0.2, 0.02), (0.05, 0.05)], ids=str)
def test_windows_over_rapl(rapl: Rapl, watts: list[float], length_s: float, within: float) -> None:
    windows, resolution_s = measure(rapl(watts), [length_s] * 5)
    assert resolution_s == 0.001
    assert error(windows, sum(watts)) <= within


def test_a_counter_that_wraps_within_a_window(rapl: Rapl) -> None:
    windows, _ = measure(rapl([100.0], range_uj=40_000_000), [1.0])
    assert error(windows, 100.0) <= 0.01  # 2.5 times the whole range


@pytest.mark.parametrize("watts", [[250.0], [250.0, 300.0]], ids=["one-gpu", "two-gpus"])
@pytest.mark.parametrize(("length_s", "within"), [(0.5, 0.05), (2.0, 0.02)], ids=str)
def test_windows_over_a_gpu(nvml: Nvml, watts: list[float], length_s: float, within: float) -> None:
    windows, _ = measure(nvml(watts, tick_ms=20), [length_s] * 3)
    assert error(windows, sum(watts)) <= within


def test_a_gpu_that_tells_its_power_only(nvml: Nvml) -> None:
    windows, _ = measure(nvml([250.0], counter=False), [0.5, 0.2])
    assert error(windows, 250.0) <= 0.05


@pytest.mark.parametrize("tick_s", [0.02, 0.1])
def test_the_tick_of_a_gpu_is_learnt(nvml: Nvml, tick_s: float) -> None:
    _, resolution_s = measure(nvml(tick_ms=1000 * tick_s), [])
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
    windows, resolution_s = measure(machine, lengths_s)
    inside = [abs(energy_j - watts * s) <= within_j for energy_j, within_j, s in windows]
    assert sum(inside) >= 95
    assert statistics.median(within_j for _, within_j, _ in windows) <= 2 * resolution_s * watts


# --- in a session -------------------------------------------------------------------------------

MANY = """
import time, pytest
@pytest.mark.parametrize("n", range({count}))
def test_short(n):
    {work}
"""
BUSY = "end = time.perf_counter() + 1e-3\n    while time.perf_counter() < end: pass"


def session(machine: Machine, source: str, *options: str) -> tuple[PytestRun, Any]:
    run = machine.pytest(
        source, "-p", "no:cacheprovider", "-q", "--scer-output=report.json", *options
    )
    assert run.exit_code == 0, run.output
    check_sums(run.report)
    return run, run.report


def check_sums(report: Any) -> None:
    totals = report["totals"]
    parts = ("tests_energy_j", "fixtures_energy_j", "overhead_energy_j")
    assert sum(totals[part] for part in parts) == pytest.approx(totals["energy_j"]["total"])
    assert totals["overhead_energy_j"] >= -1e-6 * totals["energy_j"]["total"]


def stages(report: Any, component: str) -> list[tuple[float, float]]:
    """Joules and seconds of every stage of every test."""
    return [
        (stage["energy_j"][component], stage["duration_s"])
        for test in report["tests"]
        for stage in test["stages"].values()
    ]


@pytest.mark.parametrize("meter", ["rapl", "gpu", "power-only"])
@pytest.mark.parametrize("work", [BUSY, "time.sleep(1e-3)"], ids=["busy", "asleep"])
def test_short_tests_get_their_share(rapl: Rapl, nvml: Nvml, meter: str, work: str) -> None:
    machine = (
        rapl([30.0, 20.0])
        if meter == "rapl"
        else nvml([250.0], tick_ms=100, counter=meter == "gpu")
    )
    component, watts = ("cpu", 50.0) if meter == "rapl" else ("gpu", 250.0)
    _, report = session(
        machine, MANY.format(count=300, work=work), f"--scer-components={component}"
    )
    calls = [test["stages"]["call"] for test in report["tests"]]
    assert all(call["energy_j"][component] > 0 for call in calls)
    seconds = sum(call["duration_s"] for call in calls)
    assert sum(call["energy_j"][component] for call in calls) == pytest.approx(
        watts * seconds, rel=0.1
    )  # the simulated counter is advanced late on a busy machine, by a good part of its tick
    energy_j, seconds = (sum(each) for each in zip(*stages(report, component), strict=True))
    assert energy_j == pytest.approx(watts * seconds, rel=0.05)
    assert report["totals"]["tests_energy_j"] == pytest.approx(energy_j)
    assert report["totals"]["energy_j"][component] == pytest.approx(
        watts * report["session"]["duration_s"], rel=0.05
    )


def test_the_first_tests_of_a_worker_get_their_share(rapl: Rapl) -> None:
    """Charged by CPU time, whose price is not known before it was watched for a while."""
    _, report = session(
        rapl([30.0, 20.0]), MANY.format(count=40, work=BUSY), "--scer-components=cpu", "-n2"
    )
    calls_j = [test["stages"]["call"]["energy_j"]["cpu"] for test in report["tests"]]
    assert min(calls_j) > 0


def test_the_first_test_is_billed_for_itself_only(rapl: Rapl, nvml: Nvml) -> None:
    source = "import time\ndef test_first(): time.sleep(0.1)\ndef test_second(): time.sleep(0.1)\n"
    _, report = session(nvml([250.0], beside=rapl([50.0])), source, "--scer-components=cpu,gpu")
    for test in report["tests"]:
        call = test["stages"]["call"]
        off_j = call["energy_j"]["total"] - 300.0 * call["duration_s"]
        assert abs(off_j) <= call["uncertainty_j"] + 0.01 * call["energy_j"]["total"]


# --- whose CPU time it is -----------------------------------------------------------------------

BURN = """
import json, multiprocessing, subprocess, sys, threading, time

def burn(seconds):
    while time.process_time() < seconds: pass

def burn_thread(seconds):
    start = time.thread_time()
    while time.thread_time() - start < seconds: pass

CODE = "import time\\nwhile time.process_time() < {seconds}: pass\\n"

def run(source): subprocess.run([sys.executable, "-S", "-c", source], check=True)

def burns_reaped(): run(CODE)

def burns_grandchild():
    run("import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', " + repr(CODE) + "])")

def burns_alive():
    child = subprocess.Popen(
        [sys.executable, "-S", "-c", CODE + "print('done', flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    return child

def burns_unreaped_grandchild():
    child = subprocess.Popen([sys.executable, "-S", "-c",
        "import subprocess, sys; g = subprocess.Popen([sys.executable, '-S', '-c', "
        + repr(CODE + "print('done', flush=True); input()") + "]); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    return child

def burns_forked():
    child = multiprocessing.get_context("fork").Process(target=burn, args=({seconds},))
    child.start(); child.join()

def burns_spawned():
    child = multiprocessing.get_context("spawn").Process(target=burn, args=({seconds},))
    child.start(); child.join()

def burns_in_a_thread():
    thread = threading.Thread(target=burn_thread, args=({seconds},))
    thread.start(); thread.join()

def burns_in_a_child_of_a_thread():
    children = []
    thread = threading.Thread(target=lambda: children.append(burns_alive()))
    thread.start(); thread.join()
    return children[0]

def main():
    from pytest_scer.core.measurement import Measurement
    from pytest_scer.meters.codecarbon import Request, configuration, open_meter
    meter = open_meter(Request(frozenset(["cpu"])), configuration())
    start = meter.read(force=True)
    child = burns_{how}()
    end = meter.read(force=True)
    if child is not None:  # left over: what it burnt is not billed again when it is reaped
        child.communicate(b"go")
        later = meter.read(force=True)
    else:
        later = end
    print(json.dumps([end.cpu_j - start.cpu_j, later.cpu_j - end.cpu_j]))

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("how", "seconds"),
    [
        ("reaped", 2.0),
        ("reaped", 0.5),
        ("alive", 2.0),
        ("alive", 0.5),
        ("grandchild", 0.5),
        ("unreaped_grandchild", 0.5),
        ("forked", 0.5),
        ("spawned", 0.5),
        ("in_a_thread", 0.5),
        ("in_a_child_of_a_thread", 0.5),
    ],
)
def test_cpu_time_is_billed_to_who_starts_it(tmp_path: Path, how: str, seconds: float) -> None:
    (tmp_path / ".codecarbon.config").write_text(
        f"[codecarbon]\nforce_cpu_power = {10 * (psutil.cpu_count() or 1)}\n"
    )
    script = tmp_path / "burn.py"
    script.write_text(BURN.replace("{seconds}", str(seconds)).replace("{how}", how))
    machine = Machine(directory=tmp_path)
    done = machine.run(sys.executable, str(script))
    assert done.returncode == 0, done.stdout
    billed_j, later_j = json.loads(done.stdout.splitlines()[-1])
    # Ten watts a hardware thread; starting an interpreter is work as well.
    started_s = 1.0 if how == "spawned" else 0.5
    assert 10 * (seconds - 0.02) <= billed_j <= 10 * (seconds + started_s)
    assert 0 <= later_j <= 10 * started_s


# --- repeats ------------------------------------------------------------------------------------

IN_STEP = """
import json, time

TICK_S, begun = 0.1, []

def one_tick():
    begun.append(time.perf_counter() % TICK_S / TICK_S)
    time.sleep((begun[0] * TICK_S - time.perf_counter()) % TICK_S)

def test_repeats(carbon):
    carbon(one_tick)
    with open("begun.json", "w") as file:
        json.dump(begun, file)
"""


def test_runs_do_not_keep_step_with_a_gpu_counter(nvml: Nvml) -> None:
    """Each run ends at the phase of the tick that the first one began at."""
    machine = nvml([250.0], tick_ms=100)
    run, _ = session(
        machine, IN_STEP, "--scer-components=gpu", "--scer-repeats=12", "--scer-warmup=0"
    )
    assert run.exit_code == 0, run.output
    begun = sorted(json.loads((machine.directory / "begun.json").read_text()))
    gaps = [after - before for before, after in pairwise([*begun, begun[0] + 1])]
    assert len(begun) == 12
    assert max(gaps) < 0.5  # else all of them would begin within a few hundredths of a tick
