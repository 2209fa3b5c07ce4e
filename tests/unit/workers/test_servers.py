"""Servers as the meter of a process bills them; two processes are two names in the ledger."""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest

from pytest_scer.meters.base import ABSENT, Meter, MeterFault
from pytest_scer.meters.cputime import ProcessTime
from pytest_scer.meters.hardware import HardwareMeter, Sources
from pytest_scer.meters.server_process import ServerProcess
from pytest_scer.meters.stepped import SteppedComponent
from pytest_scer.workers import server, server_ledger, servers
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

    def is_part_of(self, pids: Iterable[int]) -> bool:
        return self._below in [*pids]

    def tree(self) -> set[int]:
        return {7, 8}

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


class Gpu:
    """The counter of a GPU that two test processes share evenly."""

    window_s = 60.0
    noise_j = 0.0
    epoch = 0
    cause = None
    total_j = 0.0

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.now_j = 500.0

    def read_j(self, _time_s: float, _cpu_time_s: float, *, force: bool = False) -> float:
        del force
        return self.now_j / 2

    def warm_up(self, _cpu_time_s: object) -> None: ...

    def begin_total(self) -> None: ...


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
        for module in (server_ledger, server):
            self._monkeypatch.setattr(module, "account_name", lambda: name)

    def meter(self, gpu: Gpu | None = None, *, wants_gpus: bool = True) -> HardwareMeter:
        infos = dict.fromkeys(("cpu", "gpu", "ram"), ABSENT)
        if gpu is not None:
            infos["gpu"] = replace(ABSENT, devices=((0, "Simulated GPU"),))
        sources = Sources(
            infos,
            cpu_w_per_cpu_s=4.0,
            gpu_counter=cast("SteppedComponent", gpu),
            wants_gpus=wants_gpus,
        )
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
    assert (call.use.cpu_time_s, call.use.energy_j) == pytest.approx((2.0, 8.0))
    assert call.use.gpu_energy_j is None
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
        assert calls[name].use.cpu_time_s == pytest.approx(cpu_s)
        assert calls[name].use.shared
    process.used_s += 5.0  # while nobody calls
    later = _open(all_known[1], process)
    process.used_s += 1.0
    later.close()
    read["2"]()
    assert later.use.cpu_time_s == pytest.approx(1.0)
    assert not later.use.shared
    for known in all_known:
        known.close()


def test_a_call_that_fails_pays_for_its_time_and_not_by_requests(machine: Machine) -> None:
    process, read, calls, all_known = Process("m"), {}, {}, []
    for name in ("1", "2"):
        machine.in_process(name)
        meter = machine.meter()
        known = Servers(meter)
        all_known.append(known)
        calls[name], read[name] = _open(known, process), meter.read
    process.used_s += 6.0
    machine.in_process("1")
    calls["1"].close(failed=True)
    machine.in_process("2")
    calls["2"].count({"request": 2})
    calls["2"].close()
    for name in ("1", "2"):
        machine.in_process(name)
        read[name]()
        assert calls[name].use.cpu_time_s == pytest.approx(3.0)
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


@pytest.mark.parametrize("content", ["", "no JSON", "[]", "{}", '{"accounts": {"1": 7}}'])
def test_a_damaged_ledger_is_a_fault_once_and_no_error(
    machine: Machine, tmp_path: Path, content: str
) -> None:
    meter, process = machine.meter(), Process("e")
    known = Servers(meter)
    before = meter.read()
    call = _open(known, process)
    (ledger,) = tmp_path.glob("*/ledger")
    ledger.write_text(content)
    call.count({"token": 1})
    call.close()
    damaged = meter.read()
    assert damaged.cpu_epoch > before.cpu_epoch
    assert "killed while it wrote" in (damaged.cpu_fault or "")
    call = _open(known, process)
    process.used_s += 2.0
    call.close()
    assert meter.read().cpu_epoch == damaged.cpu_epoch
    assert call.use.cpu_time_s == pytest.approx(2.0)
    _open(known, process).close()
    ledger.write_text(content)  # before the call was read
    assert meter.read().cpu_epoch == damaged.cpu_epoch + 1
    assert meter.read().cpu_epoch == damaged.cpu_epoch + 1
    known.close()


