"""Servers that are no children of the tests: billed to those who call them, and only once."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import burning_server
import pytest
from burning_server import BurningServer
from inner_sessions import XDIST, without_other_plugins
from suite import Suite

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's clocks of processes")

HELPERS = """
import json, os, urllib.request
import pytest

PORT, PID = int(os.environ["SERVER_PORT"]), int(os.environ["SERVER_PID"])

def _send(url, data=None):
    with urllib.request.urlopen(urllib.request.Request(url, data)) as response:
        return json.load(response)

def ask(port=PORT, **asked):
    return _send(f"http://127.0.0.1:{port}/v1/chat/completions", json.dumps(asked).encode())

def used(port=PORT):
    return _send(f"http://127.0.0.1:{port}/")["used"]
"""

SUITE = """
import os, subprocess, sys, time
import pytest
from helpers import PID, PORT, ask, used

def _bills(carbon, *number, **which):
    outside = used()
    with carbon.server(*number, **which) as server:
        inside = used()
        ask(cpu=0.05)
        inside = used() - inside
        assert server.server_cpu_time >= inside - 0.01
        so_far = server.energy.cpu
    outside = used() - outside
    assert inside - 0.01 <= server.server_cpu_time <= outside
    assert 0 < so_far <= server.energy.cpu
    assert 0 < server.server_energy < server.energy.cpu
    final = server.server_cpu_time
    ask(cpu=0.01)
    assert server.server_cpu_time == final

def test_by_port(carbon):
    _bills(carbon, port=PORT)

def test_by_number(carbon):
    _bills(carbon, PORT)

def test_by_process_id(carbon):
    _bills(carbon, pid=PID)

def test_a_child_is_billed_once(carbon):
    import burning_server
    child = burning_server.start()
    try:
        with carbon.server(child.process) as server, carbon.measure("all") as section:
            ask(child.port, cpu=0.05)
        own = section.measurement.cpu_time_s - server.server_cpu_time
        assert server.server_cpu_time >= 0.05
        assert own < 0.05 or own < section.duration
    finally:
        child.end()

def test_a_wrapped_client_is_counted_and_billed_without_a_block(carbon):
    class Client:
        base_url = f"http://localhost:{PORT}/v1"

        def create(self, **asked):
            return ask(**asked)

    client = carbon.openai(Client())
    for tokens in (3, 4):
        assert client.create(cpu=0.02, tokens=tokens)["usage"]["completion_tokens"] == tokens
    with pytest.raises(TypeError):
        client.create(cpu="not a number", tokens=object())

def test_a_block_and_a_wrapped_function_count_once(carbon):
    with carbon.server(port=PORT):
        carbon.openai(ask)(cpu=0.02, tokens=7)

@pytest.mark.scer("1 uJ per token", on_exceed="warn")
def test_a_budget_per_token_reads_the_server(carbon):
    with carbon.server(port=PORT):
        carbon.openai(ask)(cpu=0.3, tokens=1)

def test_children_of_the_server_that_exit(carbon):
    with carbon.server(port=PORT) as server:
        ask(cpu=0.2, child=True)
    assert server.server_cpu_time >= 0.18  # in ticks of 10 ms

def test_clients_of_openai(carbon):
    try:
        import asyncio, openai
    except ImportError:
        return
    its = {"base_url": f"http://127.0.0.1:{PORT}/v1", "api_key": "none"}
    asked = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
    with carbon.openai(openai.OpenAI(**its)) as client:
        client.chat.completions.create(**asked, extra_body={"cpu": 0.05, "busy": True})

    async def ask_twice():
        async with carbon.openai(openai.AsyncOpenAI(**its)) as client:
            create = client.chat.completions.create
            await asyncio.gather(*(create(**asked, extra_body={"cpu": 0.05}) for _ in range(2)))

    asyncio.run(ask_twice())
    raw = carbon.openai(openai.OpenAI(**its)).chat.completions.with_raw_response
    assert raw.create(**asked).parse().usage.completion_tokens == 10

def test_repeats(carbon):
    with carbon.server(port=PORT):
        carbon(ask, cpu=0.02)

def test_nobody_calls(carbon):
    ask(cpu=0.05)

