"""The servers that this process bills: opened by tests, read by the meter."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Final

from pytest_scer.core.serving import Bill, Work
from pytest_scer.meters.base import Meter, MeterFault
from pytest_scer.meters.forking import renew_lock_in_children
from pytest_scer.meters.hardware import HardwareMeter
from pytest_scer.meters.served import NOTHING_SERVED, ServedTotals
from pytest_scer.meters.server_process import ServerProcess
from pytest_scer.report.files import reason
from pytest_scer.system import System
from pytest_scer.workers.server_ledger import Ledger, account_name

PATIENCE_S: Final = 2.0
"""How long a test waits for the calls of others to end, if no call was ever paid for: only then is
nothing known of what a token costs, so that the share of a test is a guess."""
_GLANCE_S: Final = 0.01
"""How often it looks in the meantime."""
CACHED: Final = "cached_token"
"""Tokens of a prompt that a server had in its cache: it need not process them again."""
COUNTED: Final = ("token", "prompt_token", "request", CACHED)
"""The units by which tests share a server."""


class Server:
    """One server, as this process sees it."""

    def __init__(
        self,
        process: ServerProcess,
        price_j: Callable[[], float],
        *,
        is_inside: bool,
        is_outside: bool,
    ) -> None:
        """Open its ledger.

        Args:
            process: Its processes.
            price_j: Returns joules per CPU second.
            is_inside: Whether these are children of this process.
            is_outside: Whether the session did not start them.

        Raises:
            MeterFault: It has ended.
        """
        self.process = process
        self.billed = Bill()
        self.shared_s = 0.0
        self.fault: str | None = None
        self.faults = 0
        self._open = 0
        self._unpaid = False
        self._ledger = Ledger(process.key)
        self._is_inside = is_inside
        self.is_outside = is_outside
        self._latest_s = self._since_s = process.cpu_time_s()
        self._price_j = price_j

    def _clock_s(self) -> float:
        """CPU seconds of the server; the last known ones once it has ended."""
        try:
            self._latest_s = self.process.cpu_time_s()
        except MeterFault as fault:
            if self._open and self.fault is None:
                self._fail(str(fault))
        return self._latest_s

    def _fail(self, cause: str) -> None:
        self.fault = cause
        self.faults += 1

    @property
    def inside_s(self) -> float:
        """CPU seconds that are part of this process's tree, but not its own use."""
        return self._latest_s - self._since_s if self._is_inside else 0.0

    def begin(self) -> float:
        """Begin a call; returns when."""
        begun_s = System.perf_counter()
        self._open += 1
        try:
            with self._ledger.change(self._clock_s, self._price_j()) as pool:
                pool.begin(account_name(), begun_s)
        except OSError as error:
            self._fail(_damaged(error))
        return begun_s

    def end(self, begun_s: float, work: Work) -> None:
        """End a call.

        Args:
            begun_s: When it began.
            work: What it was.
        """
        try:
            with self._ledger.change(self._clock_s, self._price_j()) as pool:
                if account_name() in pool.accounts:
                    pool.end(account_name(), begun_s, System.perf_counter(), work)
                    self._unpaid = True
        except OSError as error:
            self._fail(_damaged(error))
        self._open -= 1

    def is_settled(self) -> bool:
        """Whether this process need not wait for others, to know what its calls cost."""
        try:
            with self._ledger.change(self._clock_s, self._price_j()) as pool:
                account = pool.accounts.get(account_name())
                return account is None or not account.unbilled.requests or pool.knows_price
        except OSError:
            return True

    def read(self) -> None:
        """Bill this process for its calls until now."""
        if not (self._open or self._unpaid):
            if self._is_inside:
                self._clock_s()
            return
        try:
            with self._ledger.change(self._clock_s, self._price_j()) as pool:
                account = pool.accounts.get(account_name())
                if account is None:  # a child that a test has forked
                    return
                pool.settle(account_name(), System.perf_counter())
                self.billed = Bill(account.billed.cpu_s, account.billed.cpu_j)
                self.shared_s = account.shared_s
                self._unpaid = account.owes
        except OSError as error:
            self._fail(_damaged(error))

    def count(self, work: Work) -> None:
        """Note work of calls in flight."""
        try:
            with self._ledger.change(self._clock_s, self._price_j()) as pool:
                if account_name() in pool.accounts:
                    pool.count(account_name(), work)
        except OSError as error:
            self._fail(_damaged(error))

    def close(self) -> None:
        """Leave the ledger to others."""
        self._ledger.close()


