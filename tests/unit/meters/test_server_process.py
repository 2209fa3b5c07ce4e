from __future__ import annotations

import os
import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.server_process import find_server

SERVE = """
import socket, sys
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
sys.stdin.read()
"""


def test_a_server_is_found_by_process_id_and_port() -> None:
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as popen:
        assert popen.stdout is not None
        port = int(popen.stdout.readline())
        for found in (find_server(popen), find_server(pid=popen.pid), find_server(port=port)):
            assert found is not None
            assert found.pids == [popen.pid]
            assert found.cpu_time_s() > 0
            assert found.is_inside([os.getpid()])
            assert not found.is_inside([2**22])
        popen.kill()
        popen.wait()
        assert found is not None
        with pytest.raises(MeterFault, match="has ended"):
            found.cpu_time_s()
        with pytest.raises(ValueError, match="has ended"):
            find_server(popen)


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
        ({"popen": object()}, TypeError),
        ({"pid": 2**70}, ValueError),
        ({"pid": os.getppid()}, ValueError),
    ],
)
def test_mistakes_are_refused(which: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=r"carbon\.server\("):
        find_server(**which)


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
