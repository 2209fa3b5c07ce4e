"""The suites that are run, and the conftests that are measured beside the plugins."""

from __future__ import annotations

from pathlib import Path

TRIVIAL = "def test_{number}():\n    pass\n"
BENCHMARKED = "def test_{number}(benchmark):\n    benchmark.pedantic(int, rounds=1, iterations=1)\n"
"""The same test for plugins whose fixture measures a function: one call of `int`."""

# Says when it ran first (pytest-codspeed runs it again): on the clock of the whole machine, and in
# CPU seconds of its process.
FIRST = """
import json, os, resource, time
import pytest

@pytest.mark.benchmark
def test_first():
    if os.path.exists("figures.json"):
        return
    now_s, cpu_s = time.monotonic(), time.process_time()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open("figures.json", "w") as file:
        json.dump({{"at_s": now_s, "first_cpu_s": cpu_s + used.ru_utime + used.ru_stime}}, file)
"""

# Half of the tests sleep; the others work until their thread has used this much CPU time, so the
# work of a session is the same number of CPU seconds, however fast the machine is.
LONG_S = 0.1
LONG = f"""
import time

def test_{{number}}():
    if {{number}} % 2:
        time.sleep({LONG_S})
        return
    ends_s = time.thread_time() + {LONG_S}
    while time.thread_time() < ends_s:
        sum(range(500))
"""

# From the start of the first test to the end of the last one, with what pytest and plugins do
# between the tests; CPU seconds of other threads apart, from Linux's scheduler.
INSIDE = """
import json, os, resource, threading, time

began = ended = None

def now():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    threads_ns = 0
    for thread in os.listdir("/proc/self/task"):
        if int(thread) != threading.main_thread().native_id:
            with open(f"/proc/self/task/{thread}/schedstat") as file:
                threads_ns += int(file.read().split()[0])
    cpu_s = time.process_time() + used.ru_utime + used.ru_stime
    wall_s = time.perf_counter()
    return {"inside_cpu_s": cpu_s, "inside_wall_s": wall_s, "threads_s": threads_ns / 1e9}

def pytest_runtest_logstart():
    global began
    if began is None:
        began = now()

def pytest_runtest_logfinish():
    global ended
    ended = now()

def pytest_unconfigure():
    with open("figures.json", "w") as file:
        json.dump({name: ended[name] - began[name] for name in ended}, file)
"""

# No plugin that measures tests can do with less: its clocks at the four edges of a test.
LIMIT = """
import resource, time
import pytest

edges = []

def edge():
    edges.append(
        (time.perf_counter(), time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN))
    )

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    edge()

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call():
    edge()

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown():
    edge()
    try:
        return (yield)
    finally:
        edge()
"""

TASKS = """
import pytest
from codecarbon import OfflineEmissionsTracker


@pytest.fixture(scope="session")
def tracker():
    tracker = OfflineEmissionsTracker(
        country_iso_code="FRA", save_to_file=False, log_level="critical", allow_multiple_runs=True
    )
    yield tracker
    tracker.stop()


@pytest.fixture(autouse=True)
def task(tracker, request):
    tracker.start_task(request.node.nodeid)
    yield
    tracker.stop_task(request.node.nodeid)
"""

ZEUS = """
import warnings
import pytest
from zeus.monitor import ZeusMonitor


@pytest.fixture(scope="session")
def monitor():
    return ZeusMonitor()


@pytest.fixture(autouse=True)
def window(monitor, request):
    monitor.begin_window(request.node.nodeid, sync_execution=False)
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monitor.end_window(request.node.nodeid, sync_execution=False)
"""

# Times the import of the plugin where pytest does it, in a session without tests.
LOADING = """
import importlib.metadata, sys, time
import pytest

load, took_s = importlib.metadata.EntryPoint.load, 0.0

def timed(self):
    global took_s
    began_s = time.perf_counter()
    try:
        return load(self)
    finally:
        if self.name == "scer":
            took_s = time.perf_counter() - began_s

importlib.metadata.EntryPoint.load = timed
pytest.main(sys.argv[1:])
print(took_s)
"""

HISTORY = "import os\n\nos.makedirs('history', exist_ok=True)\n"
"""The directory of a history has to be there; its first session is the warm-up."""

# What the journal costs where it is written: of every line, whatever thread it comes from.
JOURNAL = """
import json, time
from pytest_scer.report.journal import Journal

count = wall_ns = cpu_ns = 0
write = Journal.write

def timed(self, kind, *rest, **more):
    global count, wall_ns, cpu_ns
    wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
    try:
        return write(self, kind, *rest, **more)
    finally:
        cpu_ns += time.thread_time_ns() - cpu
        wall_ns += time.perf_counter_ns() - wall
        count += kind == "compact"

Journal.write = timed

def pytest_unconfigure():
    with open("figures.json", "w") as file:
        json.dump({"lines": count, "write_s": wall_ns / 1e9, "write_cpu_s": cpu_ns / 1e9}, file)
"""


def write_suite(directory: Path, test: str, size: int, conftest: str) -> None:
    """Write a suite, unless it is there.

    Args:
        directory: Its directory.
        test: The text of a test.
        size: The number of tests; 0 for none.
        conftest: The text of its conftest; empty for none.
    """
    if directory.exists():
        return
    directory.mkdir(parents=True)
    (directory / "pytest.ini").write_text("[pytest]\nmarkers = benchmark\n")
    if conftest:
        (directory / "conftest.py").write_text(conftest)
    if size:
        tests = (test.format(number=number) for number in range(size))
        (directory / "test_suite.py").write_text("\n\n".join(tests))
