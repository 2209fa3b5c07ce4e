"""Child processes and busy threads that a test leaves running are named.

Not simulated: real clocks are read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from inner_sessions import XDIST, without_other_plugins


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_ADDOPTS", without_other_plugins(*XDIST))
    pytester.makeini("[pytest]")
    return pytester


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells live children")

HEADER = """
import multiprocessing, os, subprocess, sys, threading, time, pytest

def sleep():
    return subprocess.Popen(["sleep", "60"])

def end(child):
    child.kill()
    child.wait()
"""


def findings(pytester: pytest.Pytester, source: str, *options: str) -> list[dict[str, Any]]:
    """The findings about left-over children."""
    pytester.makepyfile(HEADER + source)
    result = pytester.runpytest_subprocess(
        "-W", "ignore::ResourceWarning", "--scer-output=out.json", "--scer-report", *options
    )
    assert result.ret == 0, str(result.stdout)
    report = json.loads((pytester.path / "out.json").read_text())
    found = [finding for finding in report["findings"] if finding["kind"] == "leftover"]
    printed = " ".join(str(result.stdout).split())
    assert all(finding["text"].partition(";")[0] in printed for finding in found)
    return found


LEAVES = """
children = []

def test_first():
    end(sleep())

def test_leaves():
    children.extend([sleep(), sleep()])

def test_after():
    end(sleep())

def test_ends():
    for child in children:
        end(child)
"""


@pytest.mark.parametrize("options", [[], ["-n2", "--dist=loadfile"]], ids=["alone", "-n2"])
def test_a_left_over_child_is_named_with_its_test(
    pytester: pytest.Pytester, options: list[str]
) -> None:
    if options:
        pytest.importorskip("xdist")
    (finding,) = findings(pytester, LEAVES, *options)
    assert finding["nodeids"][0].endswith("::test_leaves")
    assert finding["text"].startswith("the test left running: sleep (2 times);")
    assert (finding["severity"], finding["value"], finding["unit"]) == ("warning", 2, "processes")
    assert "terminate()" in finding["remedy"]


def test_each_worker_names_its_own(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    source = """
@pytest.fixture(scope="session", autouse=True)
def tidy():
    children = []
    yield children
    for child in children:
        end(child)

@pytest.mark.parametrize("n", range(4))
def test_leaves(n, tidy):
    tidy.append(sleep())
"""
    found = findings(pytester, source, "-n2")
    # They end in the fixture's teardown, which is in the last test of each worker.
    assert 2 <= len(found) <= 3
    assert len({finding["nodeids"][0] for finding in found}) == len(found)


def test_what_others_started_is_not_the_tests(pytester: pytest.Pytester) -> None:
    source = """
before = sleep()  # while pytest collects

@pytest.fixture(scope="module")
def server():
    child = sleep()
    yield
    end(child)

def test_asks_first(server):
    pass

def test_unrelated():
    end(before)
"""
    assert findings(pytester, source) == []


def test_a_fixture_that_leaves_a_child_is_named(pytester: pytest.Pytester) -> None:
    source = """
@pytest.fixture(scope="module")
def server():
    global child
    child = sleep()

def test_asks(server):
    pass

class TestElsewhere:
    def test_asks_too(self, server):
        import atexit
        atexit.register(end, child)
"""
    (finding,) = findings(pytester, source)
    assert finding["nodeids"][0].endswith("::test_asks")
    assert finding["text"].startswith("the fixture server left running: sleep;")


THREADS = """
stop, begin = threading.Event(), threading.Event()
used_s = {}

def spin():
    while not stop.is_set():
        used_s[threading.current_thread().name] = time.thread_time()

def later():
    begin.wait()
    spin()

def leave(target, name):
    used_s[name] = 0.0
    threading.Thread(target=target, name=name, daemon=True).start()

def let_it_run(name):
    until_s = used_s[name] + 0.1
    while used_s[name] < until_s:
        time.sleep(0.001)

def test_before():
    thread = threading.Thread(target=sum, args=([],))
    thread.start()
    thread.join()
