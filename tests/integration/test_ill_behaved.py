"""Suites that misbehave: the same outcomes as without the plugin, and no figure that lies."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from inner_sessions import FAKE_FILES, XDIST, without_other_plugins

from pytest_scer.cli import main

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what they do is Linux's")

PATCHES = """
import builtins, io, os, subprocess, sys, time
from unittest import mock

import pytest
from freezegun import freeze_time
import time_machine

pytestmark = pytest.mark.scer("1 MJ")


@pytest.fixture
def frozen():
    with freeze_time("2012-01-14"):
        yield


@pytest.fixture
def travelling():
    with time_machine.travel(0, tick=False):
        yield


@pytest.fixture
def child():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        yield running
        running.communicate(b"\\n")


def work():
    return sum(number * number for number in range(20_000))


def test_frozen(frozen):
    work()


def test_travelling(travelling):
    work()


@pytest.mark.parametrize("value", [0, -1e9, 1e18, float("nan")])
@pytest.mark.parametrize(
    "clock", ["time", "monotonic", "perf_counter", "process_time", "thread_time"]
)
def test_a_clock_that_stands_still(monkeypatch, clock, value):
    monkeypatch.setattr(time, clock, lambda: value)
    work()


@pytest.mark.parametrize("clock", ["time", "monotonic", "perf_counter", "process_time"])
def test_nobody_else_takes_what_a_mock_returns(monkeypatch, clock):
    monkeypatch.setattr(time, clock, mock.Mock(side_effect=[1, 2, 3]))
    assert [getattr(time, clock)() for _ in range(3)] == [1, 2, 3]


def test_nobody_else_sleeps(monkeypatch):
    monkeypatch.setattr(time, "sleep", mock.Mock(side_effect=[]))


@pytest.mark.parametrize(
    "name", ["listdir", "stat", "getpid", "sysconf", "open", "read", "close", "pread"]
)
def test_files(monkeypatch, child, name):
    monkeypatch.setattr(os, name, mock.Mock(side_effect=OSError("replaced")))


def test_another_file_system(child, fs):
    fs.create_file("/there/file", contents="content")
    assert os.listdir("/there") == ["file"]
    assert not os.path.exists("/proc/self/stat")


def test_an_empty_directory(monkeypatch, child):
    monkeypatch.setattr(os, "listdir", lambda *_: [])


def test_open(monkeypatch, child):
    for module in (builtins, io):
        monkeypatch.setattr(module, "open", mock.mock_open(read_data="1 2 3"))


def test_processes(monkeypatch, child):
    import psutil, resource

    for name in ("cpu_times", "Process", "pid_exists", "process_iter"):
        monkeypatch.setattr(psutil, name, mock.Mock(side_effect=RuntimeError("replaced")))
    monkeypatch.setattr(resource, "getrusage", mock.Mock(side_effect=RuntimeError("replaced")))


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_another_system(monkeypatch, child, platform):
    monkeypatch.setattr(sys, "platform", platform)


def test_imports(monkeypatch):
    monkeypatch.setattr(builtins, "__import__", mock.Mock(side_effect=ImportError("replaced")))


def test_no_modules(monkeypatch):
    monkeypatch.setattr(sys, "modules", {})
"""

# pyfakefs imports pandas at its first use, which with the replaced clocks of this suite now and
# then crashed the interpreter, without the plugin too.
LASTING = """
import time
from unittest import mock

import pyfakefs.patched_packages
import pytest
from freezegun import freeze_time
import time_machine

pytestmark = pytest.mark.scer("1 MJ")


@pytest.fixture(scope="module", params=[freeze_time, time_machine.travel])
def frozen_for_some(request):
    with request.param("2012-01-14"):
        yield


@pytest.fixture(scope="session", autouse=True)
def never_sleeps():
    patch = pytest.MonkeyPatch()
    patch.setattr(time, "sleep", mock.Mock(side_effect=[]))
    patch.setattr(time, "perf_counter", mock.Mock(side_effect=[]))
    yield
    patch.undo()


@pytest.mark.parametrize("number", range(4))
def test_frozen(frozen_for_some, number):
    sum(range(20_000))


