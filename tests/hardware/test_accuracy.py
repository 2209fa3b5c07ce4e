"""Figures are within their uncertainty: joules compared with watts times measured seconds.

A single process runs on its own clock, so that other load on the machine delays neither the counter
nor the reader.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest
from simulated_machine import Machine, Nvml, PytestRun, Rapl

from pytest_scer.meters.accuracy import GPU_COUNTER, of_gpu_power, of_rapl
from pytest_scer.meters.processor import model_name

# --- in a session -------------------------------------------------------------------------------

MANY = """
import time, pytest
@pytest.mark.parametrize("n", range({count}))
def test_short(n):
    {work}
"""
BUSY = "end = time.perf_counter() + 1e-3\n    while time.perf_counter() < end: pass"


def session(machine: Machine, source: str, *options: str) -> tuple[PytestRun, Any]:
    if "-n2" not in options:
        machine = machine.in_own_time()
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
        rapl([30.0, 20.0]) if meter == "rapl" else nvml([250.0], tick_ms=50, counter=meter == "gpu")
    )
    component, watts = ("cpu", 50.0) if meter == "rapl" else ("gpu", 250.0)
    # Both ends may be off by half a tick: together 12.5 J, less than 5% of what the tests use.
    count = 1000 if meter == "gpu" else 300
    _, report = session(
        machine, MANY.format(count=count, work=work), f"--scer-components={component}"
    )
    calls = [test["stages"]["call"] for test in report["tests"]]
    assert all(call["energy_j"][component] > 0 for call in calls)
    seconds = sum(call["duration_s"] for call in calls)
    assert sum(call["energy_j"][component] for call in calls) == pytest.approx(
        watts * seconds, rel=0.1
    )
    energy_j, seconds = (sum(each) for each in zip(*stages(report, component), strict=True))
    assert energy_j == pytest.approx(watts * seconds, rel=0.05)
    assert report["totals"]["tests_energy_j"] == pytest.approx(energy_j)
    assert report["totals"]["energy_j"][component] == pytest.approx(
        watts * report["session"]["duration_s"], rel=0.05
    )


def test_the_first_tests_of_a_worker_get_their_share(rapl: Rapl) -> None:
    """Workers are charged by CPU time, and joules per CPU second are unknown at the start."""
    _, report = session(
        rapl([30.0, 20.0]), MANY.format(count=40, work=BUSY), "--scer-components=cpu", "-n2"
    )
    calls_j = [test["stages"]["call"]["energy_j"]["cpu"] for test in report["tests"]]
    assert min(calls_j) > 0


def test_the_first_test_is_charged_only_for_itself(rapl: Rapl, nvml: Nvml) -> None:
    source = "import time\ndef test_first(): time.sleep(0.1)\ndef test_second(): time.sleep(0.1)\n"
    _, report = session(nvml([250.0], beside=rapl([50.0])), source, "--scer-components=cpu,gpu")
    for test in report["tests"]:
        call = test["stages"]["call"]
        off_j = call["energy_j"]["total"] - 300.0 * call["duration_s"]
        assert abs(off_j) <= call["within_session_j"] + 0.01 * call["energy_j"]["total"]


def test_the_session_s_totals_begin_at_the_same_time(rapl: Rapl, nvml: Nvml) -> None:
    """A GPU that only reports power is watched longer than a package before the session."""
    source = "import time\ndef test_it(): time.sleep(0.2)\n"
    machine = nvml([250.0], counter=False, beside=rapl([50.0]))
    _, report = session(machine, source, "--scer-components=cpu,gpu")
    total, seconds = report["totals"]["energy_j"], report["session"]["duration_s"]
    assert total["cpu"] == pytest.approx(50.0 * seconds, rel=0.05)
    assert total["gpu"] == pytest.approx(250.0 * seconds, rel=0.05)
    known = of_gpu_power(["Simulated GPU"], seconds)
    assert report["meters"]["gpu"]["accuracy"] == (None if known is None else asdict(known))


def test_the_interval_of_a_component_is_that_of_its_counter(rapl: Rapl, nvml: Nvml) -> None:
    source = "import time\ndef test_it(): time.sleep(0.1)\n"
    machine = nvml([250.0], beside=rapl([50.0]))
    _, report = session(machine, source, "--scer-components=cpu,gpu")
    meters, totals = report["meters"], report["totals"]
    assert meters["cpu"]["accuracy"] == asdict(of_rapl(model_name()))
    assert meters["gpu"]["accuracy"] == asdict(GPU_COUNTER)
    assert meters["ram"]["accuracy"] is None
    low_j, high_j = (
        sum(
            totals["energy_j"][name] / (1 + meters[name]["accuracy"][end])
            for name in ("cpu", "gpu")
        )
        for end in ("high", "low")
    )
    assert totals["plausible_j"] == pytest.approx({"low": low_j, "high": high_j})


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
    from pytest_scer.meters.codecarbon.configuration import configuration
    from pytest_scer.meters.opening import Request, open_meter
    meter = open_meter(Request(frozenset(["cpu"])), configuration())
    start = meter.read(force=True)
    child = burns_{how}()
    end = meter.read(force=True)
    if child is not None:  # still alive: its CPU time must not be charged again when it is reaped
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
def test_cpu_time_of_children_is_charged(tmp_path: Path, how: str, seconds: float) -> None:
    (tmp_path / ".codecarbon.config").write_text(
        f"[codecarbon]\nforce_cpu_power = {10 * (psutil.cpu_count() or 1)}\n"
    )
    script = tmp_path / "burn.py"
    script.write_text(BURN.replace("{seconds}", str(seconds)).replace("{how}", how))
    machine = Machine(directory=tmp_path)
    done = machine.run(sys.executable, str(script))
    assert done.returncode == 0, done.stdout
    billed_j, later_j = json.loads(done.stdout.splitlines()[-1])
    # Ten watts per hardware thread; starting an interpreter takes CPU time, too.
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


def test_runs_do_not_stay_in_step_with_a_gpu_counter(nvml: Nvml) -> None:
    """Without countermeasures, each run would begin at the same phase of the tick."""
    machine = nvml([250.0], tick_ms=100)
    run, _ = session(
        machine, IN_STEP, "--scer-components=gpu", "--scer-repeats=12", "--scer-warmup=0"
    )
    assert run.exit_code == 0, run.output
    begun = sorted(json.loads((machine.directory / "begun.json").read_text()))
    gaps = [after - before for before, after in pairwise([*begun, begun[0] + 1])]
    assert len(begun) == 12
    assert max(gaps) < 0.5  # in step, all would begin within a few hundredths of a tick
