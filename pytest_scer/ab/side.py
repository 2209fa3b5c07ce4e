"""The pytest process of one side, as the command sees it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from pytest_scer import __version__
from pytest_scer.ab.channel import DESCRIPTOR, Channel, Closed, Message
from pytest_scer.ab.trees import Tree

_SHOWN: Final = 30
"""Number of lines of a side's output that an error shows."""
_PATIENCE_S: Final = 5.0
"""Seconds that a side may take to end when asked to."""
_PLUGIN_NAMES: Final = ("scer", "pytest_scer.plugin")


class SideFailed(ValueError):
    """A side cannot be compared; the message says why, and what to do about it."""


class SideDied(SideFailed):
    """The process of a side ended while it ran a test."""


class Hello(NamedTuple):
    """A side's message after collection.

    Attributes:
        nodeids: Its tests, in order.
        threshold: The allowed growth, as the user wrote it.
        fail_on: The verdicts that fail the run.
        g_per_j: Grams of CO2e per joule.
        modelled: Whether the joules are modelled.
        compared: The compared components, with their sources.
    """

    nodeids: tuple[str, ...]
    threshold: str
    fail_on: frozenset[str]
    g_per_j: float
    modelled: bool
    compared: tuple[str, ...]


def python_of(tree: Tree) -> Path:
    """The interpreter for a copy: that of its virtual environment, or else this one."""
    top_down = dict.fromkeys((tree.directory, tree.path))
    for directory in top_down:
        for name in (".venv", "venv"):
            python = directory / name / "bin" / "python"
            if python.exists():
                return python
    return Path(sys.executable)


def _command(python: Path, arguments: Sequence[str], tree: Tree, project: Path) -> list[str]:
    """The command that starts pytest; absolute paths in the project become those in the copy."""
    ours, theirs = f"{project}{os.sep}", f"{tree.path}{os.sep}"
    given = [
        theirs + each.removeprefix(ours) if each.startswith(ours) else each for each in arguments
    ]
    load: list[str] = []
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        named = {*given, *(each.removeprefix("-p") for each in given)}
        named |= set(os.environ.get("PYTEST_PLUGINS", "").split(","))
        load = [] if named.intersection(_PLUGIN_NAMES) else ["-p", "scer"]
    return [str(python), "-m", "pytest", *load, *given]


