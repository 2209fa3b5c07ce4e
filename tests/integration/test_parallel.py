"""pytest-xdist: the same figures, each counted once, whatever the workers do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from inner_sessions import XDIST, without_other_plugins

pytest.importorskip("xdist")

BURN = """
import time, pytest

def burn(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass

@pytest.mark.parametrize("number", range(8))
@pytest.mark.scer("1 kJ")
def test_burn(number):
    burn(0.1)
"""


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_ADDOPTS", without_other_plugins(*XDIST))
    return pytester


def _report(pytester: pytest.Pytester, *options: str) -> dict[str, Any]:
    result = pytester.runpytest_subprocess("--scer-output=out.json", *options)
    assert result.ret == 0
    data: dict[str, Any] = json.loads((pytester.path / "out.json").read_text())
    return data


def _assert_adds_up(totals: dict[str, Any]) -> None:
    parts = (totals[f"{name}_energy_j"] for name in ("tests", "fixtures", "overhead"))
    assert totals["energy_j"]["total"] == pytest.approx(sum(parts))
    assert totals["overhead_energy_j"] >= 0


@pytest.mark.parametrize(
    "mode",
    [
        ("-n0",),
        ("-n1",),
        ("-n2",),
        ("-n4",),
        ("-n2", "--dist=loadscope"),
        ("-n2", "--dist=loadgroup"),
        ("-n2", "--dist=worksteal"),
        ("-n3", "--maxprocesses=2"),
    ],
    ids=" ".join,
)
def test_cpu_energy_of_the_tests_is_their_cpu_time(
    pytester: pytest.Pytester, mode: tuple[str, ...]
) -> None:
    pytester.makepyfile(BURN)
    report = _report(pytester, *mode, "--scer-components=cpu")
    _assert_adds_up(report["totals"])
    assert len(report["tests"]) == 8
    watts = report["totals"]["energy_j"]["cpu"] and _watts(report)
    assert sum(t["stages"]["call"]["energy_j"]["cpu"] for t in report["tests"]) == pytest.approx(
        8 * 0.1 * watts, rel=0.05
    )
    _assert_one_after_another(report["tests"])


def _assert_one_after_another(tests: list[dict[str, Any]]) -> None:
    """In each worker, a test starts when the one before it has ended; none before the session."""
    for worker in {test["worker"] for test in tests}:
        mine = sorted((t for t in tests if t["worker"] == worker), key=lambda t: t["start_s"])
        ends = [t["start_s"] + sum(s["duration_s"] for s in t["stages"].values()) for t in mine]
        assert all(
            end <= test["start_s"] + 1e-6 for end, test in zip([0.0, *ends], mine, strict=False)
        )


def _watts(report: dict[str, Any]) -> float:
    """The power of a hardware thread, from the figures of one test."""
    call = report["tests"][0]["stages"]["call"]
    return float(call["energy_j"]["cpu"] / call["cpu_time_s"])


@pytest.mark.parametrize("workers", ["-n0", "-n2", "-n4"])
def test_memory_is_counted_once(pytester: pytest.Pytester, workers: str) -> None:
    pytester.makepyfile(BURN)
    report = _report(pytester, workers, "--scer-components=ram")
    totals = report["totals"]
    _assert_adds_up(totals)
    watts = float(report["meters"]["ram"]["source"].split()[0])
    assert totals["energy_j"]["ram"] == pytest.approx(
        watts * report["session"]["duration_s"], rel=0.001
    )


def test_no_worker_starts_a_test_once_the_budget_is_spent(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pathlib, time, pytest

        def wait_for(path):
            while not path.exists():
                time.sleep(0.01)

        def test_first():  # the budget is spent when both workers are in a test
            wait_for(pathlib.Path("begun"))

        @pytest.mark.parametrize("index", range(60))
        def test_later(index, pytestconfig):
            pathlib.Path("begun").touch()
            wait_for(pytestconfig.pluginmanager.get_plugin("scer-stop").path)
        """
    )
    result = pytester.runpytest_subprocess(
        "-n2", "--scer-budget=1 mJ", "--scer-stop", "--scer-output=out.json", timeout=300
    )
    report = json.loads((pytester.path / "out.json").read_text())
    assert result.ret == 1
    assert "stopped" in {finding["kind"] for finding in report["findings"]}
    assert 2 <= len(report["tests"]) <= 3  # the first, plus those that the workers were running
    assert len(report["tests"]) + len(report["not_run"]) == 61


