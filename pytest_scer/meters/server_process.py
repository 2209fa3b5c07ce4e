"""A model server that runs on this machine: its processes, and the CPU seconds that they use."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, Protocol

import psutil

from pytest_scer.core.text import printable
from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.cputime import tree_s
from pytest_scer.system import ON_LINUX, System

_FORWARDERS: Final = ("docker-proxy", "rootlessport", "slirp4netns", "pasta", "ssh", "kubectl")
"""Programs that listen on a port for a server that runs elsewhere."""


_ANSWER_HOLDS_S: Final = 1.0
"""How long a server that has listened on a port is taken to do so, while it runs."""


class Popen(Protocol):
    """A process that this one has started, as ``subprocess.Popen``."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""


class ServerProcess:
    """The processes of a server; one that starts later is a child of these."""

    def __init__(self, roots: Iterable[psutil.Process]) -> None:
        """Look at the processes.

        Args:
            roots: Its processes that are not children of one another.

        Raises:
            psutil.Error: One of them has ended, or cannot be looked at.
        """
        self._roots = sorted(roots, key=lambda process: process.pid)
        self._highest_s = 0.0
        self._listened_s: dict[int, float] = {}
        """When it was last seen to listen on a port."""
        self.key = ",".join(f"{root.pid}-{root.create_time():.2f}" for root in self._roots)
        """Identifies the server on this machine, also if a process ID is used again."""
        self.pids = [root.pid for root in self._roots]
        self.name = _program(self._roots[0])
        """The name of its program, without directories."""

    def tree(self) -> set[int]:
        """The IDs of all its processes that run now."""
        found = set(self.pids)
        for root in self._roots:
            with suppress(psutil.Error):
                found.update(child.pid for child in root.children(recursive=True))
        return found

    def is_part_of(self, pids: Iterable[int]) -> bool:
        """Whether each of its processes is one of these, or a descendant; not if it has ended."""
        wanted = set(pids)
        try:
            return all(wanted.intersection(_line(root)) for root in self._roots)
        except (psutil.Error, OSError):
            return False

    def is_running(self) -> bool:
        """Whether all of its processes run; another process with the ID of one is none of them."""
        try:
            return all(
                root.is_running() and root.status() != psutil.STATUS_ZOMBIE for root in self._roots
            )
        except (psutil.Error, OSError):
            return False

    def listens_on(self, port: int) -> bool:
        """Whether it still runs and listens on a port of this machine.

        That takes milliseconds of CPU time where there are many connections, so an answer holds
        for a second.
        """
        if not self.is_running():
            return False
        now_s = System.perf_counter()
        seen_s = self._listened_s.get(port)
        if seen_s is not None and now_s - seen_s < _ANSWER_HOLDS_S:
            return True
        try:
            listens = any(_listens(root, port) for root in self._roots)
        except (psutil.Error, OSError):
            return False
        if listens:
            self._listened_s[port] = now_s
        return listens

    def cpu_time_s(self) -> float:
        """CPU seconds of the server so far; never less than at an earlier call.

        Raises:
            MeterFault: It has ended, or its CPU time cannot be read.
        """
        try:
            each_s = [*map(_tree_of, self._roots)]
        except (OSError, psutil.Error) as error:
            raise MeterFault(f"CPU time of the server {self.name}: {error}") from None
        if 0.0 in each_s:
            raise MeterFault(f"the server {self.name} (PID {self.pids[0]}) has ended")
        self._highest_s = max(self._highest_s, sum(each_s))
        return self._highest_s


def _tree_of(root: psutil.Process) -> float:
    """CPU seconds of a process and its descendants; 0 if it has ended."""
    if ON_LINUX:
        return tree_s(root.pid)
    total_s = 0.0
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total_s += times.user + times.system
    return total_s


def _program(process: psutil.Process) -> str:
    """The name of a program; of one in Python, its module or script."""
    name = process.name()
    if name.startswith("python"):
        arguments: list[str] = []
        with suppress(psutil.Error):
            arguments = process.cmdline()[1:]
        words = (word for word in arguments if word == "-m" or not word.startswith("-"))
        word = next(words, "")
        name = os.path.basename(next(words, "") if word == "-m" else word) or name
    return printable(name)


def _line(process: psutil.Process) -> list[int]:
    """The IDs of a process and of all above it."""
    return [process.pid, *(parent.pid for parent in process.parents())]