class Side:
    """A process that collects the tests of one copy and runs them on request."""

    def __init__(
        self, tree: Tree, project: Path, arguments: Sequence[str], seed: int, output: Path
    ) -> None:
        """Start the process. Both sides collect at the same time.

        Args:
            tree: The copy.
            project: The top directory of the user's project.
            arguments: Passed to pytest.
            seed: For plugins that draw random numbers.
            output: The file for its output.
        """
        self.tree = tree
        self._output = output
        self._running = ""
        self._ends = False
        python = python_of(tree)
        mine, theirs = socket.socketpair()
        environment = {**os.environ, DESCRIPTOR: str(theirs.fileno())}
        if python != Path(sys.executable):  # programs that tests start find the same environment
            environment["VIRTUAL_ENV"] = str(python.parent.parent)
            environment["PATH"] = f"{python.parent}{os.pathsep}{environment.get('PATH', '')}"
        with theirs, output.open("wb") as printed:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own command line
                _command(python, arguments, tree, project),
                cwd=tree.directory,
                env=environment,
                stdout=printed,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
            )
        self._channel = Channel(mine)
        with suppress(Closed):  # hello() reports the cause
            self._channel.send({"tree": str(tree.path), "project": str(project), "seed": seed})

    def hello(self) -> Hello:
        """Wait until the side has collected.

        Raises:
            SideFailed: It could not collect, or does not test its own code.
        """
        try:
            answer = self._channel.receive(self._is_alive)
        except Closed:
            raise SideFailed(self._why_no_hello()) from None
        if "error" in answer:
            details = "".join(f"\n{each}" for each in answer.get("details", ()))
            raise SideFailed(f"{self._name}: {answer['error']}{details}")
        if answer["version"] != __version__:
            raise SideFailed(
                f"{self._name}: its environment has pytest-scer {answer['version']}, this is "
                f"{__version__}: install the same version in both"
            )
        self._check_modules(answer["foreign"])
        return Hello(
            tuple(answer["nodeids"]),
            answer["threshold"],
            frozenset(answer["fail_on"]),
            answer["g_per_j"],
            answer["modelled"],
            tuple(answer["compared"]),
        )

    def run(self, nodeid: str) -> Message:
        """Run a test and wait for its record.

        Raises:
            SideDied: The process ended, or closed the connection.
        """
        self._running = nodeid
        return self._exchange({"run": nodeid})

    def end(self) -> str | None:
        """End the session cleanly; return what went wrong in the last fixtures, if anything.

        Raises:
            SideFailed: It does not test its own code.
            SideDied: It ended.
        """
        answer = self._exchange({"end": True})
        self._ends = True
        self._check_modules(answer["foreign"])
        trouble: str | None = answer["trouble"]
        return trouble

    def stop(self) -> None:
        """End the process whatever it is doing: wait, then interrupt, then kill."""
        self._channel.close()  # a side that waits for the next test ends now
        # A Ctrl-C at the terminal reaches it as well: give it time to end its fixtures.
        for way in (None, signal.SIGINT, signal.SIGKILL):
            if way is not None:
                self._process.send_signal(way)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE_S if way is not None or self._ends else 1.0)
                return

    def _exchange(self, order: Message) -> Message:
        try:
            self._channel.send(order)
            return self._channel.receive(self._is_alive)
        except Closed:
            raise SideDied(
                f"{self._name}: no answer from {self._running}: {self._how_it_ended()}. Its last "
                f"lines:\n{self._last_lines()}"
            ) from None

    def _is_alive(self) -> bool:
        return self._process.poll() is None

    def _how_it_ended(self) -> str:
        """How the process ended, after giving it a moment to end."""
        deadline_s = time.monotonic() + 2.0
        while self._is_alive() and time.monotonic() < deadline_s:
            time.sleep(0.05)
        code = self._process.poll()
        if code is None:
            return "it closed the connection (does a test close all file descriptors?)"
        if code < 0:
            return f"pytest was ended by {signal.Signals(-code).name}"
        return f"pytest ended with exit code {code}"

    def _why_no_hello(self) -> str:
        how, last = self._how_it_ended(), self._last_lines()
        remedy = ""
        for module, package in (("pytest", "pytest"), ("scer", "pytest-scer")):
            if f"No module named '{module}'" in last or f"No module named {module}" in last:
                remedy = f": its environment has no {package}; install pytest-scer in it"
        if (not remedy and self._process.poll() == 0) or "unknown hook 'pytest_scer" in last:
            remedy = (
                ": pytest-scer was not loaded (is it installed in this environment, and not "
                "switched off with -p no:scer?), or pytest was asked for something else than to "
                "run tests"
            )
        return f"{self._name}: {how} before the first test{remedy}. Its last lines:\n{last}"

    def _check_modules(self, foreign: Sequence[Sequence[str]]) -> None:
        if not foreign:
            return
        named = "; ".join(f"{name} from {file}" for name, file in foreign[:3])
        more = f" and {len(foreign) - 3} more" if len(foreign) > 3 else ""
        raise SideFailed(
            f"{self._name} would not test its own code: it loaded {named}{more}. An editable "
            "install does this. Give each side its own environment (--setup 'python -m venv .venv "
            "&& .venv/bin/pip install -e . pytest-scer'), or let pytest find the copy's code first "
            "(pythonpath = src in its configuration, or -o pythonpath=src after --)"
        )

    @property
    def _name(self) -> str:
        return f"{self.tree.name}, {self.tree.title}"

    def _last_lines(self) -> str:
        text = self._output.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-_SHOWN:])
