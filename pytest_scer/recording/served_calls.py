"""Calls of a test to model servers: billed if the server is here, estimated if it is elsewhere."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.text import printable
from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.server_process import Popen, ServerProcess, find_server
from pytest_scer.models.addresses import Address, address_of
from pytest_scer.models.clients import wrapped
from pytest_scer.models.hosted import UNKNOWN, HostedRequest, provider_at
from pytest_scer.recording.section import ServedSection
from pytest_scer.recording.serving import Attached
from pytest_scer.recording.testrun import TestRun
from pytest_scer.system import System

T = TypeVar("T")


@contextmanager
def serving(
    test: TestRun, popen: Popen | None, *, pid: int | None, port: int | None
) -> Generator[ServedSection]:
    """Measure a block in which a server is billed to a test.

    Args:
        test: The test.
        popen: See :func:`find_server`.
        pid: The same.
        port: The same.

    Yields:
        The block as a section.

    Raises:
        TypeError: See :func:`find_server`.
        ValueError: The same.
    """
    session = test.session
    start = session.read(force=True)
    with _attached(test, popen, pid=pid, port=port) as attached:
        section = ServedSection(
            lambda: Measurement.between(start, session.read(force=True)),
            session.conversion,
            attached,
        )
        try:
            yield section
        finally:
            section.close()


@contextmanager
def _attached(
    test: TestRun, popen: Popen | None, *, pid: int | None, port: int | None
) -> Generator[Attached | None]:
    """Bill a server to a test while the block runs.

    Yields:
        The server; None if it is a thread of this process, or if it cannot be measured: then the
        test is ``unmeasured``.
    """
    try:
        process = find_server(popen, pid=pid, port=port)
        attached = None if process is None else _opened(test, process)
    except MeterFault as fault:
        cannot_measure(test, str(fault))
        attached = None
    if attached is None:
        yield None
        return
    test.attached.append(attached)
    try:
        yield attached
    finally:
        attached.close()
        test.attached.remove(attached)


def cannot_measure(test: TestRun, reason: str) -> None:
    """Note that a test has no figure, unless it has said why already."""
    test.unmeasured = test.unmeasured or printable(reason)


def _opened(test: TestRun, process: ServerProcess) -> Attached | None:
    """Open a server; None if this session bills none."""
    servers = test.session.servers
    if servers is None:
        return None
    attached = servers.get().open(process)
    test.served.setdefault(attached.key, attached)
    return attached


def counted(client: T, test: TestRun, provider: str | None) -> T:
    """Wrap a client, so that its requests are counted, and billed or estimated.

    Args:
        client: The client.
        test: The test that it is for.
        provider: Who hosts its models, by EcoLogits' name; None to tell by its address.
    """
    wrapper: T = wrapped(client, _Caller(test, address_of(client), provider).begin)
    return wrapper


class _Caller:
    """A test that sends requests through a wrapped client."""

    def __init__(self, test: TestRun, address: Address | None, provider: str | None) -> None:
        self._test = test
        self._address = address
        self.provider = provider or (None if address is None else provider_at(address.host))
        self._process: ServerProcess | None = None
        self._problem: str | None = None
        if provider is None and address is not None and address.is_here:
            self._find(address.port)

    def _find(self, port: int) -> None:
        try:
            self._process = find_server(port=port)
        except (MeterFault, ValueError) as error:
            self._problem = str(error)

    def begin(self, model: str | None) -> _Request:
        """Begin a request."""
        test = self._test
        opened = [each for each in test.attached if self._is_of(each)] or test.attached
        if opened:  # the test says itself which server it calls
            return _Request(test, opened, None, model, None)
        if self._process is not None:
            return _Request(test, *self._call(self._process), model, None)
        if self._problem is not None:
            cannot_measure(test, f"the server of a wrapped client: {self._problem}")
        elif self._address is None or self._address.is_here:
            return _Request(test, [], None, model, None)
        # The report names no host: it may be one of a private network.
        where = f"hosted by {self.provider}" if self.provider else "on another machine"
        cannot_measure(test, f"its model is {where}: what it uses there cannot be measured here")
        return _Request(test, [], None, model, self.provider or UNKNOWN)

    def _is_of(self, attached: Attached) -> bool:
        return self._process is not None and attached.key == self._process.key

    def _call(self, process: ServerProcess) -> tuple[list[Attached], Attached | None]:
        """Bill the server for as long as the request takes."""
        try:
            attached = _opened(self._test, process)
        except MeterFault as fault:
            cannot_measure(self._test, str(fault))
            attached = None
        if attached is None:
            return [], None
        self._test.open_calls.append(attached)
        return [attached], attached


class _Request:
    """A request that is under way; what is counted belongs to the section that it began in."""

    def __init__(
        self,
        test: TestRun,
        servers: list[Attached],
        own: Attached | None,
        model: str | None,
        provider: str | None,
    ) -> None:
        self._test = test
        self._units = test.innermost_units
        self._servers = list(servers)
        self._own = own
        self._model = model
        self._provider = provider
        self._begun_s = System.perf_counter()
        self._has_ended = False

    def end(self, usage: Mapping[str, float] | None, model: str | None = None) -> None:
        """Count the response."""
        if self._has_ended:
            return
        self._has_ended = True
        counts = {"request": 1.0, **(usage or {})}
        self._units.add({unit: count for unit, count in counts.items() if unit != "cached_token"})
        for server in self._servers:
            server.count(counts)
        self._close()
        if self._provider is not None:
            seconds = System.perf_counter() - self._begun_s
            name = printable(model or self._model or "unknown")
            request = HostedRequest(self._provider, name, counts.get("token", 0.0), seconds)
            self._test.hosted.append(request)

    def fail(self) -> None:
        """Count nothing: there is no response."""
        if not self._has_ended:
            self._has_ended = True
            self._close(failed=True)

    def _close(self, *, failed: bool = False) -> None:
        if self._own is not None:
            self._own.close(wait=False, failed=failed)
            self._test.open_calls.remove(self._own)
