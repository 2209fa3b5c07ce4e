"""Whose energy a test is charged, where counters measure the machine's."""

from __future__ import annotations

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
    report = report_of(rapl([30.0, 20.0]), "--scer-components=cpu", *options)
    assert report["meters"]["cpu"]["tracking_mode"] == "machine"
    for name in ("test_busy[0]", "test_asleep"):  # what the machine draws meanwhile, both of them
        measured = call(report, name)
        assert measured["energy_j"]["cpu"] == pytest.approx(50 * measured["duration_s"], rel=0.02)


def test_a_process_is_charged_its_share_of_the_cpu_time(rapl: Rapl) -> None:
    report = report_of(rapl([30.0, 20.0]), "--scer-components=cpu", "--scer-tracking-mode=process")
    assert report["meters"]["cpu"]["tracking_mode"] == "process"
    asleep, busy = call(report, "test_asleep"), call(report, "test_busy[3]")
    assert 0 < asleep["energy_j"]["cpu"] < 0.5 * busy["energy_j"]["cpu"]
    # All that others used is theirs: no process is charged for more than the machine drew.
    assert busy["energy_j"]["cpu"] <= 50 * busy["duration_s"] + busy["uncertainty_j"]
    assert report["totals"]["energy_j"]["cpu"] == pytest.approx(
        50 * report["session"]["duration_s"], rel=0.02
    )


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