def test_gpus_that_two_processes_share_evenly_are_shared_by_what_they_count(
    machine: Machine,
) -> None:
    process, gpu, read, calls, start, all_known = Process("h"), Gpu(), {}, {}, {}, []
    for name in ("1", "2"):
        machine.in_process(name)
        meter = machine.meter(gpu)
        known = Servers(meter)
        all_known.append(known)
        read[name] = meter.read
        calls[name] = _open(known, process)
        start[name] = meter.read().gpu_j or 0.0
    process.used_s += 8.0
    gpu.now_j += 100.0
    for name, tokens in (("1", 30.0), ("2", 10.0)):
        machine.in_process(name)
        calls[name].count({"token": tokens})
        calls[name].close()
    for name, gpu_j in (("1", 75.0), ("2", 25.0)):
        machine.in_process(name)
        assert (read[name]().gpu_j or 0.0) - start[name] == pytest.approx(gpu_j)
        assert calls[name].use.gpu_energy_j == pytest.approx(gpu_j)
    for known in all_known:
        known.close()


def test_the_gpus_of_a_single_caller_are_charged_as_ever(machine: Machine) -> None:
    gpu = Gpu()
    meter, process = machine.meter(gpu), Process("i")
    known = Servers(meter)
    start = meter.read()
    gpu.now_j += 6.0
    call = _open(known, process)
    process.used_s += 1.0
    gpu.now_j += 10.0
    other = _open(known, process)
    gpu.now_j += 2.0
    other.close()
    call.close()
    gpu.now_j += 4.0
    assert (meter.read().gpu_j or 0.0) - (start.gpu_j or 0.0) == pytest.approx(11.0)
    assert call.use.gpu_energy_j == pytest.approx(6.0)
    _open(known, process)
    gpu.now_j = math.nan
    assert math.isnan(meter.read().gpu_j or 0.0)
    gpu.now_j = 900.0  # of which nobody knows how much was used during the fault
    meter.read()
    gpu.now_j += 8.0
    meter.read()
    assert call.use.gpu_energy_j == pytest.approx(10.0)
    known.close()


@pytest.mark.parametrize(
    ("pid", "index", "wanted", "fault"),
    [(8, 1, True, "GPU 1"), (8, 0, True, None), (9, 1, True, None), (8, 1, False, None)],
    ids=["a child of the server on a hidden GPU", "a metered GPU", "somebody else", "no GPUs"],
)
def test_a_server_on_a_gpu_that_is_not_metered_leaves_no_figure(
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    pid: int,
    index: int,
    wanted: bool,
    fault: str | None,
) -> None:
    monkeypatch.setattr(servers, "gpu_count", lambda: 2)
    monkeypatch.setattr(servers, "processes_on", lambda gpu: {pid} if gpu == index else set())
    meter = machine.meter(Gpu(), wants_gpus=wanted)
    known = Servers(meter)
    before = meter.read()
    _open(known, Process("j")).close()
    after = meter.read()
    assert (after.cpu_epoch > before.cpu_epoch) is (fault is not None)
    assert (fault or "") in (after.cpu_fault or "")
    known.close()


def test_what_is_billed_while_a_test_runs_again_is_left_out(machine: Machine) -> None:
    meter, process = machine.meter(), Process("k")
    known = Servers(meter)
    call = _open(known, process)
    process.used_s += 2.0
    call.close()
    meter.read()
    before = call.use
    again = _open(known, process)
    process.used_s += 5.0
    again.close()
    meter.read()
    call.leave_out(before)
    assert (call.use.cpu_time_s, call.use.energy_j) == pytest.approx((2.0, 8.0))
    known.close()


def test_a_client_may_call_from_several_threads(machine: Machine) -> None:
    meter, process = machine.meter(), Process("l")
    known = Servers(meter)
    start = meter.read()
    calls = [_open(known, process) for _ in range(8)]
    process.used_s += 4.0

    def answer(call: Attached) -> None:
        for _ in range(20):
            call.count({"token": 1})
        call.close()

    threads = [Thread(target=answer, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.read().cpu_time_s - start.cpu_time_s == pytest.approx(4.0)
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
    assert (call.use.cpu_time_s, call.use.energy_j) == (0.0, 0.0)
    known.close()
