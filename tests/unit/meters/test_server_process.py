from __future__ import annotations

import os
import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from pytest_scer.meters import server_process
from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.server_process import find_server

SERVE = """
import socket, sys
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
sys.stdin.read()
"""


def test_a_server_is_found_by_process_id_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as popen:
        assert popen.stdout is not None
        port = int(popen.stdout.readline())
        marks: list[dict[str, Any]] = [{"pid": popen.pid}, {"port": port}]
        numbers = [find_server(popen.pid), find_server(port)]
        for found in (find_server(popen), *numbers, *(find_server(**mark) for mark in marks)):
            assert found is not None
            assert found.pids == [popen.pid]
            assert found.cpu_time_s() > 0
            assert found.listens_on(port)
            assert not found.listens_on(port - 1)
            assert popen.pid in found.tree()
            assert found.is_part_of([os.getpid()])
            assert not found.is_part_of([2**22])
        with monkeypatch.context() as patch:  # its process ID is its port, too
            patch.setattr(server_process, "_listeners", lambda _port: ({popen.pid}, False))
            assert find_server(popen.pid) is not None
        popen.kill()
        assert found is not None
        if sys.platform == "linux":
            os.waitid(os.P_PID, popen.pid, os.WEXITED | os.WNOWAIT)
            assert not found.is_running()  # ended, but nobody has waited for it
        popen.wait()
        assert not found.listens_on(port)
        assert not found.is_part_of([os.getpid()])
        with pytest.raises(MeterFault, match="has ended"):
            found.cpu_time_s()
        with pytest.raises(ValueError, match="has ended"):
            find_server(popen)


def test_a_number_that_could_be_either_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.getsockname()[1]
        monkeypatch.setattr(psutil, "pid_exists", lambda pid: pid == number)
        with pytest.raises(ValueError, match=f"write pid={number} or port={number}"):
            find_server(number)
    with pytest.raises(ValueError, match="no process with this ID"):
        find_server(2**70)


def test_a_thread_of_this_process_is_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert find_server(port=listening.getsockname()[1]) is None
    assert find_server(pid=os.getpid()) is None


@pytest.mark.parametrize(
    ("which", "error"),
    [
        ({}, TypeError),
        ({"pid": 1, "port": 2}, TypeError),
        ({"pid": True}, TypeError),
        ({"port": -1}, TypeError),
        ({"pid": 2**70}, ValueError),
        ({"pid": os.getppid()}, ValueError),
    ],
)
def test_mistakes_are_refused(which: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=r"carbon\.server\("):
        find_server(**which)


@pytest.mark.parametrize("server", [object(), 7.5, "8080", True, -1])
def test_what_is_no_server_is_refused(server: Any) -> None:
    with pytest.raises(TypeError, match=r"carbon\.server\("):
        find_server(server)


def _listening(monkeypatch: pytest.MonkeyPatch, pid: int | None) -> None:
    listening = SimpleNamespace(
        status=psutil.CONN_LISTEN, laddr=SimpleNamespace(port=8080), pid=pid
    )
    monkeypatch.setattr(psutil, "net_connections", lambda **_: [listening])


def test_a_server_of_another_user_cannot_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    _listening(monkeypatch, None)
    with pytest.raises(MeterFault, match="another user or container"):
        find_server(port=8080)


def test_a_proxy_for_a_container_is_not_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVE], stdin=subprocess.PIPE) as popen:
        _listening(monkeypatch, popen.pid)
        monkeypatch.setattr(psutil.Process, "name", lambda _self: "docker-proxy")
        with pytest.raises(MeterFault, match="docker inspect"):
            find_server(port=8080)
        popen.kill()