@pytest.mark.skipif(sys.platform == "win32", reason="workers have no clock in common")
def test_constant_power_is_shared_by_the_tests_that_run_at_a_time(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import time

        def test_long():
            time.sleep(1.5)

        def test_short():
            time.sleep(0.3)
        """
    )
    report = _report(pytester, "-n2", "--scer-components=ram")
    _assert_adds_up(report["totals"])
    watts = float(report["meters"]["ram"]["source"].split()[0])
    long, short = (
        next(test["stages"]["call"] for test in report["tests"] if name in test["nodeid"])
        for name in ("test_long", "test_short")
    )
    # However they overlap, half of the time during which both run belongs to the other.
    beside_s = min(short["duration_s"], long["duration_s"])
    least_j = watts * (long["duration_s"] - beside_s / 2)
    assert 0.98 * least_j <= long["energy_j"]["ram"] <= watts * long["duration_s"]
    assert short["energy_j"]["ram"] >= 0.98 * watts * short["duration_s"] / 2
    assert "shared by the tests that run together" in report["meters"]["ram"]["detail"]


def test_each_mode_runs_every_test_in_every_worker(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BURN)
    report = _report(pytester, "--dist=each", "--tx=2*popen")
    keys = {(test["nodeid"], test["worker"], test["attempt"]) for test in report["tests"]}
    assert len(keys) == len(report["tests"]) == 16
    assert report["not_run"] == []
    _assert_adds_up(report["totals"])


def test_node_ids_are_the_same_in_groups(pytester: pytest.Pytester) -> None:
    """pytest-xdist appends the group's name if pytest lets it."""
    pytester.makeini("[pytest]\nscer_budgets =\n    *::test_* = 1 kJ\n    *::test_grouped = 2 kJ\n")
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.fixture(scope="module")
        def model():
            pass

        @pytest.mark.xdist_group("one")
        @pytest.mark.parametrize("address", ["me@home"])
        def test_parameter(model, address):
            pass

        @pytest.mark.xdist_group("two")
        def test_grouped():
            pass

        @pytest.mark.parametrize("address", ["me@home"])
        def test_alone(address):
            pass
        """
    )
    nodeids = []
    for options in (("-n0",), ("-n2", "--dist=loadgroup")):
        pytester.runpytest_subprocess("--scer-output=out.json", *options)
        report = json.loads((pytester.path / "out.json").read_text())
        assert report["not_run"] == []
        assert [fixture["nodeid"] for fixture in report["fixtures"]] == [
            "test_it.py::test_parameter[me@home]"
        ]
        nodeids.append(sorted(test["nodeid"] for test in report["tests"]))
        limits = {
            test["nodeid"]: test["budgets"][0]["limit"]
            for test in report["tests"]
            if test["budgets"]
        }
        assert limits["test_it.py::test_grouped"] == "2 kJ"
    assert nodeids[0] == nodeids[1]


def test_exceeded_budget_in_a_worker(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BURN.replace("1 kJ", "1 uJ"))
    result = pytester.runpytest_subprocess("-n2", "--scer-report")
    result.assert_outcomes(failed=8)
    result.stdout.fnmatch_lines(["Over budget: * > 1 uJ (*x)"])


def test_stop_at_the_first_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BURN.replace("1 kJ", "1 uJ"))
    result = pytester.runpytest_subprocess("-n2", "-x", "--scer-output=out.json")
    assert result.ret in (1, 2)
    report = json.loads((pytester.path / "out.json").read_text())
    assert report["not_run"]
    assert len(report["not_run"]) + len(report["tests"]) == 8


@pytest.mark.parametrize(
    ("options", "source", "said"),
    [
        (("--scer-country=XXX",), "", "unknown country 'XXX'"),
        (("--scer-budget=5 bananas",), "", "unknown unit 'bananas'"),
        ((), "@pytest.mark.scer(bananas=5)\n", "unknown argument 'bananas'"),
    ],
)
def test_bad_input_is_one_message_and_exit_4(
    pytester: pytest.Pytester, options: tuple[str, ...], source: str, said: str
) -> None:
    marked = f"import pytest\n{source}def test_never(): open('ran', 'w')\n"
    pytester.makepyfile(marked)
    result = pytester.runpytest_subprocess("-n2", "--scer-report", *options)
    assert result.ret == 4
    text = result.stdout.str() + result.stderr.str()
    assert text.count(said) == 1
    assert "INTERNALERROR" not in text
    assert not (pytester.path / "ran").exists()


def test_a_worker_that_dies_costs_its_running_test_only(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import os, pytest

        @pytest.mark.parametrize("number", range(20))
        def test_some(number):
            if number == 7:
                os._exit(9)
        """
    )
    result = pytester.runpytest_subprocess("-n2", "--scer-output=out.json", "--scer-report")
    assert result.ret == 1
    tests = json.loads((pytester.path / "out.json").read_text())["tests"]
    assert sorted(test["nodeid"] for test in tests) == sorted({test["nodeid"] for test in tests})
    assert len(tests) == 20
    (lost,) = [test for test in tests if test["unmeasured"]]
    assert lost["nodeid"].endswith("[7]")
    assert lost["measurement"] is None
    assert "died" in lost["unmeasured"]