class Attached:
    """A server that a test is calling, from :meth:`Servers.open` to :meth:`close`."""

    def __init__(self, server: Server, servers: Servers) -> None:
        """Begin to bill the test.

        Args:
            server: The server.
            servers: All servers, of which only one thread uses any.
        """
        self._server = server
        self._servers = servers
        self._is_closed = False
        self._counted = Work()
        self._units: dict[str, float] = {}
        self.name = server.process.name
        self.key = server.process.key
        with servers.lock:
            self._before = (server.billed.cpu_s, server.billed.cpu_j, server.shared_s)
            self._begun_s = server.begin()

    def count(self, units: Mapping[str, float]) -> None:
        """Note what the test has counted: others pay in proportion to what they count.

        Args:
            units: Counts by the singular name of the unit.
        """
        for unit in COUNTED:
            self._units[unit] = self._units.get(unit, 0.0) + units.get(unit, 0.0)
        work = _work(self._units)
        before, self._counted = self._counted, work
        with self._servers.lock:
            self._server.count(
                Work(
                    work.tokens - before.tokens,
                    work.requests - before.requests,
                    work.untold - before.untold,
                )
            )

    def close(self, *, wait: bool = True, failed: bool = False) -> None:
        """Stop billing the test.

        Args:
            wait: Whether to wait a moment for others that are calling, where otherwise the share of
                the test would be a guess.
            failed: Whether the call got no response, and so counts for nothing.
        """
        if self._is_closed:
            return
        self._is_closed = True
        told = failed or self._counted.requests
        with self._servers.lock:
            self._server.end(self._begun_s, Work() if told else Work(0.0, 1.0, 1.0))
        until_s = System.perf_counter() + (PATIENCE_S if wait else 0.0)
        while System.perf_counter() < until_s:
            with self._servers.lock:
                if self._server.is_settled():
                    break
            System.sleep(_GLANCE_S)

    @property
    def billed(self) -> tuple[float, float]:
        """CPU seconds of the server that were billed since it was opened, and their joules."""
        cpu_s, cpu_j, _ = self._before
        return self._server.billed.cpu_s - cpu_s, self._server.billed.cpu_j - cpu_j

    @property
    def was_shared(self) -> bool:
        """Whether others were calling it at the same time."""
        return self._server.shared_s > self._before[2]


def _work(units: Mapping[str, float]) -> Work:
    tokens = units["token"] + max(units["prompt_token"] - units[CACHED], 0.0)
    requests = max(units["request"], 1.0) if tokens or units["request"] else 0.0
    return Work(tokens, requests, 0.0 if tokens else requests)


class Servers:
    """The servers that this process bills."""

    def __init__(
        self, meter: Meter, session: Collection[int] = (), *, reports: bool = False
    ) -> None:
        """Bill nothing yet.

        Args:
            meter: The meter of this process. Only that of real hardware can bill.
            session: The processes whose children the session's total includes, besides this one.
            reports: Whether another process meters the session, so that it must be told.
        """
        self._meter = meter
        self._session = session
        self._reports = reports
        self._reported_j = 0.0
        self._servers: dict[str, Server] = {}
        self._lock = threading.Lock()  # a child that a test forks gets another
        renew_lock_in_children(self)

    def open(self, process: ServerProcess) -> Attached:
        """Bill a server to the running test.

        Args:
            process: The server.

        Raises:
            MeterFault: It has ended.
        """
        with self._lock:
            if not self._servers and isinstance(self._meter, HardwareMeter):
                self._meter.bill(self)
            server = self._servers.get(process.key)
            if server is None:
                own = os.getpid()
                server = self._servers[process.key] = Server(
                    process,
                    self._price_j,
                    is_inside=process.is_inside([own]),
                    is_outside=not process.is_inside([own, *self._session]),
                )
        return Attached(server, self)

    @property
    def lock(self) -> threading.Lock:
        """Held by the thread that uses a server."""
        return self._lock

    def read(self) -> ServedTotals:
        """Bill this process for its calls until now; see :class:`ServedMeter`."""
        with self._lock:
            for server in self._servers.values():
                server.read()
            return self._totals()

    def _price_j(self) -> float:
        """Joules per CPU second of a server."""
        meter = self._meter
        return meter.joules_per_cpu_s if isinstance(meter, HardwareMeter) else 0.0

    def _totals(self) -> ServedTotals:
        totals = NOTHING_SERVED
        for server in self._servers.values():
            totals = ServedTotals(
                totals.cpu_s + server.billed.cpu_s,
                totals.cpu_j + server.billed.cpu_j,
                totals.inside_s + server.inside_s,
                totals.outside_j + (server.billed.cpu_j if server.is_outside else 0.0),
                totals.faults + server.faults,
                server.fault or totals.fault,
            )
        return totals

    def unreported_j(self) -> float:
        """Joules that the meter of the session cannot see, and has not been told of."""
        if not self._reports or not self._servers:
            return 0.0
        with self._lock:
            outside_j = self._totals().outside_j
        told_j, self._reported_j = self._reported_j, outside_j
        return outside_j - told_j

    def close(self) -> None:
        """Leave the ledgers to others."""
        for server in self._servers.values():
            server.close()


def _damaged(error: OSError) -> str:
    return f"what tests share of a server is unknown: {reason(error)}"
