"""What a server used, shared among the tests that called it.

While at least one call is in flight, everything that the server uses belongs to those who called.
It is collected in a pool. When the last call ends, the pool is divided among the calls that have
ended since it was empty: by the tokens that each counted, or by requests if a call counted no
tokens. What the server uses while nobody calls is nobody's.

GPUs have no clock of a process. What a caller was charged of them during its calls goes into the
pool, too, and comes back in proportion to what each caller pays of the rest.

A test may need its figure while others are still calling. It then pays for its tokens at the price
that all tokens so far had on average, and the others pay the rest. So every joule is billed once,
whatever the order.
"""

from __future__ import annotations

from dataclasses import asdict, field
from typing import Any

from pytest_scer.lazy_dataclass import dataclass

Json = dict[str, Any]


@dataclass(slots=True)
class Work:
    """How much was asked of the server.

    Attributes:
        tokens: Tokens that it processed: read and generated, without those it had in its cache.
        requests: Requests.
        untold: How many of these requests counted no tokens.
        seconds: How long the calls took, added up.
    """

    tokens: float = 0.0
    requests: float = 0.0
    untold: float = 0.0
    seconds: float = 0.0

    def add(self, other: Work) -> None:
        """Add other work."""
        self.tokens += other.tokens
        self.requests += other.requests
        self.untold += other.untold
        self.seconds += other.seconds

    def weight(self, *, by_tokens: bool) -> float:
        """Its size in tokens or in requests."""
        return self.tokens if by_tokens else self.requests


@dataclass(slots=True)
class Bill:
    """What the server used for someone: CPU seconds, and joules of the CPU and of GPUs."""

    cpu_s: float = 0.0
    cpu_j: float = 0.0
    gpu_j: float = 0.0

    def add(self, other: Bill) -> None:
        """Add another bill."""
        self.cpu_s += other.cpu_s
        self.cpu_j += other.cpu_j
        self.gpu_j += other.gpu_j


@dataclass(slots=True)
class Account:
    """One test process at the server.

    Attributes:
        calls: How many of its calls are in flight.
        begun_s: The sum of the times at which these began, or were billed last.
        unbilled: Its work that ended, but was not paid for.
        accrued_s: CPU seconds since its last bill, if calls in flight cost the same per second.
        advance_s: How many of these it has paid for already.
        billed: All that it was ever billed.
        shared_s: CPU seconds that the server used in total while it and others were calling.
    """

    calls: int = 0
    begun_s: float = 0.0
    unbilled: Work = field(default_factory=Work)
    accrued_s: float = 0.0
    advance_s: float = 0.0
    billed: Bill = field(default_factory=Bill)
    shared_s: float = 0.0

    @property
    def owes(self) -> bool:
        """Whether it has calls in flight, or work that is not paid for."""
        return self.calls > 0 or self.unbilled.requests > 0


