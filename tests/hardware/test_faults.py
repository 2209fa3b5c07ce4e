"""A meter at fault: the test is unmeasured with the cause, one warning, no failure, no guesses."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_machine import Machine, Nvml, PytestRun, Rapl

# Each fault begins and ends inside a test, so the tests before and after it are measured.
SOURCE = """
import time
import simulated_meters as meters

device = meters.{devices}()[-1]

def test_before():
    time.sleep(0.2)

def test_at_fault():
    time.sleep(0.05)
    device.{fault}
    time.sleep(0.3)

def test_still_at_fault():
    time.sleep(0.2)
    {recovery}
    time.sleep(0.3)  # a counter with a tick of 20 ms is trusted again after this time

def test_after():
    time.sleep(0.2)
"""


def faulty(
    machine: Machine, fault: str, recovery: str = "device.recover()", *options: str
) -> tuple[PytestRun, Any]:
    devices = "gpus" if machine.gpus else "packages"
    if "-n2" not in options:
        machine = machine.in_own_time()
    run = machine.pytest(
        SOURCE.format(devices=devices, fault=fault, recovery=recovery),
        "-p",
        "no:cacheprovider",
        "--scer-output=report.json",
        "--scer-components=cpu,gpu"
        if machine.gpus and machine.packages
        else "--scer-components=" + ("gpu" if machine.gpus else "cpu"),
        *options,
    )
    assert run.exit_code == 0, run.output
    assert run.outcomes["passed"] == 4
    return run, run.report


def check(report: Any, cause: str, unmeasured: set[str], watts: float) -> None:
    """Exactly these tests have no figure, with the cause as the reason and in one warning."""
    tests = {test["nodeid"].partition("::test_")[2]: test for test in report["tests"]}
    assert {name for name, test in tests.items() if test["unmeasured"]} == unmeasured
    for name, test in tests.items():
        call = test["stages"]["call"]
        if name in unmeasured:
            assert cause in test["unmeasured"]
            assert call["energy_j"]["total"] is call["co2e_g"] is call["uncertainty_j"] is None
        else:
            off_j = call["energy_j"]["total"] - watts * call["duration_s"]
            assert abs(off_j) <= call["within_session_j"] + 0.05 * watts * call["duration_s"]
    assert [cause in warning for warning in report["warnings"]].count(True) == 1
    totals = report["totals"]
    parts = (totals[f"{part}_energy_j"] for part in ("tests", "fixtures", "overhead"))
    assert sum(parts) == pytest.approx(totals["energy_j"]["total"])
    assert totals["overhead_energy_j"] >= 0


BOTH = {"at_fault", "still_at_fault"}


@pytest.mark.parametrize(
    ("fault", "recovery", "cause", "unmeasured"),
    [
        ("show('garbage')", "device.recover()", "the counter reads 'garbage'", BOTH),
        ("show('')", "device.recover()", "the counter reads ''", BOTH),
        ("stall()", "device.draw(20.0)", "the counter stands still", BOTH),
        ("jump(-500)", "", "the counter went backwards", {"at_fault"}),
        ("jump(5000)", "", "times the device's limit of 150 W", {"at_fault"}),
        ("draw(1e4)", "device.draw(20.0)", "times the device's limit of 150 W", BOTH),
        ("draw(250)", "pass", "times the device's limit of 150 W", {*BOTH, "after"}),
    ],
)
def test_a_package_at_fault(
    rapl: Rapl, fault: str, recovery: str, cause: str, unmeasured: set[str]
) -> None:
    _, report = faulty(rapl([30.0, 20.0]), fault, recovery or "pass")
    check(report, cause, unmeasured, 50.0)
    assert sum(warning.count("package-1: ") for warning in report["warnings"]) == 1, report[
        "warnings"
    ]


def test_a_package_that_vanishes(rapl: Rapl) -> None:
    _, report = faulty(rapl([30.0, 20.0]), "vanish()", "pass")
    check(report, "No such file", {*BOTH, "after"}, 50.0)


def test_a_package_that_is_forbidden_counts_on(rapl: Rapl) -> None:
    _, report = faulty(rapl([30.0, 20.0]), "forbid()", "device.permit()")
    assert [test["unmeasured"] for test in report["tests"]] == [None] * 4
    assert report["warnings"] == []


@pytest.mark.parametrize("limit_w", [150.0, None])
def test_backwards_is_no_wrap(rapl: Rapl, limit_w: float | None) -> None:
    _, report = faulty(rapl([50.0], limit_w=limit_w), "jump(-500)", "pass")
    check(report, "went backwards", {"at_fault"}, 50.0)


@pytest.mark.parametrize(
    ("fault", "recovery", "cause", "unmeasured"),
    [
        ("fail()", "device.recover()", "could not be read", BOTH),
        ("stall()", "device.draw(300.0)", "stands still", BOTH),
        ("jump(-500)", "pass", "went backwards", {"at_fault"}),
        ("draw(1e5)", "device.draw(300.0)", "times the device's limit of 400 W", BOTH),
        ("draw(600)", "pass", "times the device's limit of 400 W", {*BOTH, "after"}),
    ],
)
def test_a_gpu_at_fault(
    nvml: Nvml, fault: str, recovery: str, cause: str, unmeasured: set[str]
) -> None:
    _, report = faulty(nvml([250.0, 300.0]), fault, recovery)
    check(report, cause, unmeasured, 550.0)


def test_a_gpu_that_only_reports_power_loses_the_gap(nvml: Nvml) -> None:
    _, report = faulty(nvml([250.0], counter=False), "fail()")
    check(report, "GPU is lost", BOTH, 250.0)


def test_one_component_at_fault_leaves_the_other(rapl: Rapl, nvml: Nvml) -> None:
    _, report = faulty(nvml([250.0], beside=rapl([50.0])), "fail()")
    check(report, "could not be read", BOTH, 300.0)
    for test in report["tests"]:
        call = test["stages"]["call"]
        assert call["energy_j"]["cpu"] == pytest.approx(50.0 * call["duration_s"], rel=0.05)


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["alone", "-n2"])
def test_all_processes_of_a_host_warn_once(rapl: Rapl, options: tuple[str, ...]) -> None:
    if options:
        pytest.importorskip("xdist")
    _, report = faulty(rapl([30.0, 20.0]), "vanish()", "pass", *options)
    assert sum("package-1: " in warning for warning in report["warnings"]) == 1


@pytest.mark.parametrize(
    ("fault", "recovery"), [("show('garbage')", "device.recover()"), ("forbid()", "pass")]
)
def test_a_late_counter_settles_the_gap(rapl: Rapl, fault: str, recovery: str) -> None:
    _, report = faulty(rapl([50.0]), fault, recovery)
    assert report["totals"]["energy_j"]["cpu"] == pytest.approx(
        50.0 * report["session"]["duration_s"], rel=0.02
    )


def test_totals_keep_what_is_known(rapl: Rapl) -> None:
    _, report = faulty(rapl([30.0, 20.0]), "vanish()", "pass")
    seconds = report["session"]["duration_s"]
    assert 30.0 * seconds * 0.98 <= report["totals"]["energy_j"]["cpu"] <= 50.0 * seconds


def test_a_budget_over_a_fault_is_unmeasured_with_the_cause(rapl: Rapl) -> None:
    run, report = faulty(rapl([50.0]), "show('garbage')", "pass", "--scer-test-budget=1 kJ")
    verdicts = {
        test["nodeid"].partition("::test_")[2]: test["budgets"][0] for test in report["tests"]
    }
    assert verdicts["before"]["verdict"] == "ok"
    for name in ("at_fault", "still_at_fault", "after"):
        assert verdicts[name]["verdict"] == "unmeasured"
        assert "reads 'garbage'" in verdicts[name]["reason"]
    assert "reads 'garbage'" in run.output
