"""One server, as a process that bills it sees it: its calls, and what the ledger says of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from pytest_scer.core.serving import Bill, Pool, Work
from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.server_process import ServerProcess
from pytest_scer.report.files import reason
from pytest_scer.system import System
from pytest_scer.workers.server_ledger import Ledger, account_name


class ChargedGpus:
    """What this process was charged of GPUs, of which each joule belongs to one server at most."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._until_j = math.nan

    def start(self, gpu_j: float) -> None:
        """From now on it belongs to those who call.

        Args:
            gpu_j: What it was charged until now; NaN if unknown.
        """
        self._until_j = gpu_j

    def since_then(self, gpu_j: float) -> float:
        """Joules since the last call of a method; 0 if they are unknown.

        Args:
            gpu_j: As in :meth:`start`.
        """
        since_j, self._until_j = gpu_j - self._until_j, gpu_j
        return since_j if since_j > 0 else 0.0


class Server:
    """One server, as this process sees it."""

    def __init__(
        self,
        process: ServerProcess,
        price_j: Callable[[], float],
        charged: ChargedGpus,
        *,
        is_inside: bool,
        is_outside: bool,
    ) -> None:
        """Open its ledger.

        Args:
            process: Its processes.
            price_j: Returns joules per CPU second.
            charged: What this process was charged of GPUs.
            is_inside: Whether these are children of this process.
            is_outside: Whether the session did not start them.

        Raises:
            MeterFault: It has ended.
        """
        self.process = process
        self.billed = Bill()
        self.shared_s = 0.0
        self.gpu_given_j = 0.0
        """Joules of GPUs that this process was charged during its calls."""
        self.fault: str | None = None
        self.faults = 0
        self._open = 0
        self._caller = ""
        """The name of the process that began a call: a child that a test forks is another."""
        self._unpaid = False
        self._ledger = Ledger(process.key)
        self._is_inside = is_inside
        self.is_outside = is_outside
        self._latest_s = self._since_s = process.cpu_time_s()
        self._price_j = price_j
        self._charged = charged

    def _clock_s(self) -> float:
        """CPU seconds of the server; the last known ones once it has ended."""
        try:
            self._latest_s = self.process.cpu_time_s()
        except MeterFault as fault:
            if self._open and self.fault != str(fault):
                self.fail(str(fault))
        return self._latest_s

    def fail(self, cause: str) -> None:
        """Note that what it uses is not known."""
        self.fault = cause
        self.faults += 1

    @property
    def is_called(self) -> bool:
        """Whether this process has calls in flight."""
        return self._open > 0

    @property
    def inside_s(self) -> float:
        """CPU seconds that are part of this process's tree, but not its own use."""
        return self._latest_s - self._since_s if self._is_inside else 0.0

    @property
    def gpu_j(self) -> float:
        """Joules of GPUs that it charges this process, less what that was charged in any case."""
        # Exactly 0 if nobody else ever called, without the rounding of what came back.
        return self.billed.gpu_j - self.gpu_given_j if self.shared_s else 0.0

    def _give_gpu(self, pool: Pool, gpu_j: float) -> None:
        """Put into the pool what this process was charged of GPUs while it called."""
        if self._open:
            given_j = self._charged.since_then(gpu_j)
            pool.add_gpu(given_j)
            self.gpu_given_j += given_j

    def _is_known(self, pool: Pool) -> bool:
        """Whether the pool has the calls of this process; a fault if it has lost them."""
        if account_name() in pool.accounts:
            return True
        if account_name() == self._caller:
            self.fail(_damaged(OSError("another process was killed while it wrote to the ledger")))
        self._unpaid = False
        return False

    def begin(self, gpu_j: float) -> float:
        """Begin a call; returns when.

        Args:
            gpu_j: Joules of GPUs that this process was charged until now; NaN if unknown.
        """
        begun_s = System.perf_counter()
        try:
            with self._ledger.change(self._clock_s, self._price_j()) as pool:
                self._give_gpu(pool, gpu_j)
                pool.begin(account_name(), begun_s)
                self._caller = account_name()
        except OSError as error:
            self.fail(_damaged(error))
        self._open += 1
        return begun_s

    def end(self, begun_s: float, work: Work, gpu_j: float) -> None:
        """End a call.

        Args:
            begun_s: When it began.
            work: What it was.
            gpu_j: As in :meth:`begin`.
        """
        try:
            with self._ledger.change(self._clock_s, self._price_j()) as pool:
                if self._is_known(pool):
                    self._give_gpu(pool, gpu_j)
                    pool.end(account_name(), begun_s, System.perf_counter(), work)
                    self._unpaid = True
        except OSError as error:
            self.fail(_damaged(error))
        self._open -= 1

    def is_settled(self) -> bool:
        """Whether this process need not wait for others, to know what its calls cost."""
        try:
            with self._ledger.change(self._clock_s, self._price_j()) as pool:
                account = pool.accounts.get(account_name())
                return account is None or not account.unbilled.requests or pool.knows_price
        except OSError:
            return True

    def read(self, gpu_j: float) -> None:
        """Bill this process for its calls until now.

        Args:
            gpu_j: As in :meth:`begin`.
        """
        if not (self._open or self._unpaid):
            if self._is_inside:
                self._clock_s()
            return
        try:
            with self._ledger.change(self._clock_s, self._price_j()) as pool:
                if not self._is_known(pool):
                    return
                account = pool.accounts[account_name()]
                self._give_gpu(pool, gpu_j)
                pool.settle(account_name(), System.perf_counter())
                self.billed = replace(account.billed)
                self.shared_s = account.shared_s
                self._unpaid = account.owes
        except OSError as error:
            self.fail(_damaged(error))

    def count(self, work: Work) -> None:
        """Note work of calls in flight."""
        try:
            with self._ledger.change(self._clock_s, self._price_j()) as pool:
                if self._is_known(pool):
                    pool.count(account_name(), work)
        except OSError as error:
            self.fail(_damaged(error))

    def close(self) -> None:
        """Leave the ledger to others."""
        self._ledger.close()


def _damaged(error: OSError) -> str:
    return f"what tests share of a server is unknown: {reason(error)}"