"""


@pytest.mark.parametrize("options", [[], ["-n2", "--dist=loadfile"]], ids=["alone", "-n2"])
def test_a_busy_thread_is_named_with_its_test(
    pytester: pytest.Pytester, options: list[str]
) -> None:
    if options:
        pytest.importorskip("xdist")
    source = """
def test_leaves():
    leave(spin, "spinner")

def test_leaves_another():
    leave(stop.wait, "waiter")

def test_after():
    let_it_run("spinner")
"""
    (finding,) = findings(pytester, THREADS + source, *options)
    assert finding["nodeids"][0].endswith("::test_leaves")
    assert finding["text"].startswith("the test left running: thread spinner;")
    assert finding["severity"] == "warning"


def test_a_thread_that_becomes_busy_is_named_with_its_test(pytester: pytest.Pytester) -> None:
    source = """
def test_leaves():
    leave(later, "sleeper")

def test_wakes_it():
    begin.set()
    let_it_run("sleeper")

def test_after():
    pass
"""
    (finding,) = findings(pytester, THREADS + source)
    assert finding["nodeids"][0].endswith("::test_leaves")
    assert finding["text"].startswith("the test left running: thread sleeper; other tests are")
    assert finding["value"] >= 0.01
    assert finding["unit"] == "s"


def test_a_thread_of_a_fixture_is_not_the_tests(pytester: pytest.Pytester) -> None:
    source = """
@pytest.fixture(scope="module")
def server():
    leave(spin, "server")
    yield
    stop.set()

@pytest.fixture(scope="class")
def forgets():
    leave(spin, "forgotten")

class TestServer:
    def test_asks(self, server, forgets):
        let_it_run("server")

def test_asks_too(server):
    let_it_run("forgotten")
"""
    (finding,) = findings(pytester, THREADS + source)
    assert finding["nodeids"][0].endswith("::test_asks")
    assert finding["text"].startswith("the fixture forgets left running: thread forgotten")


def test_pythons_own_helpers_and_the_dead_are_not_named(pytester: pytest.Pytester) -> None:
    source = """
def work():
    pass

def test_starts_the_resource_tracker():
    child = multiprocessing.get_context("spawn").Process(target=work)
    child.start()
    child.join()

def test_never_waits_for_one_that_ended():
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os._exit(0)
    os.close(write)
    os.read(read, 1)  # ends when the child has
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
"""
    assert findings(pytester, source) == []


def test_a_test_that_is_not_measured_leaves_nothing_to_the_next(
    pytester: pytest.Pytester,
) -> None:
    source = """
import atexit

def leave():
    atexit.register(end, sleep())

def test_not_measured():
    leave()

@pytest.mark.scer("1 kJ")
def test_measured():
    pass

@pytest.mark.scer("1 kJ")
def test_measured_that_leaves():
    leave()
"""
    pytester.makepyfile(HEADER + source)
    pytester.makeconftest(
        """
        def pytest_runtest_logreport(report):
            for finding in getattr(report, "scer_extras", {}).get("findings", ()):
                print("left by", finding["nodeids"][0])
        """
    )
    result = pytester.runpytest_subprocess("-W", "ignore::ResourceWarning", "-s")
    result.assert_outcomes(passed=3)
    named = [line for line in result.outlines if "left by" in line]
    assert len(named) == 1
    assert named[0].endswith("::test_measured_that_leaves")


def test_a_killed_session_keeps_what_was_found(pytester: pytest.Pytester) -> None:
    source = """
def test_leaves():
    global child
    child = sleep()

def test_kills():
    end(child)
    os._exit(9)
"""
    pytester.makepyfile(HEADER + source)
    pytester.runpytest_subprocess("-W", "ignore::ResourceWarning", "--scer-output=out.json")
    command = ["recover", "out.json.journal", "-o", "recovered.json"]
    subprocess.run(
        [sys.executable, "-m", "pytest_scer.cli", *command], cwd=pytester.path, check=True
    )
    recovered = json.loads((pytester.path / "recovered.json").read_text())
    kinds = {finding["kind"]: "".join(finding["nodeids"]) for finding in recovered["findings"]}
    assert kinds["leftover"].endswith("::test_leaves")