@pytest.mark.parametrize("number", range(2))
def test_files(fs_session, number):
    open(f"/{number}", "x").close()


def test_afterwards():
    sum(range(20_000))
"""

STUBS = """
import sys
from types import ModuleType
from unittest.mock import MagicMock

import pytest

pytestmark = pytest.mark.scer("1 MJ")
NAMES = ["torch", "torch.cuda", "transformers", "numpy", "psutil", "codecarbon"]


class Raising(ModuleType):
    def __getattr__(self, name):
        raise RuntimeError(name)


class Skipping(ModuleType):
    def __getattr__(self, name):
        pytest.skip("no such library here")


class Package(ModuleType):
    __file__ = "torch.py"

    def is_initialized(self):
        raise RuntimeError


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "stub",
    [
        MagicMock(),
        MagicMock(spec=ModuleType),
        None,
        1,
        *(kind("stub") for kind in (Raising, Skipping, Package)),
    ],
    ids=["mock", "mock-of-a-module", "none", "number", "raising", "skipping", "package"],
)
def test_stub(monkeypatch, name, stub):
    monkeypatch.setitem(sys.modules, name, stub)
"""

FORKS = """
import multiprocessing, os, subprocess, sys, threading

import pytest

pytestmark = [
    pytest.mark.scer("1 MJ"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


def work():
    return sum(number * number for number in range(20_000))


def test_fork():
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_fork_in_a_thread():
    def run():
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_never_waits():
    if not os.fork():
        os._exit(0)


def test_ignores_its_children():
    import signal

    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    with pytest.raises(ChildProcessError):
        os.waitpid(child, 0)
    signal.signal(signal.SIGCHLD, before)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(method):
    child = multiprocessing.get_context(method).Process(target=print)
    child.start()
    child.join()
    assert child.exitcode == 0
"""

LEFT = """
import builtins, gc, io, os, queue, random, resource, signal, sys
import tempfile, threading, time, warnings

import pytest

pytestmark = pytest.mark.scer("1 MJ")


def test_environment():
    os.environ.clear()


def test_stdout():
    sys.stdout = io.StringIO()
    sys.stderr = None


def test_closed_stdout():
    sys.stdout = io.StringIO()
    sys.stdout.close()


def test_imports():
    sys.path.clear()
    sys.meta_path.clear()


def test_system():
    sys.platform = "win32"
    os.devnull = "/nowhere"
    tempfile.tempdir = "/nowhere"


def test_clocks():
    time.time = time.perf_counter = time.monotonic = time.process_time = lambda: 5.0
    time.sleep = lambda _: None


def test_working_directory():
    os.mkdir("gone")
    os.chdir("gone")
    os.rmdir("../gone")


def test_threads():
    for number in range(3):
        threading.Thread(target=queue.Queue().get, daemon=True, name=f"idle {number}").start()


def test_interpreter():
    gc.disable()
    sys.setrecursionlimit(300)
    random.seed(0)
    warnings.simplefilter("error")


def test_limits():
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def test_signals():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.01)
    sum(range(1_000_000))
    signal.setitimer(signal.ITIMER_REAL, 0)


def test_open():
    builtins.open = None


def test_threading():
    threading.Thread = threading.Event = threading.Lock = None
    threading.enumerate = threading.active_count = None
"""

DESCRIPTORS = """
import os

import pytest

pytestmark = pytest.mark.scer("1 MJ")


def of_others():
    "The descriptors of regular files; with -s, pytest has only those of its output."
    output = [os.path.realpath(f"/proc/self/fd/{descriptor}") for descriptor in (1, 2)]
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        path = os.path.realpath(f"/proc/self/fd/{descriptor}")
        if path not in output and os.path.isfile(path):
            yield descriptor


@pytest.mark.parametrize("number", range(3))
def test_closes_all(number):
    for descriptor in list(of_others()):
        os.close(descriptor)


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    "Files that have got the numbers of those that were closed."
    for descriptor in list(of_others()):
        os.close(descriptor)
    directory = tmp_path_factory.mktemp("taken")
    opened = [os.open(directory / str(n), os.O_RDWR | os.O_CREAT) for n in range(20)]
    yield opened
    for number, descriptor in enumerate(opened):
        os.lseek(descriptor, 0, os.SEEK_SET)
        assert os.read(descriptor, 10) == b""
        os.close(descriptor)  # raises if somebody else did


@pytest.mark.parametrize("number", range(3))
def test_of_others(taken, number):
    pass


def test_afterwards(taken):
    pass
"""

SUITES = {
    "patches": PATCHES,
    "lasting": LASTING,
    "stubs": STUBS,
    "forks": FORKS,
    "descriptors": DESCRIPTORS,
    "left": LEFT,
}


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_ADDOPTS", without_other_plugins(*XDIST, FAKE_FILES))
    pytester.makeini("[pytest]\nmarkers = scer")
    return pytester


def outcomes(result: pytest.RunResult) -> list[str]:
    """The outcome of each test, sorted."""
    kinds = ("PASSED", "FAILED", "ERROR", "SKIPPED", "XFAIL", "XPASS")
    return sorted(line for line in result.outlines if line.startswith(kinds))


def measurements(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every measurement of a report."""
    for test in report["tests"]:
        yield from (stage for stage in test["stages"].values() if stage is not None)
        yield from filter(None, [test["measurement"]])
    yield from (fixture["measurement"] for fixture in report["fixtures"])


def check_figures(report: dict[str, Any]) -> None:
    """Check that no figure can be wrong: none is negative, absurd, or zero for work done."""
    session, totals = report["session"], report["totals"]
    began = datetime.fromisoformat(session["started_at"])
    assert abs(datetime.now(timezone.utc) - began) < timedelta(hours=1)
    assert 0 < session["duration_s"] < 3600
    for measured in measurements(report):
        assert 0 < measured["duration_s"] <= session["duration_s"]
        joules = measured["energy_j"]
        assert joules["cpu"] is None or joules["cpu"] > 0
        assert joules["ram"] > 0
        assert measured["power_w"] is None or measured["power_w"] < 10_000
    for test in report["tests"]:
        for budget in test["budgets"]:
            assert budget["verdict"] == "ok" if test["unmeasured"] is None else "unmeasured"
            assert budget["actual"] is None or budget["actual"] > 0
    assert 0 < totals["energy_j"]["total"] < 10_000 * session["duration_s"]
    parts = ("tests_energy_j", "fixtures_energy_j", "confirming_energy_j", "overhead_energy_j")
    assert math.fsum(totals[part] for part in parts) == pytest.approx(totals["energy_j"]["total"])
    assert totals["overhead_energy_j"] > -0.01 * totals["energy_j"]["total"]


@pytest.mark.parametrize("workers", [[], ["-n2"]], ids=["alone", "-n2"])
@pytest.mark.parametrize("name", SUITES)
def test_outcomes_are_those_without_the_plugin(
    pytester: pytest.Pytester, name: str, workers: list[str]
) -> None:
    if workers:
        pytest.importorskip("xdist")
    pytester.makepyfile(**{f"test_{name}": SUITES[name]})
    captured = ["-s"] if name == "descriptors" else []
    # The suites break what pytest writes its cache with.
    args = ["-rA", "-q", "--tb=short", "-p", "no:cacheprovider", *workers, *captured]
    plain = pytester.runpytest_subprocess("-p", "no:scer", *args)
    assert plain.ret == 0, str(plain.stdout)
    path = pytester.path / "report.json"
    measured = pytester.runpytest_subprocess(
        "--scer-report", f"--scer-output={path}", "--scer-output=report.csv", *args
    )
    assert outcomes(measured) == outcomes(plain)
    assert measured.ret == plain.ret, str(measured.stdout)
    assert measured.stderr.str() == plain.stderr.str()
    assert "scer" not in "".join(line for line in measured.outlines if "Error" in line)
    report = json.loads(path.read_text(encoding="utf-8"))
    assert len(report["tests"]) == len(outcomes(plain))
    check_figures(report)
    assert [test["nodeid"] for test in report["tests"] if test["unmeasured"]] == []
    assert [text for text in report["warnings"] if "journal" in text] == []
    assert (pytester.path / "report.csv").is_file()
    assert sorted(each.name for each in pytester.path.glob("*.journal")) == []
    main(["show", str(path)])
