"""Which server a request of a wrapped client is billed to, or who hosts its model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Thread
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_scer.core.sections import Units
from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.server_process import ServerProcess
from pytest_scer.recording import served_calls
from pytest_scer.recording.served_calls import counted
from pytest_scer.recording.serving import Attached, ServerCalls
from pytest_scer.recording.testrun import TestRun
from pytest_scer.report.served import ServerUse

USAGE = {"prompt_tokens": 5, "completion_tokens": 2}


class Process:
    """A server on this machine; its parent, if any, is a launcher."""

    def __init__(self, pid: int, parent: int = 1) -> None:
        self.key, self.pids, self.parent = str(pid), [pid], parent
        self.runs = True

    def is_running(self) -> bool:
        return self.runs

    def listens_on(self, _port: int) -> bool:
        return self.runs

    def is_part_of(self, pids: Sequence[int]) -> bool:
        return self.parent in pids


class Opened:
    """A server that a test opened: what was counted for it, and how it was closed."""

    def __init__(self, process: Process) -> None:
        self.key, self.pids = process.key, process.pids
        self.counted: list[Mapping[str, float]] = []
        self.closed: list[bool] = []
        self.left_out: list[ServerUse] = []
        self.use = ServerUse("llama-server", float(process.key))

    def count(self, units: Mapping[str, float]) -> None:
        self.counted.append(units)

    def close(self, *, wait: bool = True, failed: bool = False) -> None:
        del wait
        self.closed.append(failed)

    def leave_out(self, use: ServerUse) -> None:
        self.left_out.append(use)


class Running:
    """A test that runs, and the servers that listen on ports of this machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened: list[Opened] = []
        self.ports: dict[int, Process | None] = {}
        self.searches = 0
        self.units = Units()
        self.servers = ServerCalls()
        self.test: Any = SimpleNamespace(
            servers=self.servers,
            innermost_units=self.units,
            unmeasured=None,
            session=SimpleNamespace(servers=SimpleNamespace(get=lambda: self), ports={}),
        )
        monkeypatch.setattr(served_calls, "find_server", self._find)

    def _find(self, *, port: int) -> Process | None:
        self.searches += 1
        if port == 22:
            raise MeterFault("belongs to another user")
        if port not in self.ports:
            raise ValueError("nothing listens")
        return self.ports[port]

    def open(self, process: ServerProcess) -> Attached:
        opened = Opened(cast("Process", process))
        self.opened.append(opened)
        return opened

    def block(self, process: Process) -> Opened:
        """As ``carbon.server`` does."""
        opened = Opened(process)
        self.servers.opened(opened, block=True)
        return opened

    def client(self, url: str | None, provider: str | None = None) -> Any:
        class Client:
            base_url = url

            def create(self) -> Any:
                return {"usage": USAGE, "model": "served"}

        return counted(Client(), cast("TestRun", self.test), provider)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Running:
    return Running(monkeypatch)


HERE = "http://localhost:8080/v1"


def test_a_server_here_is_billed_while_the_request_takes(running: Running) -> None:
    running.ports[8080] = Process(7)
    running.client(HERE).create()
    (opened,) = running.opened
    assert opened.counted == [{"request": 1, "prompt_token": 5, "token": 2}]
    assert opened.closed == [False]
    assert running.units.counts == {"request": 1, "prompt_token": 5, "token": 2}
    assert running.servers.uses() == [opened.use]
    running.servers.end()
    assert opened.closed == [False]  # once


def test_a_server_may_start_after_its_client_was_wrapped_and_start_again(running: Running) -> None:
    client = running.client(HERE)
    running.ports[8080] = first = Process(7)
    client.create()
    first.runs = False
    running.ports[8080] = Process(8)
    client.create()
    client.create()
    assert [opened.key for opened in running.opened] == ["7", "8", "8"]
    running.client(HERE).create()  # a client of another test
    assert running.searches == 2  # each looks at all processes of the machine
    assert running.servers.uses()[1] is running.opened[1].use  # since it was called first
    assert running.test.unmeasured is None