def test_a_server_that_ends_leaves_no_figure(carbon, tmp_path):
    # Not a child: its parent has ended.
    code = ("import subprocess, sys; sys.path[:0] = %r; import burning_server; "
            "server = burning_server.start(); print(server.process.pid, server.port)") % (sys.path,)
    out = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True).stdout
    pid, port = map(int, out.split())
    with carbon.server(port=port):
        os.kill(pid, 9)
        while os.path.exists(f"/proc/{pid}"):
            time.sleep(0.01)

def test_mistakes_are_named(carbon):
    for which, error, text in [
        ({}, TypeError, "needs one of"),
        ({"pid": PID, "port": PORT}, TypeError, "needs one of"),
        ({"pid": "7"}, TypeError, "pid='7'"),
        ({"port": 1}, ValueError, "nothing on this machine listens"),
        ({"pid": 2**22 + 1}, ValueError, "no such process"),
        ({"pid": os.getppid()}, ValueError, "this test runs in the process"),
    ]:
        with pytest.raises(error, match=text), carbon.server(**which):
            pass

def test_a_thread_of_the_test_is_its_own(carbon):
    import socket
    with socket.create_server(("127.0.0.1", 0)) as listening:
        with carbon.server(port=listening.getsockname()[1]) as server:
            pass
    assert server.server_cpu_time == 0

@pytest.mark.scer("1 kJ")
def test_a_hosted_model(carbon):
    class Client:
        base_url = "https://api.example.org/v1"

        def create(self, model):
            return {"model": model, "usage": {"prompt_tokens": 5, "completion_tokens": 20}}

    carbon.openai(Client()).create(model="gpt-4o-mini")

def test_a_call_that_is_never_ended(carbon):
    carbon.open_block = carbon.server(port=PORT)
    carbon.open_block.__enter__()

def test_after_it_nothing_is_billed(carbon):
    ask(cpu=0.05)
"""

Tests = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def server() -> Iterator[BurningServer]:
    """A server that the inner sessions did not start."""
    running = burning_server.start()
    yield running
    running.end()


@pytest.fixture
def inner(
    pytester: pytest.Pytester, server: BurningServer, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_ADDOPTS", without_other_plugins(*XDIST))
    monkeypatch.setenv("SERVER_PORT", str(server.port))
    monkeypatch.setenv("SERVER_PID", str(server.process.pid))
    monkeypatch.syspath_prepend(str(Path(burning_server.__file__).parent))
    monkeypatch.setenv("PYTHONPATH", str(Path(burning_server.__file__).parent), prepend=":")
    pytester.makepyfile(helpers=HELPERS)
    return pytester


def _tests(folder: Path) -> tuple[Tests, dict[str, Any]]:
    report = json.loads((folder / "out.json").read_text())
    return {test["nodeid"].partition("::")[2]: test for test in report["tests"]}, report


def test_a_server_is_billed_to_the_tests_that_call_it(inner: pytest.Pytester) -> None:
    inner.makepyfile(SUITE)
    result = inner.runpytest_subprocess("--scer-report", "--scer-output=out.json", "-W", "ignore")
    result.assert_outcomes(passed=SUITE.count("def test_"))
    tests, report = _tests(inner.path)

    for name in ("test_by_port", "test_by_number", "test_by_process_id", "test_repeats"):
        (use,) = tests[name]["servers"]
        assert use["name"] == "burning_server.py"
        assert use["cpu_time_s"] >= 0.04
        assert use["energy_j"] > 0
        assert not use["shared"]
        assert tests[name]["stages"]["call"]["cpu_time_s"] >= use["cpu_time_s"]

    wrapped = tests["test_a_wrapped_client_is_counted_and_billed_without_a_block"]
    assert wrapped["units"] == {"request": 2, "prompt_token": 10, "token": 7}
    assert wrapped["servers"][0]["cpu_time_s"] >= 0.04
    openai = tests["test_clients_of_openai"]
    if find_spec("openai") is not None:
        assert openai["units"] == {"request": 4, "prompt_token": 20, "token": 40}
        assert openai["servers"][0]["cpu_time_s"] >= 0.2  # the attempt that was refused included
    once = tests["test_a_block_and_a_wrapped_function_count_once"]
    assert once["units"] == {"request": 1, "prompt_token": 5, "token": 7}
    assert len(once["servers"]) == 1
    (budget,) = tests["test_a_budget_per_token_reads_the_server"]["budgets"]
    assert budget["verdict"] == "exceeded"

    for name in ("test_nobody_calls", "test_after_it_nothing_is_billed", "test_mistakes_are_named"):
        assert tests[name]["servers"] == []
    assert "has ended" in tests["test_a_server_that_ends_leaves_no_figure"]["unmeasured"]

    hosted = tests["test_a_hosted_model"]
    assert "its model is on another machine" in hosted["unmeasured"]
    assert hosted["budgets"][0]["verdict"] == "unmeasured"
    (use,) = hosted["hosted"]
    assert (use["provider"], use["model"], use["tokens"]) == ("unknown provider", "gpt-4o-mini", 20)
    assert use["energy_j"] is None
    assert report["totals"]["hosted"]["missing"] == 1
    assert "example.org" not in json.dumps(report)  # it may be a host of a private network

    _adds_up(report["totals"])


SHARED = """
import pathlib, time
import pytest
import pytest_scer.workers.servers
from helpers import PORT, ask