def find_server(
    server: Popen | int | None = None, /, *, pid: int | None = None, port: int | None = None
) -> ServerProcess | None:
    """Find a server by one of its marks.

    Args:
        server: The process that started it; or a process ID or port, where only one of them fits.
        pid: Its process ID.
        port: The TCP port of this machine that it listens on.

    Returns:
        Its processes; None if it is a thread of this process, whose use is the test's own.

    Raises:
        TypeError: None of the three is given, or more than one, or it is something else.
        ValueError: There is no such process, or nothing listens on the port.
        MeterFault: There is a server, but its processes cannot be seen from here.
    """
    if sum(each is not None for each in (server, pid, port)) != 1:
        raise TypeError("carbon.server() needs one of: a process, pid=..., port=...")
    if isinstance(server, int):
        return _numbered(_number(server, ""))
    if port is not None:
        return _at_port(_number(port, "port="))
    if server is not None:
        pid = _pid_of(server)
    return _at_pid(_number(pid, "pid="))


def _numbered(number: int) -> ServerProcess | None:
    """The server whose process ID or port is a number, if that is clear."""
    try:
        by_port = _at_port(number)
    except ValueError:
        if number < 2**31 and psutil.pid_exists(number):
            return _at_pid(number)
        raise ValueError(
            f"carbon.server({number}): nothing on this machine listens on this port, and there is "
            "no process with this ID"
        ) from None
    if psutil.pid_exists(number) and (by_port is None or number not in by_port.tree()):
        raise ValueError(
            f"carbon.server({number}): there is a process with this ID, and another one listens on "
            f"this port; write pid={number} or port={number}"
        )
    return by_port


def _at_port(port: int) -> ServerProcess | None:
    found = _listening_on(port)
    return None if found is None else _outside_of_tests(found)


def _at_pid(pid: int) -> ServerProcess | None:
    return None if pid == os.getpid() else _outside_of_tests(_with_pid(pid))


def _pid_of(popen: Popen) -> int | None:
    """The process ID of a process that has been started."""
    pid: int | None = getattr(popen, "pid", None)
    if pid is None:
        raise TypeError(
            f"carbon.server({type(popen).__name__}): expected a subprocess.Popen; for a "
            "process ID use pid=..., for a port port=..."
        )
    poll = getattr(popen, "poll", None)
    if callable(poll) and poll() is not None:
        raise ValueError(f"carbon.server(popen): the process (PID {pid}) has ended")
    return pid


def _outside_of_tests(server: ServerProcess) -> ServerProcess:
    try:
        above = _line(psutil.Process())
    except (psutil.Error, OSError) as error:
        raise MeterFault(f"the processes above this test: {error}") from None
    if any(pid in above for pid in server.pids):
        raise ValueError(f"carbon.server(): this test runs in the process {server.pids[0]} itself")
    return server


def _number(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise TypeError(f"carbon.server({name}{value!r}): expected a positive whole number")
    return value


def _with_pid(pid: int) -> ServerProcess:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            raise psutil.NoSuchProcess(pid)
        return ServerProcess([process])
    except (psutil.NoSuchProcess, OverflowError):
        raise ValueError(f"carbon.server(pid={pid}): there is no such process here") from None
    except (psutil.Error, OSError) as error:
        raise MeterFault(f"the server with PID {pid}: {error}") from None


def _listening_on(port: int) -> ServerProcess | None:
    try:
        listeners, hidden = _listeners(port)
        if os.getpid() in listeners:
            return None
        roots = [psutil.Process(pid) for pid in listeners]
        # Workers that a server has forked listen on the same socket.
        roots = [root for root in roots if not listeners.intersection(_line(root)[1:])]
        forwarders = [root.name() for root in roots if root.name() in _FORWARDERS]
        if forwarders:
            raise MeterFault(
                f"port {port} belongs to {forwarders[0]}, which passes requests on to a server "
                "elsewhere: use carbon.server(pid=...) with the server's process ID, as "
                "`docker inspect -f '{{.State.Pid}}' NAME` shows it"
            )
        if roots:
            return ServerProcess(roots)
    except (psutil.Error, OSError) as error:
        raise MeterFault(f"the server on port {port}: {error}") from None
    if hidden:
        raise MeterFault(
            f"the server on port {port} belongs to another user or container: its processes "
            "cannot be seen from here; use carbon.server(pid=...)"
        )
    raise ValueError(f"carbon.server(port={port}): nothing on this machine listens on this port")


def _listeners(port: int) -> tuple[set[int], bool]:
    """Which processes listen on a port, and whether some that do cannot be seen."""
    pids: set[int] = set()
    hidden = False
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:  # macOS shows only the connections of one's own processes
        return _own_listeners(port), False
    for each in connections:
        if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port:
            if each.pid is None:
                hidden = True
            else:
                pids.add(each.pid)
    return pids, hidden


def _own_listeners(port: int) -> set[int]:
    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if _listens(process, port):
                found.add(process.pid)
    return found


def _listens(process: psutil.Process, port: int) -> bool:
    return any(
        each.status == psutil.CONN_LISTEN and each.laddr.port == port
        for each in process.net_connections(kind="tcp")
    )