@pytest.mark.parametrize(
    ("block", "is_its_own"),
    [(Process(7), True), (Process(3), True), (Process(9), False)],
    ids=["the server itself", "its launcher", "another server"],
)
def test_a_block_bills_only_its_own_server(
    running: Running, block: Process, is_its_own: bool
) -> None:
    running.ports[8080] = Process(7, parent=3)
    opened = running.block(block)
    running.client(HERE).create()
    assert bool(opened.counted) is is_its_own
    assert bool(running.opened) is not is_its_own


def test_a_client_without_an_address_is_counted_for_the_block(running: Running) -> None:
    opened = running.block(Process(9))
    running.client(None).create()
    assert len(opened.counted) == 1


def test_a_host_name_that_is_not_known_to_be_here_belongs_to_the_block(running: Running) -> None:
    opened = running.block(Process(9))
    running.client("http://model.internal/v1").create()
    assert len(opened.counted) == 1
    assert running.test.unmeasured is None


@pytest.mark.parametrize(
    ("url", "provider", "named"),
    [
        ("https://api.openai.com/v1", None, "openai"),
        (HERE, "mistralai", "mistralai"),
        (None, "mistralai", "mistralai"),
    ],
    ids=["known host", "gateway here", "function"],
)
def test_a_hosted_model_is_in_no_figure_even_in_a_block(
    running: Running, url: str | None, provider: str | None, named: str
) -> None:
    running.ports[8080] = Process(7)
    block = running.block(Process(9))
    running.client(url, provider).create()
    assert block.counted == []
    assert f"hosted by {named}" in running.test.unmeasured
    (request,) = running.servers.hosted
    assert (request.provider, request.model, request.tokens) == (named, "served", 2)
    assert not running.servers.has_unseen
    assert running.units.counts["token"] == 2


def test_a_hosted_model_that_counts_nothing_has_unknown_tokens(running: Running) -> None:
    ask: Callable[[], Any] = counted(lambda: {"model": "gpt"}, running.test, "openai")
    ask()
    assert running.servers.hosted[0].tokens is None


@pytest.mark.parametrize("port", [22, 80])
def test_a_server_here_that_cannot_be_seen_leaves_no_figure(running: Running, port: int) -> None:
    running.client(f"http://localhost:{port}").create()
    assert "the server of a wrapped client" in running.test.unmeasured
    assert running.servers.has_unseen
    assert running.units.counts["request"] == 1


def test_in_a_block_the_test_says_which_server_it_calls(running: Running) -> None:
    opened = running.block(Process(9))
    running.client("http://localhost:22").create()
    assert len(opened.counted) == 1
    assert running.test.unmeasured is None


def test_an_http_client_says_with_each_request_where_it_goes(running: Running) -> None:
    running.ports[8080] = Process(7)

    class Http:
        def post(self, url: str) -> Any:
            return {"usage": USAGE, "url": url}

    client = counted(Http(), running.test, None)
    client.post(HERE)
    client.post("/v1")
    assert [opened.key for opened in running.opened] == ["7"]


def test_a_thread_of_the_test_is_its_own(running: Running) -> None:
    running.ports[8080] = None
    running.client(HERE).create()
    assert running.opened == []
    assert running.test.unmeasured is None


def test_requests_of_several_threads_are_all_counted(running: Running) -> None:
    running.ports[8080] = Process(7)
    client = running.client(HERE)

    def ask() -> None:
        for _ in range(50):
            client.create()

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert running.units.counts["token"] == 400
    assert all(opened.closed == [False] for opened in running.opened)


def test_what_servers_use_while_a_test_runs_again_is_left_out(running: Running) -> None:
    opened = running.block(Process(9))
    with running.servers.left_out():
        before = opened.use
        opened.use = ServerUse("llama-server", 70.0)
    assert opened.left_out == [before]
