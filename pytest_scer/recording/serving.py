"""Servers that tests call: what the recording room needs to know of those who bill them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pytest_scer.meters.server_process import ServerProcess


class Attached(Protocol):
    """A server that the running test is calling.

    Attributes:
        name: The name of its program.
        key: Identifies it on this machine.
    """

    name: str
    key: str

    def count(self, units: Mapping[str, float]) -> None:
        """Note what the test has counted, by the singular name of each unit."""

    def close(self, *, wait: bool = True, failed: bool = False) -> None:
        """Stop billing the test."""

    @property
    def billed(self) -> tuple[float, float]:
        """CPU seconds of the server that were billed, and their joules."""

    @property
    def was_shared(self) -> bool:
        """Whether others were calling it at the same time."""


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
