"""By default no network connection is attempted, by the session or by any of its children."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Python runs this first in every process. The C code of `socket` raises the audit events, so no
# connection made in Python can bypass them. Each attempt is recorded and refused.
WATCH = """
import os, sys

def watch(event, args):
    connects = event in ("socket.connect", "socket.sendto", "socket.sendmsg")
    if connects and isinstance(args[1], (str, bytes)):
        return  # a Unix domain socket
    if connects or event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        with open(os.environ["ATTEMPTS"], "a") as file:
            file.write(f"{os.getpid()} {event} {args[-1] if connects else args[0]}\\n")
        raise OSError("no network here")

sys.addaudithook(watch)
with open(os.environ["WATCHED"], "a") as file:
    file.write(f"{os.getpid()}\\n")
"""

SUITE = """
import subprocess, sys
import pytest

@pytest.mark.scer("1 MJ")
def test_it(carbon):
    carbon(sum, range(1000))

def test_child():
    subprocess.run([sys.executable, "-c", "print()"], check=True)
"""


@pytest.fixture
def watched(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Watch every Python process that is started; return the file with their attempts."""
    directory = pytester.mkdir("watch")
    (directory / "sitecustomize.py").write_text(WATCH)
    monkeypatch.setenv("PYTHONPATH", str(directory), prepend=os.pathsep)
    monkeypatch.setenv("ATTEMPTS", str(directory / "attempts"))
    monkeypatch.setenv("WATCHED", str(directory / "watched"))
    return directory / "attempts"


def processes(watched: Path) -> int:
    return len(watched.with_name("watched").read_text().split())


@pytest.mark.parametrize(
    ("args", "least"), [("", 2), ("--scer-country=FRA", 2), ("-p xdist -n2", 4)]
)
def test_no_connection_is_attempted(
    pytester: pytest.Pytester, watched: Path, args: str, least: int
) -> None:
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess(
        "--scer-report", "--scer-output=report.json", "--scer-output=report.csv", *args.split()
    )
    result.assert_outcomes(passed=2)
    assert processes(watched) >= least
    assert not watched.exists(), watched.read_text()


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80))",
        "import urllib.request; urllib.request.urlopen('http://example.invalid')",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    ],
)
def test_an_attempt_would_be_noticed(
    pytester: pytest.Pytester, watched: Path, attempt: str
) -> None:
    pytester.makepyfile(
        f"""
        import subprocess, sys
        def test_it():
            subprocess.run([sys.executable, "-c", {attempt!r}])
        """
    )
    pytester.runpytest_subprocess()
    assert watched.read_text().count("\n") == 1
