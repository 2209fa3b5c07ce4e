"""The line of progress: on terminals that a person watches, and never longer than there is room."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_scer.recording.progress import (
    EVERY_S,
    NoProgress,
    TerminalProgress,
    is_watched,
    progress_of,
)

if sys.platform != "win32":
    import fcntl
    import termios

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")


class Terminal:
    """A pseudo-terminal, and the config of a session that prints on it."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        os.set_blocking(self.master, False)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.writer = SimpleNamespace(width_of_current_line=10)
        self.options: dict[str, Any] = {"capture": "fd"}
        self.ini: dict[str, Any] = {"log_cli": False}
        self.verbosity = 0
        self.reporter: Any = SimpleNamespace(isatty=lambda: True)
        self.cleanups: list[Any] = []

    @property
    def config(self) -> Any:
        return SimpleNamespace(
            get_terminal_writer=lambda: self.writer,
            pluginmanager=SimpleNamespace(
                get_plugin=lambda name: self.reporter, has_plugin=lambda name: True
            ),
            getoption=lambda name, default=None: self.options.get(name, default),
            getini=self.ini.__getitem__,
            get_verbosity=lambda: self.verbosity,
            add_cleanup=self.cleanups.append,
        )

    def read(self) -> str:
        try:
            return os.read(self.master, 9999).decode()
        except BlockingIOError:
            return ""


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    made = Terminal()
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("os.isatty", lambda descriptor: True)
    yield made
    os.close(made.master)
    os.close(made.slave)


class Clocked(TerminalProgress):
    """With a clock that tests set."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal.slave, terminal.config)
        self.time_s = 0.0
        self._now_s = lambda: self.time_s


def test_the_line_leaves_the_cursor_where_it_was_and_is_erased(terminal: Terminal) -> None:
    progress = Clocked(terminal)
    progress.show("carbon(fit): run 1, for at most 10 s")
    assert terminal.read() == "\x1b7 carbon(fit): run 1, for at most 10 s\x1b[K\x1b8"
    progress.clear()
    assert terminal.read() == "\x1b[K"
    progress.clear()
    assert terminal.read() == ""


def test_it_changes_only_now_and_then(terminal: Terminal) -> None:
    progress = Clocked(terminal)
    progress.show("run 1")
    terminal.read()
    progress.time_s = EVERY_S / 2
    progress.show("run 2")
    assert terminal.read() == ""
    progress.time_s = EVERY_S
    progress.show("run 3")
    assert "run 3" in terminal.read()


@pytest.mark.parametrize(("used", "room"), [(0, 78), (50, 28), (130, 28), (61, 0), (79, 0)])
def test_it_is_never_longer_than_the_rest_of_the_line(
    terminal: Terminal, used: int, room: int
) -> None:
    terminal.writer.width_of_current_line = used
    Clocked(terminal).show("x" * 200)
    assert terminal.read().count("x") == room


def test_what_a_terminal_would_interpret_is_not_written(terminal: Terminal) -> None:
    Clocked(terminal).show("carbon(\x1b[2J\nname\u6f22)")
    assert "carbon(?[2J?name?)" in terminal.read()


def test_a_terminal_that_was_closed_breaks_nothing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = TerminalProgress(99_999, terminal.config)
    progress.show("run 1")
    progress.clear()


def test_a_descriptor_that_a_test_reused_is_left_alone(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.undo()
    with (tmp_path / "file").open("wb") as file:
        progress = TerminalProgress(file.fileno(), terminal.config)
        progress.show("run 1")
    assert (tmp_path / "file").read_bytes() == b""


def test_a_watched_terminal_gets_it(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_watched(terminal.config)
    monkeypatch.setattr("os.dup", lambda descriptor: os.open(os.devnull, os.O_WRONLY))
    assert isinstance(progress_of(terminal.config), TerminalProgress)
    for cleanup in terminal.cleanups * 2:  # closing it twice is no error
        cleanup()


@pytest.mark.parametrize(
    "change",
    [
        {"reporter": None},
        {"reporter": SimpleNamespace(isatty=lambda: False)},
        {"verbosity": -1},
        {"options": {"capture": "no"}},
        {"options": {"capture": "sys"}},
        {"options": {"capture": "tee-sys"}},
        {"options": {"capture": "fd", "log_cli_level": "INFO"}},
        {"ini": {"log_cli": True}},
    ],
    ids=["no reporter", "no terminal", "-q", "-s", "--capture=sys", "--capture=tee-sys",
         "--log-cli-level", "log_cli"],
)  # fmt: skip
def test_nobody_else_gets_it(terminal: Terminal, change: dict[str, Any]) -> None:
    for name, value in change.items():
        setattr(terminal, name, value)
    assert isinstance(progress_of(terminal.config), NoProgress)


@pytest.mark.parametrize(
    ("name", "value"), [("CI", "true"), ("BUILD_NUMBER", "7"), ("TERM", "dumb"), ("TERM", None)]
)
def test_nor_does_an_environment_that_nobody_watches(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    assert not is_watched(terminal.config)
