"""The servers that this process bills: opened by tests, read by the meter."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from pytest_scer.core.serving import Work
from pytest_scer.meters.base import Meter
from pytest_scer.meters.forking import lock_free_in_children
from pytest_scer.meters.hardware import HardwareMeter
from pytest_scer.meters.served import NOTHING_SERVED, ServedTotals
from pytest_scer.meters.server_gpus import gpu_count, processes_on
from pytest_scer.meters.server_process import ServerProcess
from pytest_scer.models.usage import CACHED
from pytest_scer.report.served import ServerUse
from pytest_scer.system import System
from pytest_scer.workers.server import ChargedGpus, Server

PATIENCE_S: Final = 2.0
"""How long a test waits for the calls of others to end, if no call was ever paid for: only then is
nothing known of what a token costs, so that the share of a test is a guess."""
_GLANCE_S: Final = 0.01
"""How often it looks in the meantime."""
COUNTED: Final = ("token", "prompt_token", "request", CACHED)
"""The units by which tests share a server."""


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
        self.pids = server.process.pids
        self._before = replace(server.billed)
        self._shared_before_s = server.shared_s
        self._begun_s = servers.begin(server)

    def count(self, units: Mapping[str, float]) -> None:
        """Note what the test has counted: others pay in proportion to what they count.

        Args:
            units: Counts by the singular name of the unit.
        """
        with self._servers.lock:
            for unit in COUNTED:
                self._units[unit] = self._units.get(unit, 0.0) + units.get(unit, 0.0)
            work, before = _work(self._units), self._counted
            self._counted = work
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
        with self._servers.lock:
            if self._is_closed:
                return
            self._is_closed = True
            told = failed or self._counted.requests
        work = Work() if told else Work(0.0, 1.0, 1.0)
        self._servers.end(self._server, self._begun_s, work)
        until_s = System.perf_counter() + (PATIENCE_S if wait else 0.0)
        while System.perf_counter() < until_s:
            with self._servers.lock:
                if self._server.is_settled():
                    break
            System.sleep(_GLANCE_S)

    def leave_out(self, use: ServerUse) -> None:
        """Leave out what was billed since an earlier use: it is not the test's own."""
        now = self.use
        self._before.cpu_s += now.cpu_time_s - use.cpu_time_s
        self._before.cpu_j += now.energy_j - use.energy_j
        self._before.gpu_j += (now.gpu_energy_j or 0.0) - (use.gpu_energy_j or 0.0)

    @property
    def use(self) -> ServerUse:
        """What was billed since it was opened, and whether others called it at the same time."""
        billed, before = self._server.billed, self._before
        return ServerUse(
            self.name,
            max(billed.cpu_s - before.cpu_s, 0.0),
            max(billed.cpu_j - before.cpu_j, 0.0),
            self._server.shared_s > self._shared_before_s,
            max(billed.gpu_j - before.gpu_j, 0.0) if self._servers.meters_gpus else None,
        )


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
        self._meter = meter if isinstance(meter, HardwareMeter) else None
        self._session = session
        self._reports = reports
        self._reported_j = 0.0
        self._servers: dict[str, Server] = {}
        self._charged = ChargedGpus()
        self._lock = lock_free_in_children()
        if self._meter is not None:
            self._meter.bill(self)

    def open(self, process: ServerProcess) -> Attached:
        """Bill a server to the running test.

        Args:
            process: The server.

        Raises:
            MeterFault: It has ended.
        """
        with self._lock:
            server = self._servers.get(process.key)
            if server is None:
                own = os.getpid()
                server = self._servers[process.key] = Server(
                    process,
                    self._price_j,
                    self._charged,
                    is_inside=process.is_part_of([own]),
                    is_outside=not process.is_part_of([own, *self._session]),
                )
        return Attached(server, self)

    def begin(self, server: Server) -> float:
        """Begin a call; returns when."""
        gpu_j = self._gpu_j()
        with self._lock:
            if not any(each.is_called for each in self._servers.values()):
                self._charged.start(gpu_j)
            return server.begin(gpu_j)

    def end(self, server: Server, begun_s: float, work: Work) -> None:
        """End a call.

        Args:
            server: The server.
            begun_s: When it began.
            work: What it was.
        """
        gpu_j = self._gpu_j()
        unmetered = self._unmetered_gpus(server)
        with self._lock:
            if unmetered:
                server.fail(_unmetered(server, unmetered))
            server.end(begun_s, work, gpu_j)

    def _unmetered_gpus(self, server: Server) -> list[int]:
        """The GPUs that a server uses, but that are in no figure."""
        if self._meter is None:
            return []
        unmetered = self._meter.unmetered(range(gpu_count()))
        pids = server.process.tree() if unmetered else set()
        return [index for index in unmetered if not pids.isdisjoint(processes_on(index))]

    def _gpu_j(self) -> float:
        """Joules of GPUs that this process was charged until now; NaN if unknown."""
        return math.nan if self._meter is None else self._meter.charged_gpu_j()

    @property
    def meters_gpus(self) -> bool:
        """Whether the figures of this process have a GPU."""
        return self._meter is not None and bool(self._meter.infos["gpu"].devices)

    @property
    def lock(self) -> threading.Lock:
        """Held by the thread that uses a server."""
        return self._lock

    def read(self, gpu_j: float) -> ServedTotals:
        """Bill this process for its calls until now; see :class:`ServedMeter`."""
        with self._lock:
            for server in self._servers.values():
                server.read(gpu_j)
            return self._totals()

    def _price_j(self) -> float:
        """Joules per CPU second of a server."""
        return 0.0 if self._meter is None else self._meter.joules_per_cpu_s

    def _totals(self) -> ServedTotals:
        totals = NOTHING_SERVED
        for server in self._servers.values():
            totals = ServedTotals(
                totals.cpu_s + server.billed.cpu_s,
                totals.cpu_j + server.billed.cpu_j,
                totals.inside_s + server.inside_s,
                totals.outside_j + (server.billed.cpu_j if server.is_outside else 0.0),
                totals.gpu_j + server.gpu_j,
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


def _unmetered(server: Server, gpus: Iterable[int]) -> str:
    named = " and ".join(f"GPU {index}" for index in gpus)
    return (
        f"the server {server.process.name} uses {named}, which this process does not meter: "
        "set CUDA_VISIBLE_DEVICES of the tests to the GPUs of the server"
    )
