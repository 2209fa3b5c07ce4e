"""Servers as the meter of a process bills them; two processes are two names in the ledger."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from pytest_scer.meters.base import ABSENT, Meter, MeterFault
from pytest_scer.meters.cputime import ProcessTime
from pytest_scer.meters.hardware import HardwareMeter, Sources
from pytest_scer.meters.server_process import ServerProcess
from pytest_scer.workers import server_ledger, servers
from pytest_scer.workers.servers import Attached, Servers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such locks")


class Process:
    """A server whose CPU time is what a test says."""

    name, pids = "llama-server", [7]

    def __init__(self, key: str, *, below: int | None = None) -> None:
        self.key = key
        self.used_s = 50.0
        self.has_ended = False
        self._below = below

    def is_inside(self, ancestors: Iterable[int]) -> bool:
        return self._below in [*ancestors]

    def cpu_time_s(self) -> float:
        if self.has_ended:
            raise MeterFault("the server llama-server (PID 7) has ended")
        return self.used_s


class Time:
    """The CPU time of the test process itself."""

    met_children = False
    now_s = 10.0

    def read_s(self) -> float:
        return self.now_s

    def close(self) -> None: ...


class Machine:
    """Two test processes, A and B, on a machine with 4 W per busy thread."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._meters: list[HardwareMeter] = []
        self.time = Time()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        monkeypatch.setattr(server_ledger, "_is_alive", lambda _name: True)
        monkeypatch.setattr(servers, "PATIENCE_S", 0.0)

    def in_process(self, name: str) -> None:
        for module in (server_ledger, servers):
            self._monkeypatch.setattr(module, "account_name", lambda: name)

    def meter(self) -> HardwareMeter:
        sources = Sources(dict.fromkeys(("cpu", "gpu", "ram"), ABSENT), cpu_w_per_cpu_s=4.0)
        meter = HardwareMeter(sources, cast("ProcessTime", self.time))
        self._meters.append(meter)
        return meter

    def close(self) -> None:
        for meter in self._meters:
            meter.close()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    running = Machine(tmp_path, monkeypatch)
    running.in_process("1")
    yield running
    running.close()


def _open(known: Servers, process: Process) -> Attached:
    return known.open(cast("ServerProcess", process))


def test_a_reading_holds_what_the_server_used_during_the_call(machine: Machine) -> None:
    meter, process = machine.meter(), Process("a")
    known = Servers(meter, reports=True)
    start = meter.read()
    call = _open(known, process)
    process.used_s += 2.0
    machine.time.now_s += 1.0
    call.close()
    process.used_s += 9.0
    end = meter.read()
    assert end.cpu_time_s - start.cpu_time_s == pytest.approx(3.0)
    assert (end.cpu_j or 0) - (start.cpu_j or 0) == pytest.approx(12.0)
    assert call.billed == pytest.approx((2.0, 8.0))
    assert meter.host_totals().cpu_j == pytest.approx(12.0)
    assert known.unreported_j() == pytest.approx(8.0)
    assert known.unreported_j() == 0
    known.close()


def test_a_child_that_serves_is_not_the_test_s_own_use(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getpid", lambda: 4711)
    meter, process = machine.meter(), Process("b", below=4711)
    known = Servers(meter, reports=True)
    start = meter.read()
    call = _open(known, process)
    process.used_s += 2.0
    machine.time.now_s += 3.0  # a child's time is part of the process's
    call.close()
    middle = meter.read()
    assert middle.cpu_time_s - start.cpu_time_s == pytest.approx(3.0)
    process.used_s += 5.0
    machine.time.now_s += 5.0
    assert meter.read().cpu_time_s == pytest.approx(middle.cpu_time_s)  # nobody called
    assert meter.host_totals().cpu_j == pytest.approx(32.0)
    assert known.unreported_j() == 0
    known.close()


def test_two_processes_share_by_what_they_count(machine: Machine) -> None:
    process, read, calls, all_known = Process("c"), {}, {}, []
    for name in ("1", "2"):
        machine.in_process(name)
        meter = machine.meter()
        known = Servers(meter)
        all_known.append(known)
        calls[name], read[name] = _open(known, process), meter.read
    process.used_s += 8.0
    for name, tokens in (("1", 30.0), ("2", 10.0)):
        machine.in_process(name)
        calls[name].count({"token": tokens - 5, "prompt_token": 9, "cached_token": 4})
        calls[name].count({"request": 2})
        calls[name].close()
        calls[name].close()  # a second time is none
    for name, cpu_s in (("1", 6.0), ("2", 2.0)):
        machine.in_process(name)
        read[name]()
        assert calls[name].billed[0] == pytest.approx(cpu_s)
        assert calls[name].was_shared
    for known in all_known:
        known.close()


def test_a_server_that_ends_during_a_call_is_a_fault(machine: Machine) -> None:
    meter, process = machine.meter(), Process("d")
    known = Servers(meter)
    before = meter.read()
    call = _open(known, process)
    process.has_ended = True
    call.close()
    after = meter.read()
    assert after.cpu_epoch == before.cpu_epoch + 1
    assert after.cpu_fault == "the server llama-server (PID 7) has ended"
    assert meter.faults() == ["the server llama-server (PID 7) has ended"]
    known.close()


@pytest.mark.parametrize("content", ["no JSON", "[]", "{}", '{"accounts": {"1": 7}}'])
def test_a_damaged_ledger_is_a_fault_and_no_error(
    machine: Machine, tmp_path: Path, content: str
) -> None:
    meter = machine.meter()
    known = Servers(meter)
    call = _open(known, Process("e"))
    (ledger,) = tmp_path.glob("*/ledger")
    ledger.write_text(content)
    call.count({"token": 1})
    call.close()
    assert "damaged" in (meter.read().cpu_fault or "")
    known.close()


def test_the_last_process_removes_the_ledger(machine: Machine, tmp_path: Path) -> None:
    known = Servers(machine.meter())
    _open(known, Process("f")).close()
    assert list(tmp_path.iterdir())
    known.close()
    assert list(tmp_path.iterdir()) == []


def test_another_meter_bills_nothing(machine: Machine) -> None:
    meter: Any = object()
    known = Servers(cast("Meter", meter))
    call = _open(known, Process("g"))
    call.close()
    assert call.billed == (0.0, 0.0)
    known.close()