def _lines(path: Path) -> list[str]:
    """The whole lines of a log that others write."""
    return path.read_text().split("\n")[:-1] if path.exists() else []


def test_workers_that_are_killed_again_and_again(pytester: pytest.Pytester) -> None:
    """Every test that ended is in the report exactly once."""
    pytester.makeconftest(
        """
        import os

        def pytest_runtest_logfinish(nodeid):
            if "PYTEST_XDIST_WORKER" not in os.environ:
                with open("ended.log", "a") as log:
                    print(nodeid, file=log)
        """
    )
    pytester.makepyfile(
        """
        import os, time, pytest

        with open("pids.log", "a") as log:
            print(os.getpid(), file=log)

        @pytest.mark.parametrize("number", range(500))
        def test_some(number):
            time.sleep(0.01)
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-n2", "--scer-output=out.json"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=pytester.path,
    )
    killed: list[str] = []
    while process.poll() is None and len(killed) < 5:
        time.sleep(0.01)
        ended = _lines(pytester.path / "ended.log")
        pids = [pid for pid in _lines(pytester.path / "pids.log") if pid not in killed]
        # A worker that is in the middle of its tests, never one that another has replaced.
        if pids and len(ended) > 40 * (len(killed) + 1):
            with suppress(ProcessLookupError):  # the session may end just now
                os.kill(int(pids[-1]), signal.SIGKILL)
            killed.append(pids[-1])
    output, _ = process.communicate()
    assert killed
    assert "INTERNALERROR" not in output
    assert process.returncode == 1
    tests = json.loads((pytester.path / "out.json").read_text())["tests"]
    nodeids = [test["nodeid"] for test in tests]
    assert len(nodeids) == len(set(nodeids)) == 500
    ended_ids = set(_lines(pytester.path / "ended.log"))
    lost = {test["nodeid"] for test in tests if test["unmeasured"]}
    assert ended_ids <= set(nodeids)
    assert len(lost) <= len(killed)


@pytest.mark.parametrize("dist", ["load", "worksteal"])
def test_serialize_keeps_budgeted_tests_apart(pytester: pytest.Pytester, dist: str) -> None:
    pytester.makepyfile(
        """
        import time, pytest

        @pytest.mark.parametrize("number", range(6))
        @pytest.mark.scer("1 kJ")
        def test_budgeted(number):
            with open("log", "a") as log:
                print("begin", file=log, flush=True)
                time.sleep(0.05)
                print("end", file=log, flush=True)

        @pytest.mark.parametrize("number", range(6))
        def test_free(number):
            time.sleep(0.01)
        """
    )
    report = _report(pytester, "-n2", f"--dist={dist}", "--scer-serialize")
    assert (pytester.path / "log").read_text().split() == ["begin", "end"] * 6
    assert len(report["tests"]) == 12


def _beside_a_socket_worker(pytester: pytest.Pytester) -> dict[str, Any]:
    """The report of a session with one local worker and one that is reached over a socket."""
    pytester.makeini("[pytest]")
    path = pytester.makepyfile(BURN)
    remote = pytester.mkdir("remote")
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "execnet.script.socketserver", "127.0.0.1:0"],
        cwd=remote,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = next(line for line in server.stdout if "Accept loop" in line)
            port = address.rpartition(",")[2].strip(" )\n")
            return _report(
                pytester,
                "--dist=load",
                "--tx=popen",
                f"--tx=socket=127.0.0.1:{port}",
                f"--rsyncdir={pytester.path}",
                str(path),
            )
        finally:
            server.kill()


def test_hosts_reached_over_the_network_add_up(pytester: pytest.Pytester) -> None:
    """A socket worker stands for another machine; the conftest gives it another machine ID."""
    pytester.makeconftest(
        """
        import os
        from pytest_scer.workers import hosts

        hosts.is_this_machine = lambda address: False
        if os.environ.get("PYTEST_XDIST_WORKER") == "gw1":
            hosts.machine = lambda: "another"
        """
    )
    report = _beside_a_socket_worker(pytester)
    assert [host["label"] for host in report["session"]["hosts"]] == ["h0", "h1"]
    assert {test["host"] for test in report["tests"]} == {"h0", "h1"}
    _assert_adds_up(report["totals"])
    watts = float(report["meters"]["ram"]["source"].split()[0])
    ram_j = report["totals"]["energy_j"]["ram"]
    assert ram_j > watts * report["session"]["duration_s"]
    assert ram_j < 2 * watts * report["session"]["duration_s"]


def test_a_socket_worker_of_this_machine_shares_its_memory(pytester: pytest.Pytester) -> None:
    report = _beside_a_socket_worker(pytester)
    assert [host["label"] for host in report["session"]["hosts"]] == ["h0"]
    assert {test["worker"] for test in report["tests"]} == {"gw0", "gw1"}
    _assert_adds_up(report["totals"])
    watts = float(report["meters"]["ram"]["source"].split()[0])
    assert report["totals"]["energy_j"]["ram"] == pytest.approx(
        watts * report["session"]["duration_s"], rel=0.001
    )
    # They share a clock: each is charged at least half, and both together at most all of it.
    calls = [test["stages"]["call"] for test in report["tests"]]
    for call in calls:
        assert call["energy_j"]["ram"] >= 0.999 * watts / 2 * call["duration_s"]
    together_j = sum(call["energy_j"]["ram"] for call in calls)
    assert together_j <= watts * report["session"]["duration_s"]


@pytest.mark.parametrize("options", [("--scer-output=out.json",), ()], ids=["report", "marks"])
def test_workers_cannot_each_be_charged_the_whole_machine(
    pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    pytester.makepyfile(BURN)
    mode = "--scer-tracking-mode=machine"
    refused = pytester.runpytest_subprocess("-n2", mode, *options)
    assert refused.ret == 4
    text = refused.stdout.str() + refused.stderr.str()
    assert text.count("--scer-tracking-mode: machine: 2 workers run tests at the same time") == 1
    assert "INTERNALERROR" not in text
    assert not (pytester.path / "out.json").exists()
    pytester.runpytest_subprocess("-n1", mode, *options).assert_outcomes(passed=8)


def test_rows_of_the_report_are_in_json(pytester: pytest.Pytester, tmp_path: Path) -> None:
    pytester.makepyfile(BURN)
    report = _report(pytester, "-n2")
    assert report["session"]["workers"] == 2
    assert {test["worker"] for test in report["tests"]} <= {"gw0", "gw1"}
    assert report["meters"]["ram"]["tracking_mode"] == "machine"
