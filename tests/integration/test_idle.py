"""`--scer-idle`: what the idle machine draws, and the active energy of tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from inner_sessions import XDIST, without_other_plugins
from suite import Suite

from pytest_scer.cli import main
from pytest_scer.report.reading import read_report

# A machine with a constant 30 W and the real clock. Each worker has its own meter.
CONFTEST = """
import pytest
from pytest_scer.testing import SimulatedMeter

meter = SimulatedMeter({"cpu": 30.0})

def pytest_scer_meter():
    return meter

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report):
    record = getattr(report, "scer", None)
    if record is not None:
        print("record", record["nodeid"], record["stages"]["call"]["active_energy_j"])
"""
TESTS = """
import time

def test_sleeps():
    time.sleep(0.2)

def test_works(request):
    meter = request.config.pluginmanager.hook.pytest_scer_meter(config=request.config)
    time.sleep(0.1)
    meter.spend(cpu=5)
"""


@pytest.fixture
def machine(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_ADDOPTS", without_other_plugins(*XDIST))
    pytester.makeini("[pytest]")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)
    return pytester


def run(machine: pytest.Pytester, *options: str) -> tuple[Any, pytest.RunResult]:
    result = machine.runpytest_subprocess("-s", "--scer-output=out.json", *options)
    result.assert_outcomes(passed=2)
    return json.loads((machine.path / "out.json").read_text()), result


def calls(report: Any) -> dict[str, Any]:
    return {
        test["nodeid"].partition("::test_")[2]: test["stages"]["call"] for test in report["tests"]
    }


@pytest.mark.parametrize("options", [[], ["-n2"]], ids=["alone", "-n2"])
def test_active_energy_is_what_comes_on_top(machine: pytest.Pytester, options: list[str]) -> None:
    if options:
        pytest.importorskip("xdist")
    report, result = run(machine, "--scer-idle=0.2", "--scer-report", "-v", *options)
    assert report["idle"]["duration_s"] >= 0.2
    assert report["idle"]["power_w"] == pytest.approx(30)
    assert report["idle"]["charged_w"] == pytest.approx(30)
    first_s = min(test["start_s"] for test in report["tests"])
    assert 0 <= report["idle"]["start_s"] <= first_s - report["idle"]["duration_s"] + 1e-3
    sleeps, works = calls(report)["sleeps"], calls(report)["works"]
    assert sleeps["energy_j"]["total"] >= 0.2 * 30
    assert sleeps["active_energy_j"] == pytest.approx(0, abs=1e-6)
    assert works["active_energy_j"] == pytest.approx(5)
    # The records that other plugins read have the same figures.
    records = [line.split()[-1] for line in result.outlines if "record test" in line]
    assert sorted(map(float, records)) == pytest.approx([0, 5], abs=1e-6)
    said = " ".join(str(result.stdout).split())
    assert "before the first test (charged to a test: 30.0 W)" in said


def test_the_machine_is_watched_once_however_many_workers(machine: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    machine.makeconftest(
        CONFTEST
        + """
from pytest_scer.system import System
real_sleep = System.sleep

def watched(seconds):
    if seconds == 0.123:
        with open("watched", "a") as file:
            print("once", file=file)
    real_sleep(seconds)

System.sleep = staticmethod(watched)
"""
    )
    run(machine, "--scer-idle=0.123", "-n2")
    assert (machine.path / "watched").read_text().split() == ["once"]


def test_workers_are_charged_their_part_of_what_is_constant(machine: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    machine.makeconftest("")
    machine.makepyfile("import time, pytest\ndef test_a(): time.sleep(0.2)\ndef test_b(): pass")
    report, _ = run(machine, "--scer-idle=0.2", "--scer-components=ram", "-n2")
    watts = float(report["meters"]["ram"]["source"].split()[0])
    assert report["idle"]["power_w"] == pytest.approx(watts, rel=0.01)
    assert report["idle"]["charged_w"] == pytest.approx(watts / 2, rel=0.01)
    for test in report["tests"]:
        call = test["stages"]["call"]
        assert call["active_energy_j"] == pytest.approx(0, abs=1e-3 * watts * call["duration_s"])


def test_without_it_there_is_no_active_energy(machine: pytest.Pytester) -> None:
    report, _ = run(machine)
    assert report["idle"] is None
    assert {call["active_energy_j"] for call in calls(report).values()} == {None}


@pytest.mark.parametrize("options", [[], ["-n2"]], ids=["alone", "-n2"])
def test_a_meter_at_fault_leaves_it_out_and_says_so(
    machine: pytest.Pytester, options: list[str]
) -> None:
    if options:
        pytest.importorskip("xdist")
    machine.makeconftest(
        CONFTEST
        + """
import os
if "PYTEST_XDIST_WORKER" not in os.environ:
    meter.fail("the meter is unplugged")

def pytest_runtestloop():
    meter.recover()
"""
    )
    report, _ = run(machine, "--scer-idle=0.1", *options)
    assert report["idle"] is None
    assert {call["active_energy_j"] for call in calls(report).values()} == {None}
    said = "the idle machine was not measured: the meter is unplugged"
    assert said in report["warnings"]


def test_a_clock_that_stands_still_ends_no_session(suite: Suite) -> None:
    ran = suite.measure("def test_it(): wait(1)", "--scer-idle=0.01")
    ran.passed(passed=1)
    assert ran.json["idle"] is None
    assert any("meter's clock did not advance" in warning for warning in ran.json["warnings"])


def test_shards_of_different_idle_power_keep_none(machine: pytest.Pytester) -> None:
    paths = []
    for name, watts in (("a", 30.0), ("b", 60.0)):
        machine.makeconftest(CONFTEST.replace("30.0", str(watts)))
        report, _ = run(machine, "--scer-idle=0.1")
        path = machine.path / f"{name}.json"
        path.write_text(json.dumps(report))
        paths.append(path)
    merged = Path(machine.path / "all.json")
    assert main(["merge", *map(str, paths), "-o", str(merged)]) == 0
    whole = read_report(merged)
    assert whole.idle is None
    assert [text for text in whole.warnings if "idle" in text] == [
        "shards drew different power when idle: active energy is only in their own reports"
    ]