@dataclass(slots=True)
class Pool:
    """The use of one server, and those who share it.

    Attributes:
        clock_s: CPU seconds of the server at the last change.
        used_s: CPU seconds that it has used while anyone called.
        left: What was used, but is not billed yet; nothing if no call is in flight or unpaid.
        done: All work that was paid for.
        accounts: The test processes, by a name of each.
    """

    clock_s: float
    used_s: float = 0.0
    left: Bill = field(default_factory=Bill)
    done: Work = field(default_factory=Work)
    accounts: dict[str, Account] = field(default_factory=dict)

    def advance(self, clock_s: float, price_j: float) -> None:
        """Note what the server has used since the last change.

        Args:
            clock_s: Its CPU seconds now.
            price_j: Joules per CPU second.
        """
        used_s = max(clock_s - self.clock_s, 0.0)
        self.clock_s = max(clock_s, self.clock_s)
        calls = sum(account.calls for account in self.accounts.values())
        if not calls:
            return
        self.used_s += used_s
        self.left.add(Bill(used_s, used_s * price_j))
        for account in self.accounts.values():
            account.accrued_s += used_s * account.calls / calls
            if 0 < account.calls < calls:
                account.shared_s += used_s

    def begin(self, name: str, now_s: float) -> None:
        """A test process begins a call."""
        account = self.accounts.setdefault(name, Account())
        account.calls += 1
        account.begun_s += now_s

    def end(self, name: str, begun_s: float, now_s: float, work: Work) -> None:
        """A call ends.

        Args:
            name: The test process.
            begun_s: When it began.
            now_s: The time.
            work: What it was; without its duration.
        """
        account = self.accounts[name]
        if not (work.requests or account.unbilled.requests):  # it failed, or it was no call
            self.pay_in_advance(name)
        account.calls -= 1
        account.begun_s = account.begun_s - begun_s if account.calls else 0.0
        account.unbilled.add(work)
        account.unbilled.seconds += max(now_s - begun_s, 0.0)
        if not account.owes:  # it was no call after all
            account.accrued_s = account.advance_s = 0.0
        if not any(each.calls for each in self.accounts.values()):
            self._divide()

    def add_gpu(self, gpu_j: float) -> None:
        """Add what a caller was charged of GPUs while it called."""
        self.left.gpu_j += gpu_j

    def count(self, name: str, work: Work) -> None:
        """Note what a test process has asked of the server, in calls that are in flight."""
        self.accounts[name].unbilled.add(work)

    def abandon(self, name: str) -> None:
        """A test process is gone: what it has not paid for is left to the others."""
        self.accounts.pop(name, None)
        if not any(each.calls for each in self.accounts.values()):
            self._divide()

    @property
    def knows_price(self) -> bool:
        """Whether any work was paid for, so that its price is known."""
        return self.done.requests > 0

    def is_alone(self, name: str) -> bool:
        """Whether nobody else has calls in flight, or work that is not paid for."""
        return not any(each.owes for other, each in self.accounts.items() if other != name)

    def pay_in_advance(self, name: str) -> None:
        """Bill a test process for calls in flight, as if all cost the same per second."""
        account = self.accounts[name]
        if self.is_alone(name):
            self._bill(account, self.left.cpu_s)
        else:
            self._bill(account, account.accrued_s - account.advance_s)
        account.advance_s = account.accrued_s

    def settle(self, name: str, now_s: float) -> None:
        """Bill a test process for all its work so far.

        Args:
            name: The test process.
            now_s: The time.
        """
        account = self.accounts[name]
        if not account.unbilled.requests:
            self.pay_in_advance(name)
            return
        if self.is_alone(name):
            self._bill(account, self.left.cpu_s)
        else:
            self._bill(account, self._price_of(account, now_s) - account.advance_s)
        self._paid(account)

    def _price_of(self, account: Account, now_s: float) -> float:
        """CPU seconds that the work of an account costs, at the average of all work.

        Calls of others that are in flight count with what calls of their length did on average.
        """
        known = Work()
        known.add(self.done)
        for each in self.accounts.values():
            known.add(each.unbilled)
        by_tokens = not known.untold and known.tokens > 0
        weight = known.weight(by_tokens=by_tokens)
        rate = weight / known.seconds if known.seconds > 0 else 0.0
        for each in self.accounts.values():
            if each is not account and each.calls:
                weight += rate * max(each.calls * now_s - each.begun_s, 0.0)
        own = account.unbilled.weight(by_tokens=by_tokens)
        return self.used_s * own / weight if weight > 0 else account.accrued_s

    def _divide(self) -> None:
        """Divide what is left among those who have ended: nobody is calling any more."""
        ended = [account for account in self.accounts.values() if account.unbilled.requests]
        works = [account.unbilled for account in ended]
        by_tokens = all(not work.untold for work in works) and any(work.tokens for work in works)
        # Whoever has paid in advance has paid a part of the same work.
        whole_s = self.left.cpu_s + sum(account.advance_s for account in ended)
        weight = sum(work.weight(by_tokens=by_tokens) for work in works)
        if weight > 0:
            owed = [
                max(
                    whole_s * account.unbilled.weight(by_tokens=by_tokens) / weight
                    - account.advance_s,
                    0.0,
                )
                for account in ended
            ]
            # Someone may have paid more than its part; the others then pay less than theirs.
            scale = self.left.cpu_s / sum(owed) if sum(owed) > 0 else 0.0
            for account, owed_s in zip(ended, owed, strict=True):
                self._bill(account, owed_s * scale)
        for account in ended:
            self._paid(account)
        self.left = Bill()

    def _bill(self, account: Account, cpu_s: float) -> None:
        cpu_s = min(max(cpu_s, 0.0), self.left.cpu_s)
        share = cpu_s / self.left.cpu_s if self.left.cpu_s > 0 else 1.0
        cpu_j, gpu_j = self.left.cpu_j * share, self.left.gpu_j * share
        account.billed.add(Bill(cpu_s, cpu_j, gpu_j))
        self.left.add(Bill(-cpu_s, -cpu_j, -gpu_j))

    def _paid(self, account: Account) -> None:
        self.done.add(account.unbilled)
        account.unbilled = Work()
        account.accrued_s = account.advance_s = 0.0

    # --- as JSON ----------------------------------------------------------------------------

    def dump(self) -> Json:
        """The pool as JSON."""
        return asdict(self)

    @classmethod
    def load(cls, data: Json) -> Pool:
        """Read what :meth:`dump` returned.

        Raises:
            KeyError: It is something else.
            TypeError: The same.
        """
        accounts = {
            name: Account(
                **{
                    **account,
                    "unbilled": Work(**account["unbilled"]),
                    "billed": Bill(**account["billed"]),
                }
            )
            for name, account in data["accounts"].items()
        }
        left, done = Bill(**data["left"]), Work(**data["done"])
        return cls(data["clock_s"], data["used_s"], left, done, accounts)
