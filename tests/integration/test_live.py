"""What a session shows while it runs: energy on result lines, and a line of progress."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from inner_sessions import without_other_plugins
from suite import Suite

XDIST = ("-p", "xdist", "-p", "xdist.looponfail", "-n2")
TESTS = """
import pytest

def test_measured(): spend(cpu=1.25)

@pytest.mark.scer("1 J")
def test_over_budget(): spend(cpu=2)

@pytest.mark.xfail
def test_expected(): spend(cpu=3); assert False

@pytest.mark.skip
def test_skipped(): pass

def test_hosted(carbon): carbon.unmeasured("a hosted model")

def test_repeated(carbon): carbon(lambda: spend(cpu=4))
"""


# --- result lines ---------------------------------------------------------------------------------


def words(text: str) -> dict[str, str]:
    """What stands behind the name of each test, without the progress."""
    found = re.findall(r"^test_it\.py::(\w+) (.*?)(?: +\[ *\d+%\])?$", text, re.MULTILINE)
    return dict(found)


def test_with_v_each_line_has_the_energy_of_its_test(suite: Suite) -> None:
    ran = suite.measure(TESTS, "-v")
    assert words(ran.text) == {
        "test_measured": "PASSED 1.25 J",
        "test_over_budget": "FAILED 2.00 J",
        "test_expected": "XFAIL 3.00 J",
        "test_skipped": "SKIPPED (unconditional skip)",
        "test_hosted": "PASSED",
        "test_repeated": "PASSED 4.00 J",
    }


def test_the_summary_has_its_usual_words(suite: Suite) -> None:
    ran = suite.measure(TESTS, "-v", "-rA")
    summary = ran.text[ran.text.index("short test summary info") :]
    assert "PASSED test_it.py::test_measured" in summary
    assert "FAILED test_it.py::test_over_budget" in summary


@pytest.mark.parametrize("args", [(), ("-q",), ("-q", "-v")])
def test_without_v_nothing_is_added(suite: Suite, args: tuple[str, ...]) -> None:
    ran = suite.measure("def test_it(): spend(cpu=1.25)", *args)
    assert "1.25 J" not in ran.text


def test_tests_that_are_not_measured_get_nothing(suite: Suite) -> None:
    suite.write("def test_plain(): spend(cpu=1)\n@pytest.mark.scer\ndef test_it(): spend(cpu=2)")
    text = suite.run("-v").text
    assert words(text) == {"test_plain": "PASSED", "test_it": "PASSED 2.00 J"}


def test_lines_of_workers_have_it_too(suite: Suite) -> None:
    ran = suite.measure(TESTS, "-v", *XDIST)
    assert re.search(r"\[gw\d\] \[ *\d+%\] PASSED 1\.25 J test_it\.py::test_measured", ran.text)
    assert re.search(r"\[gw\d\] \[ *\d+%\] PASSED test_it\.py::test_hosted", ran.text)


# --- the line of progress -------------------------------------------------------------------------

LONG = """
def work():
    spend(cpu=1)
    wait(0.2)

def test_repeated(carbon): carbon(work)

@pytest.mark.scer("1 J")
def test_undecided():
    meter.noise_j = 0.5
    spend(cpu=1)
"""
SHOWN = re.compile(r"\x1b7 ([^\x1b]*)\x1b\[K\x1b8")

on_a_terminal = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no pseudo-terminals"
)


def in_a_terminal(suite: Suite, *args: str, **environment: str) -> str:
    """The bytes that a session in a terminal of 100 columns writes to it."""
    import fcntl
    import struct
    import termios

    suite.write(LONG)
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    command = [sys.executable, "-m", "pytest", "--scer-report", "--scer-confirm=2", *args]
    process = subprocess.Popen(
        command, cwd=suite.path, env=watched(**environment), stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    written = b""
    while True:
        try:
            part = os.read(master, 9999)
        except OSError:  # Linux: no process has it open any more
            break
        if not part:
            break
        written += part
    process.wait()
    os.close(master)
    return written.decode()


def watched(**environment: str) -> dict[str, str]:
    """The environment of a person at a terminal."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"CI", "BUILD_NUMBER", "COLUMNS", "LINES", "GITHUB_ACTIONS"}
    }
    return {
        **kept,
        "TERM": "xterm",
        "PYTEST_ADDOPTS": without_other_plugins(),
        **environment,
    }


@on_a_terminal
@pytest.mark.parametrize("args", [(), ("-v",), ("-p", "no:logging")], ids=str)
def test_a_terminal_shows_what_takes_long_and_forgets_it(
    suite: Suite, args: tuple[str, ...]
) -> None:
    written = in_a_terminal(suite, "--scer-idle=0.01", *args)
    shown = SHOWN.findall(written)
    assert "measuring the idle machine for 0.01 s" in shown
    assert "carbon(work): warm-up, for at most 10 s" in shown
    assert any(
        re.fullmatch(r"deciding budgets: repeat 1 of up to 2, for at most 1[12]\d s", line)
        for line in shown
    )
    rest = SHOWN.sub("", written)
    assert not re.search(r"carbon\(work\)|deciding budgets|measuring the idle", rest)
    assert written.count("\x1b[K") > len(shown)  # each is erased


@on_a_terminal
@pytest.mark.parametrize(
    ("args", "environment"),
    [(("-q",), {}), (("-s",), {}), ((), {"CI": "true"}), ((), {"TERM": "dumb"})],
    ids=str,
)
def test_where_nobody_watches_a_terminal_shows_nothing(
    suite: Suite, args: tuple[str, ...], environment: dict[str, str]
) -> None:
    assert "\x1b7" not in in_a_terminal(suite, *args, **environment)


def test_nothing_of_it_reaches_a_pipe(suite: Suite) -> None:
    suite.write(LONG)
    ran = suite.run_apart("--scer-report", "--scer-confirm=2", "--scer-idle=0.01")
    assert "\x1b7" not in ran.text
    assert "carbon(work)" not in ran.text
