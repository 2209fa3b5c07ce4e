"""Which energy a test is charged if counters measure the whole machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from simulated_machine import Machine, Nvml, Rapl

SOURCE = """
import time, pytest

@pytest.fixture(scope="session")
def model():
    burn(0.2)

def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass

@pytest.mark.parametrize("n", range(4))
def test_busy(n, model):
    burn(0.3)

def test_asleep():
    time.sleep(0.3)
"""


def report_of(machine: Machine, *options: str) -> Any:
    run = machine.pytest(
        SOURCE, "-p", "no:cacheprovider", "--scer-output=report.json", *options, timeout_s=240
    )
    assert run.exit_code == 0, run.output
    totals = run.report["totals"]
    parts = [totals[f"{part}_energy_j"] for part in ("tests", "fixtures", "overhead")]
    assert sum(parts) == pytest.approx(totals["energy_j"]["total"])
    assert min(parts) >= 0
    return run.report


def call(report: Any, name: str) -> Any:
    (test,) = (test for test in report["tests"] if test["nodeid"].endswith(f"::{name}"))
    return test["stages"]["call"]


@pytest.mark.parametrize("options", [[], ["--scer-tracking-mode=machine"]], ids=["auto", "machine"])
def test_the_machine_is_charged(rapl: Rapl, options: list[str]) -> None:
    machine = rapl([30.0, 20.0]).in_own_time()
    report = report_of(machine, "--scer-components=cpu", *options)
    assert report["meters"]["cpu"]["tracking_mode"] == "machine"
    for name in ("test_busy[0]", "test_asleep"):  # both are charged the machine's draw
        measured = call(report, name)
        assert measured["energy_j"]["cpu"] == pytest.approx(50 * measured["duration_s"], rel=0.02)


def test_a_process_is_charged_its_share_of_the_cpu_time(rapl: Rapl) -> None:
    report = report_of(rapl([30.0, 20.0]), "--scer-components=cpu", "--scer-tracking-mode=process")
    assert report["meters"]["cpu"]["tracking_mode"] == "process"
    asleep, busy = call(report, "test_asleep"), call(report, "test_busy[3]")
    assert 0 < asleep["energy_j"]["cpu"] < 0.5 * busy["energy_j"]["cpu"]
    # The share of other processes is not charged, so this cannot exceed the machine's draw.
    assert busy["energy_j"]["cpu"] <= 50 * busy["duration_s"] + busy["within_session_j"]
    assert report["totals"]["energy_j"]["cpu"] == pytest.approx(
        50 * report["session"]["duration_s"], rel=0.02
    )


# Two GPUs with different draws, assigned to workers in the way that users do it.
PER_WORKER = """
import os

def pytest_configure():
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = {devices!r}[int(worker.removeprefix("gw"))]
"""
BESIDE = """
import time, pytest
@pytest.mark.parametrize("n", range(4))
def test_waits(n): time.sleep(0.3)
"""


def gpu_watts(report: Any) -> Any:
    """Joules per second charged to the calls of each worker, to compare with watts."""
    charged: dict[str, float] = {}
    for worker in {test["worker"] for test in report["tests"]}:
        calls = [test["stages"]["call"] for test in report["tests"] if test["worker"] == worker]
        seconds = sum(each["duration_s"] for each in calls)
        charged[worker] = sum(each["energy_j"]["gpu"] for each in calls) / seconds
    return pytest.approx(charged, rel=0.15)


def gpu_report(machine: Machine, *options: str) -> Any:
    run = machine.pytest(
        BESIDE,
        "-p",
        "no:cacheprovider",
        "--scer-output=report.json",
        "--scer-components=gpu",
        *options,
        timeout_s=240,
    )
    assert run.exit_code == 0, run.output
    totals = run.report["totals"]
    assert totals["energy_j"]["gpu"] == pytest.approx(
        400 * run.report["session"]["duration_s"], rel=0.02
    )
    assert totals["overhead_energy_j"] >= 0
    detail = run.report["meters"]["gpu"]["detail"]
    assert detail.endswith("shared evenly by the workers that use them")
    return run.report


@pytest.mark.parametrize(
    ("devices", "watts"),
    [
        (["0", "1"], {"gw0": 100, "gw1": 300}),  # each its own
        (["1", "1"], {"gw0": 150, "gw1": 150}),  # both the same
        (["0,1", "0,1"], {"gw0": 200, "gw1": 200}),
        (["0,1", "1"], {"gw0": 200, "gw1": 150}),  # one of them is shared: no joule twice
    ],
    ids=" ".join,
)
def test_a_worker_is_charged_for_a_gpu_of_its_own(
    nvml: Nvml, devices: list[str], watts: dict[str, int]
) -> None:
    pytest.importorskip("xdist")
    machine = nvml([100.0, 300.0])
    (machine.directory / "conftest.py").write_text(PER_WORKER.format(devices=devices))
    assert gpu_watts(gpu_report(machine, "-n2")) == watts


def test_xdist_assigns_gpus_to_workers(nvml: Nvml) -> None:
    pytest.importorskip("xdist")
    specs = [f"--tx=popen//env:CUDA_VISIBLE_DEVICES={index}" for index in range(2)]
    report = gpu_report(nvml([100.0, 300.0]), "--dist=load", *specs)
    assert gpu_watts(report) == {"gw0": 100, "gw1": 300}


def test_workers_without_assigned_gpus_share_all_gpus(nvml: Nvml) -> None:
    pytest.importorskip("xdist")
    machine = nvml([100.0, 300.0])
    (machine.directory / "tmp").mkdir()
    machine = replace(
        machine, environment={**machine.environment, "TMPDIR": str(machine.directory / "tmp")}
    )
    report = gpu_report(machine, "-n2")
    assert gpu_watts(report) == {"gw0": 200, "gw1": 200}
    assert not list((machine.directory / "tmp").glob("pytest-scer-*"))  # tidied up


@pytest.mark.parametrize("options", [[], ["-n2"]], ids=["alone", "-n2"])
def test_the_idle_machine_is_watched_as_a_whole(rapl: Rapl, nvml: Nvml, options: list[str]) -> None:
    if options:
        pytest.importorskip("xdist")
    machine = nvml([250.0], beside=rapl([30.0, 20.0]))
    if not options:
        machine = machine.in_own_time()
    report = report_of(machine, "--scer-components=cpu,gpu", "--scer-idle=1", *options)
    idle = report["idle"]
    assert idle["power_w"] == pytest.approx(300, rel=0.03)
    asleep = call(report, "test_asleep")
    if options:  # half of the GPU, and a share of the CPU by CPU time
        assert 0.9 * 125 <= idle["charged_w"] <= 175
    else:
        assert idle["charged_w"] == pytest.approx(300, rel=0.03)
        assert abs(asleep["active_energy_j"]) <= 0.1 * asleep["energy_j"]["total"]


def test_workers_share_what_the_machine_draws_once(rapl: Rapl, nvml: Nvml) -> None:
    pytest.importorskip("xdist")
    machine = nvml([250.0], beside=rapl([30.0, 20.0]))
    report = report_of(machine, "--scer-components=cpu,gpu", "-n2")
    assert report["meters"]["cpu"]["tracking_mode"] == "process"
    seconds = report["session"]["duration_s"]
    assert report["totals"]["energy_j"]["cpu"] == pytest.approx(50 * seconds, rel=0.02)
    assert report["totals"]["energy_j"]["gpu"] == pytest.approx(250 * seconds, rel=0.02)
    for test in report["tests"]:
        assert test["unmeasured"] is None
        assert test["stages"]["call"]["energy_j"]["total"] > 0
