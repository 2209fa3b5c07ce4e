"""Calls of a test to model servers: billed if the server is here, estimated if it is elsewhere."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final, TypeVar

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.text import printable
from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.server_process import Popen, ServerProcess, find_server
from pytest_scer.models.addresses import Address, address_in, address_of
from pytest_scer.models.clients import wrapped
from pytest_scer.models.hosted import UNKNOWN, HostedRequest, provider_at
from pytest_scer.models.usage import CACHED
from pytest_scer.recording.section import ServedSection
from pytest_scer.recording.serving import Attached
from pytest_scer.recording.testrun import TestRun
from pytest_scer.system import System

T = TypeVar("T")


@contextmanager
def serving(
    test: TestRun, server: Popen | int | None, *, pid: int | None, port: int | None
) -> Generator[ServedSection]:
    """Measure a block in which a server is billed to a test.

    Args:
        test: The test.
        server: See :func:`find_server`.
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
    with _attached(test, server, pid=pid, port=port) as attached:
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
    test: TestRun, server: Popen | int | None, *, pid: int | None, port: int | None
) -> Generator[Attached | None]:
    """Bill a server to a test while the block runs.

    Yields:
        The server; None if it is a thread of this process, or if it cannot be measured: then the
        test is ``unmeasured``.
    """
    attached = None
    try:
        process = _found(test, server, pid=pid, port=port)
        if process is not None:
            attached = _opened(test, process, block=True)
    except MeterFault as fault:
        _cannot_see(test, str(fault))
    try:
        yield attached
    finally:
        if attached is not None:
            attached.close()
            test.servers.closed(attached)


def _found(
    test: TestRun, server: Popen | int | None = None, *, pid: int | None = None, port: int | None
) -> ServerProcess | None:
    """Find a server; see :func:`find_server`.

    One that was found at a port before is only looked at again: a search looks at all processes of
    the machine, which the test would pay for.
    """
    if port is None or not (server is None and pid is None):
        return find_server(server, pid=pid, port=port)
    ports = test.session.ports
    known = ports.get(port)
    if known is not None and known.listens_on(port):
        return known
    ports.pop(port, None)
    process = find_server(port=port)
    if process is not None:
        ports[port] = process
    return process


def _cannot_see(test: TestRun, reason: str) -> None:
    """Note that a server on this machine is in no figure of the test."""
    test.servers.has_unseen = True
    _cannot_measure(test, reason)


def _cannot_measure(test: TestRun, reason: str) -> None:
    """Note that a test has no figure, unless it has said why already."""
    test.unmeasured = test.unmeasured or printable(reason)


def _opened(test: TestRun, process: ServerProcess, *, block: bool) -> Attached | None:
    """Bill a server to a test; None if this session bills none.

    Raises:
        MeterFault: It has ended.
    """
    servers = test.session.servers
    if servers is None:
        return None
    attached = servers.get().open(process)
    test.servers.opened(attached, block=block)
    return attached


def counted(client: T, test: TestRun, provider: str | None) -> T:
    """Wrap a client, so that its requests are counted, and billed or estimated.

    Args:
        client: The client.
        test: The test that it is for.
        provider: Who hosts its models, by EcoLogits' name; None to tell by its address.

    Raises:
        TypeError: It is no client.
    """
    wrapper: T = wrapped(client, _Caller(test, address_of(client), provider).begin)
    return wrapper


class _Found:
    """Servers on this machine, by the port that a client calls.

    A port is looked up when it is called first: until then, its server may not have started.
    """

    def __init__(self, test: TestRun) -> None:
        self._test = test
        self._known: dict[int, ServerProcess | None] = {}

    def at(self, port: int) -> ServerProcess | None:
        """The server at a port; None if it is a thread of this process.

        Raises:
            MeterFault: Its processes cannot be seen from here.
            ValueError: Nothing listens there.
        """
        known = self._known.get(port)
        if port not in self._known or (known is not None and not known.is_running()):
            self._known[port] = _found(self._test, port=port)
        return self._known[port]