pytest_scer.workers.servers.PATIENCE_S = 60.0

def meet(name):
    place = pathlib.Path(__file__).with_name(name)
    with place.open("a") as file:
        file.write("x")
    while len(place.read_text()) < 2:
        time.sleep(0.01)

@pytest.mark.parametrize("tokens", [30, 10])
def test_shares(carbon, tokens):
    with carbon.server(port=PORT) as server:
        meet("begun")
        for _ in range(2):
            ask(cpu=0.1)
        carbon.count(tokens=tokens)
        meet("ends")
"""


def test_tests_in_two_workers_share_what_is_used_once(
    inner: pytest.Pytester, server: BurningServer
) -> None:
    pytest.importorskip("xdist")
    inner.makepyfile(SHARED)
    result = inner.runpytest_subprocess("-n2", "--scer-output=out.json")
    result.assert_outcomes(passed=2)
    tests, report = _tests(inner.path)
    uses = {name: test["servers"][0] for name, test in tests.items()}
    many, few = uses["test_shares[30]"], uses["test_shares[10]"]
    assert many["shared"]
    assert few["shared"]
    assert many["cpu_time_s"] / few["cpu_time_s"] == pytest.approx(3.0, rel=1e-6)
    both_s = many["cpu_time_s"] + few["cpu_time_s"]
    assert both_s >= 0.4  # what was asked for, once
    assert both_s <= _used_s(server)
    _adds_up(report["totals"])


def _used_s(server: BurningServer) -> float:
    """CPU seconds that the server has used in all, its children included."""
    clock = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (sum(map(int, clock[11:15])) + 4) / 100


def _adds_up(totals: dict[str, Any]) -> None:
    parts = (totals[f"{name}_energy_j"] for name in ("tests", "fixtures", "overhead"))
    assert totals["energy_j"]["total"] == pytest.approx(sum(parts))
    assert totals["overhead_energy_j"] > 0


KILLED = """
import os, pathlib, time
import pytest
from helpers import PORT, ask
from test_inside import meet

def test_dies(carbon):
    with carbon.server(port=PORT):
        meet("both")
        ask(cpu=0.2)
        pathlib.Path(__file__).with_name("asked").touch()
        os.kill(os.getpid(), 9)

def test_survives(carbon):
    with carbon.server(port=PORT):
        meet("both")
        while not pathlib.Path(__file__).with_name("asked").exists():
            time.sleep(0.01)
        ask(cpu=0.1)
        carbon.count(tokens=5)
"""


def test_what_a_killed_worker_owes_is_left_to_the_others(
    inner: pytest.Pytester, server: BurningServer
) -> None:
    pytest.importorskip("xdist")
    inner.makepyfile(test_inside=SHARED.partition("@pytest")[0], test_killed=KILLED)
    result = inner.runpytest_subprocess("-n2", "--scer-output=out.json", "test_killed.py")
    result.assert_outcomes(passed=1, failed=1)
    tests, report = _tests(inner.path)
    assert tests["test_dies"]["measurement"] is None
    (use,) = tests["test_survives"]["servers"]
    assert use["shared"]
    assert use["cpu_time_s"] >= 0.3
    assert use["cpu_time_s"] <= _used_s(server)
    _adds_up(report["totals"])


ECOLOGITS = """
from types import SimpleNamespace

