"""CPU seconds of this process and its children."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from pytest_scer.meters import cputime
from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.cputime import ProcessTime, machine_cpu_time_s
from pytest_scer.system import System

# A child uses this much CPU time by its own clock, prints a line, and waits.
BURN_S = 0.3
# Reading the clock uses CPU time of this process, which the tests subtract.
SEEN_S = 0.9 * BURN_S
BURN = f"""
import time
while time.process_time() < {BURN_S}: pass
print(flush=True)
input()
"""
# The parent of this child uses almost no CPU time itself.
GRANDCHILD = f"""
import subprocess, sys
pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child = subprocess.Popen([sys.executable, "-c", {BURN!r}], **pipes)
child.stdout.readline()
print(flush=True)
input()
child.kill()
child.wait()
child.stdin.close()
child.stdout.close()
"""

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists live children")


@pytest.fixture
def clock() -> Iterator[ProcessTime]:
    clock = ProcessTime()
    yield clock
    clock.close()


@contextmanager
def burning(program: str) -> Iterator[None]:
    """A child that has used its CPU time, alive while the block runs and reaped afterwards."""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        yield
        child.communicate(b"\n")


def test_the_own_process_is_counted(clock: ProcessTime) -> None:
    before_s, start_s = clock.read_s(), time.process_time()  # in this order: reading takes time
    while time.process_time() < start_s + 0.05:
        pass
    assert clock.read_s() - before_s >= 0.05


@on_linux
@pytest.mark.parametrize("program", [BURN, GRANDCHILD], ids=["child", "grandchild"])
def test_a_live_child_is_counted_and_stays_counted_once_it_is_reaped(
    clock: ProcessTime, program: str
) -> None:
    before_s, own_before_s = clock.read_s(), time.process_time()
    with burning(program):
        alive_s = clock.read_s() - before_s - (time.process_time() - own_before_s)
        assert alive_s >= SEEN_S
    reaped_s = clock.read_s() - before_s - (time.process_time() - own_before_s)
    assert reaped_s >= alive_s * 0.95  # the next line fails if it is counted twice
    assert reaped_s < alive_s + BURN_S


@on_linux
def test_a_child_of_another_thread_is_counted(clock: ProcessTime) -> None:
    before_s, own_before_s = clock.read_s(), time.process_time()
    seen_s: list[float] = []

    def work() -> None:
        with burning(BURN):
            seen_s.append(clock.read_s() - before_s - (time.process_time() - own_before_s))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen_s[0] >= SEEN_S


@on_linux
def test_live_children_are_named(clock: ProcessTime) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in clock.live_children()
        child.communicate(b"\n")
    assert child.pid not in clock.live_children()


def test_the_clock_never_runs_backwards(
    clock: ProcessTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_s = System.process_time()
    told = iter([own_s + amount for amount in (10.0, 4.0, 4.0, 5.0)])
    monkeypatch.setattr(System, "process_time", lambda: next(told))
    first_s = clock.read_s()
    # The time seen of a child that was never waited for stays counted ...
    assert clock.read_s() == first_s
    # ... and later time is added to it.
    assert clock.read_s() == pytest.approx(first_s + 1.0)


def test_without_a_list_of_children_it_counts_those_that_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "pytest_scer.meters.cputime.LiveChildren", lambda: (_ for _ in ()).throw(OSError)
    )
    clock = ProcessTime()
    assert clock.live_children() == []
    assert "children that ended" in clock.detail
    before_s = clock.read_s()
    with burning(BURN):
        pass
    assert clock.read_s() - before_s >= SEEN_S
    clock.close()


def running(program: str = "input()") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)


@on_linux
@pytest.mark.parametrize("call", ["listdir", "open", "read"])
@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EIO])
def test_children_whose_time_cannot_be_read_are_a_fault(
    clock: ProcessTime, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with running() as child:
        before_s = clock.read_s()
        monkeypatch.setattr(System, call, fail)
        for _ in range(2):
            with pytest.raises(MeterFault, match=f"child processes: {os.strerror(code)}"):
                clock.read_s()
        assert clock.live_children() == []
        monkeypatch.undo()
        assert clock.read_s() >= before_s
        child.communicate(b"\n")


@on_linux
def test_a_child_that_proc_hides_is_a_fault(
    clock: ProcessTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a child of another user, where /proc is mounted with hidepid=2."""

    def hidden(pid: int) -> float:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    with running() as child:
        monkeypatch.setattr(cputime, "_reaped_by", hidden)
        with pytest.raises(MeterFault, match="child processes: No such file"):
            clock.read_s()
        child.communicate(b"\n")
    clock.read_s()  # it has ended


@on_linux
def test_what_tests_replace_does_not_matter(
    clock: ProcessTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_s, own_before_s = clock.read_s(), time.process_time()
    with burning(BURN):
        monkeypatch.setattr(os, "listdir", lambda *_: [])
        monkeypatch.setattr(sys, "platform", "win32")
        seen_s = clock.read_s() - before_s
        monkeypatch.undo()
        assert seen_s - (time.process_time() - own_before_s) >= SEEN_S


def test_the_machine_uses_cpu_time() -> None:
    before_s = machine_cpu_time_s()
    times = psutil.cpu_times()
    assert 0 < before_s <= sum(times) - times.idle


def test_a_machine_that_does_not_tell_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(System, "open", fail)
    monkeypatch.setattr(psutil, "cpu_times", fail)
    with pytest.raises(MeterFault, match=r"CPU time of the machine: .*Too many open files"):
        machine_cpu_time_s()


def test_a_system_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    before_s = machine_cpu_time_s()
    monkeypatch.setattr(cputime, "ON_LINUX", False)
    assert machine_cpu_time_s() >= before_s - 1
