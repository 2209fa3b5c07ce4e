"""Servers that tests call: what the recording room needs to know of those who bill them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from pytest_scer.system import System

if TYPE_CHECKING:
    from pytest_scer.meters.server_process import ServerProcess
    from pytest_scer.models.hosted import HostedRequest
    from pytest_scer.report.served import ServerUse


class Attached(Protocol):
    """A server that the running test is calling.

    Attributes:
        key: Identifies it on this machine.
        pids: The IDs of its processes that are not children of one another.
    """

    key: str
    pids: list[int]

    def count(self, units: Mapping[str, float]) -> None:
        """Note what the test has counted, by the singular name of each unit."""

    def close(self, *, wait: bool = True, failed: bool = False) -> None:
        """Stop billing the test."""

    def leave_out(self, use: ServerUse) -> None:
        """Leave out what was billed since an earlier use: it is not the test's own."""

    @property
    def use(self) -> ServerUse:
        """What was billed since it was opened."""


class Servers(Protocol):
    """The servers that this process bills."""

    def open(self, process: ServerProcess) -> Attached:
        """Bill a server to the running test."""

    def unreported_j(self) -> float:
        """Joules that the meter of the session cannot see, and has not been told of."""


class OnDemand:
    """The servers, which nothing is imported for until a test opens one."""

    def __init__(self, make: Callable[[], Servers]) -> None:
        """Make nothing yet.

        Args:
            make: Makes the servers.
        """
        self._make = make
        self._made: Servers | None = None

    def get(self) -> Servers:
        """The servers."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def unreported_j(self) -> float:
        """Joules that the meter of the session cannot see, and has not been told of."""
        return 0.0 if self._made is None else self._made.unreported_j()


class ServerCalls:
    """The servers that one test calls, and its requests to models on other machines.

    Attributes:
        blocks: The servers of the ``carbon.server`` blocks that are open.
        hosted: The requests to models on other machines.
        has_unseen: Whether a server on this machine cannot be measured.
        lock: Held while a request is counted: a wrapped client may be used from several threads.
    """

    def __init__(self) -> None:
        """Nothing is called yet."""
        self.blocks: list[Attached] = []
        self.hosted: list[HostedRequest] = []
        self.has_unseen = False
        self.lock = System.lock()
        self._in_flight: list[Attached] = []
        self._all: dict[str, Attached] = {}

    def opened(self, attached: Attached, *, block: bool) -> None:
        """A block is opened, or a request begins.

        Args:
            attached: Its server.
            block: Whether it is a block.
        """
        with self.lock:
            (self.blocks if block else self._in_flight).append(attached)
            self._all.setdefault(attached.key, attached)

    def closed(self, attached: Attached) -> None:
        """A block is closed, or a request has ended."""
        with self.lock:
            for each in (self.blocks, self._in_flight):
                if attached in each:
                    each.remove(attached)

    def end(self) -> None:
        """End what the test has left open, so that no server is billed to the tests after it."""
        for attached in (*self.blocks, *self._in_flight):
            attached.close(wait=False)

    def uses(self) -> list[ServerUse]:
        """What each server was billed to the test."""
        return [attached.use for attached in self._all.values()]

    @contextmanager
    def left_out(self) -> Iterator[None]:
        """Leave out what servers use while the test runs again, which is not its own cost."""
        before = [(attached, attached.use) for attached in self._all.values()]
        try:
            yield
        finally:
            for attached, use in before:
                attached.leave_out(use)