PROVIDER_CONFIG_MAP = {"openai": None}

def llm_impacts(provider, model, tokens, seconds):
    if model == "unknown":
        return SimpleNamespace(errors=[SimpleNamespace(message="no such model.")])
    def value(low, high):
        return SimpleNamespace(value=SimpleNamespace(min=low, max=high))
    usage = SimpleNamespace(energy=value(4 / 3.6e6, 6 / 3.6e6), gwp=value(2e-6, 4e-6))
    return SimpleNamespace(usage=usage, warnings=None, errors=None)
"""

HOSTED = """
def _ask(carbon, model):
    spend(cpu=10)
    carbon.unmeasured("hosted", provider="openai", model=model, tokens=20, seconds=1.0)

@pytest.mark.scer("1 kJ")
def test_apart(carbon):
    _ask(carbon, "gpt")

@pytest.mark.scer("17 J", "1 g", "3 W", estimates=True)
def test_in_the_budget(carbon):
    _ask(carbon, "gpt")

@pytest.mark.scer("13 J", estimates=True)
def test_over_the_budget(carbon):
    _ask(carbon, "gpt")

@pytest.mark.scer("1 kJ", estimates=True)
def test_unknown(carbon):
    _ask(carbon, "unknown")

@pytest.mark.scer("1 kJ", estimates=True)
def test_and_a_server_here_that_cannot_be_seen(carbon):
    class Client:
        base_url = "http://localhost:1"

        def create(self):
            return {}

    carbon.openai(Client()).create()
    _ask(carbon, "gpt")

@pytest.mark.scer("1 kJ", estimates=True)
def test_uncounted(carbon):
    carbon.unmeasured("hosted", provider="openai", model="gpt")

def test_mistakes(carbon):
    its = {"provider": "openai", "model": "gpt"}
    for given, text in [
        ({"model": "gpt"}, "needs both"),
        ({"tokens": 5}, "needs provider and model"),
        ({**its, "tokens": -1}, "tokens=-1"),
        ({**its, "seconds": float("nan")}, "seconds=nan"),
    ]:
        with pytest.raises(ValueError, match=text):
            carbon.unmeasured("hosted", **given)
"""


def test_estimates_of_hosted_models_stand_apart_unless_a_test_asks_for_them(suite: Suite) -> None:
    package = suite.path / "ecologits" / "tracers"
    package.mkdir(parents=True)
    for each in (package, package.parent):
        (each / "__init__.py").touch()
    (package / "utils.py").write_text(ECOLOGITS)
    suite.write(HOSTED)
    ran = suite.run_apart("--scer-report", "--scer-output=out.json", "--scer-output=out.md")
    ran.result.assert_outcomes(passed=6, failed=1)
    tests, report = _tests(suite.path)
    verdicts = {
        name: [budget["verdict"] for budget in test["budgets"]] for name, test in tests.items()
    }
    assert verdicts == {
        "test_apart": ["unmeasured"],
        "test_in_the_budget": ["ok", "ok", "unmeasured"],
        "test_over_the_budget": ["exceeded"],
        "test_unknown": ["unmeasured"],
        "test_and_a_server_here_that_cannot_be_seen": ["unmeasured"],
        "test_uncounted": ["unmeasured"],
        "test_mistakes": [],
    }
    assert all(test["measurement"] is None for test in tests.values() if test["hosted"])
    total = report["totals"]["hosted"]
    assert (total["requests"], total["missing"]) == (4, 2)
    assert total["energy_j"] == {"low": pytest.approx(16), "high": pytest.approx(24)}
    assert report["totals"]["energy_j"]["total"] == pytest.approx(50)

    text = ran.result.stdout.str()
    assert "hosted models" in text
    assert "total, without 2 requests" in text
    assert "16 to 24 J" in text
    assert "in no total, budget or score above" in text
    markdown = (suite.path / "out.md").read_text()
    assert "16 to 24 J" in markdown
    for shown in (text, markdown):  # whoever reads a verdict sees that it read an estimate
        assert "with the estimates of EcoLogits" in shown
    assert re.search("read: call stage, 1 run in .* with the estimates of EcoLogits", text)
