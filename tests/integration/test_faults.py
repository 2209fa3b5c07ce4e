"""Figures that cannot be read are missing, never zero, and never an error of the user's test."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from inner_sessions import XDIST, without_other_plugins
from suite import Suite

from pytest_scer.cli import main

CHILDREN = """
import os, subprocess, sys
import pytest

pytestmark = pytest.mark.scer("1 MJ")
PROGRAM = "sum(range(3_000_000)); print(flush=True); input()"

@pytest.fixture
def child():
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", PROGRAM], **pipes) as running:
        running.stdout.readline()
        yield running
        running.communicate(b"\\n")

@pytest.fixture
def no_descriptors():
    taken = []
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    yield
    for descriptor in taken:
        os.close(descriptor)

def test_of_a_child(child):
    pass

def test_without_descriptors(child, no_descriptors):
    pass

def test_without_descriptors_or_children(no_descriptors):
    pass

def test_afterwards(child):
    pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists live children")
@pytest.mark.parametrize("workers", [[], ["-n2"]], ids=["alone", "-n2"])
def test_children_whose_cpu_time_cannot_be_read(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: list[str]
) -> None:
    if workers:
        pytest.importorskip("xdist")
    monkeypatch.setenv("PYTEST_ADDOPTS", without_other_plugins(*XDIST))
    pytester.makepyfile(CHILDREN)
    result = pytester.runpytest_subprocess("--scer-report", "--scer-output=out.json", *workers)
    assert result.ret == 0, str(result.stdout)
    result.assert_outcomes(passed=4, warnings=1)
    report: dict[str, Any] = json.loads((pytester.path / "out.json").read_text())
    tests = {test["nodeid"].rpartition("::")[2]: test for test in report["tests"]}
    failed = tests.pop("test_without_descriptors")
    assert failed["unmeasured"] == "CPU time of child processes: Too many open files"
    assert failed["budgets"][0]["verdict"] == "unmeasured"
    assert failed["measurement"]["energy_j"]["cpu"] is None
    assert failed["measurement"]["energy_j"]["total"] is None
    assert failed["measurement"]["energy_j"]["ram"] > 0
    assert failed["measurement"]["cpu_time_s"] is None
    for test in tests.values():
        assert test["unmeasured"] is None
        assert test["budgets"][0]["verdict"] == "ok"
        assert test["measurement"]["energy_j"]["cpu"] > 0
    assert any("Too many open files" in warning for warning in report["warnings"])
    parts = [report["totals"][f"{part}_energy_j"] for part in ("tests", "fixtures", "overhead")]
    assert sum(parts) == pytest.approx(report["totals"]["energy_j"]["total"])
    assert min(parts) >= 0
    assert main(["show", str(pytester.path / "out.json")]) == 0


def test_a_meter_of_another_plugin_that_raises(suite: Suite) -> None:
    suite.conftest(
        """
        class Broken(simulation.SimulatedMeter):
            raises = False

            def read(self, *, force=False):
                if self.raises:
                    raise RuntimeError("the cable is out")
                return super().read(force=force)

            def host_totals(self):
                if self.raises:
                    raise RuntimeError("the cable is out")
                return super().host_totals()

        simulation.meter.__class__ = Broken
        """
    )
    ran = suite.measure(
        """
        @pytest.mark.scer("9 J")
        def test_before(): spend(cpu=5)

        @pytest.mark.scer("9 J")
        def test_breaks():
            spend(cpu=5)
            meter.raises = True

        @pytest.mark.scer("9 J")
        def test_broken(carbon):
            with carbon.measure("part") as part:
                spend(cpu=5)
            assert part.energy.cpu != part.energy.cpu  # NaN
            carbon(spend, cpu=1)

        @pytest.mark.scer("9 J")
        def test_recovers():
            meter.raises = False

        @pytest.mark.scer("9 J")
        def test_after(): spend(cpu=5)
        """,
        "--scer-report",
    )
    ran.passed(passed=5, warnings=3)
    assert ran.exit_status == 0
    for name in ("test_breaks", "test_broken", "test_recovers"):
        assert ran.verdicts(name) == ["unmeasured"]
        assert ran.test(name)["unmeasured"] == "RuntimeError: the cable is out"
        assert ran.joules(name) is None
    for name in ("test_before", "test_after"):
        assert ran.verdicts(name) == ["ok"]
        assert ran.joules(name) == 5
    assert any("the cable is out" in warning for warning in ran.json["warnings"])