class _Caller:
    """A test that sends requests through a wrapped client."""

    def __init__(self, test: TestRun, address: Address | None, provider: str | None) -> None:
        self._test = test
        self._address = address
        self._provider = provider
        self._found: Final = _Found(test)

    def begin(self, model: str | None, url: str | None) -> _Request:
        """Begin a request.

        Args:
            model: The model that it names.
            url: Where it goes, if it says.
        """
        address = (None if url is None else address_in(url)) or self._address
        provider = self._provider or (None if address is None else provider_at(address.host))
        if provider is not None:
            return self._hosted(provider, model)
        blocks = [*self._test.servers.blocks]
        if address is None:  # a function, or a client that does not say: the test knows
            return _Request(self._test, blocks)
        if not address.is_here:  # the name may be one of this machine all the same
            return _Request(self._test, blocks) if blocks else self._hosted(None, model)
        try:
            process = self._found.at(address.port)
            return _Request(self._test) if process is None else self._of(process, blocks)
        except (MeterFault, ValueError) as error:
            if not blocks:
                _cannot_see(self._test, f"the server of a wrapped client: {error}")
            return _Request(self._test, blocks)

    def _of(self, process: ServerProcess, blocks: list[Attached]) -> _Request:
        """Begin a request to a server, which is billed while it takes, unless a block does so.

        Raises:
            MeterFault: The server has ended.
        """
        opened = [
            each for each in blocks if each.key == process.key or process.is_part_of(each.pids)
        ]
        if opened:
            return _Request(self._test, opened)
        own = _opened(self._test, process, block=False)
        return _Request(self._test, [] if own is None else [own], own)

    def _hosted(self, provider: str | None, model: str | None) -> _Request:
        """Begin a request to a model on another machine."""
        # The report names no host: it may be one of a private network.
        where = f"hosted by {provider}" if provider else "on another machine"
        _cannot_measure(
            self._test, f"its model is {where}: what it uses there cannot be measured here"
        )
        return _HostedRequest(self._test, provider or UNKNOWN, model)


class _Request:
    """A request that is under way; what is counted belongs to the section that it began in."""

    def __init__(
        self, test: TestRun, servers: list[Attached] | None = None, own: Attached | None = None
    ) -> None:
        """Begin it.

        Args:
            test: The test that sends it.
            servers: The servers that it is counted for.
            own: The one that is billed only while it takes.
        """
        self._test = test
        self._units = test.innermost_units
        self._servers = servers or []
        self._own = own
        self._has_ended = False

    def _ends(self) -> bool:
        """Whether it ends now, and not before."""
        with self._test.servers.lock:
            before, self._has_ended = self._has_ended, True
        return not before

    def end(self, usage: Mapping[str, float] | None, model: str | None = None) -> None:
        """Count the response."""
        if self._ends():
            counts = {"request": 1.0, **(usage or {})}
            with self._test.servers.lock:
                self._units.add({unit: each for unit, each in counts.items() if unit != CACHED})
            for server in self._servers:
                server.count(counts)
            self._answered(counts.get("token"), model)
            self._close()

    def _answered(self, tokens: float | None, model: str | None) -> None:
        """What else is noted of a response.

        Args:
            tokens: How many tokens it has generated; None if it does not say.
            model: The model that has answered, if it says.
        """

    def fail(self) -> None:
        """Count nothing: there is no response."""
        if self._ends():
            self._close(failed=True)

    def _close(self, *, failed: bool = False) -> None:
        if self._own is not None:
            self._own.close(wait=False, failed=failed)
            self._test.servers.closed(self._own)


class _HostedRequest(_Request):
    """A request to a model on another machine."""

    def __init__(self, test: TestRun, provider: str, model: str | None) -> None:
        super().__init__(test)
        self._provider = provider
        self._model = model
        self._begun_s = System.perf_counter()

    def _answered(self, tokens: float | None, model: str | None) -> None:
        seconds = System.perf_counter() - self._begun_s
        name = model or self._model or "unknown"
        request = HostedRequest(self._provider, name, tokens, seconds)
        self._test.servers.hosted.append(request)
