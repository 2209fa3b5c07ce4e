"""Who is charged for which stretch of time: a stack of accounts over one row of readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pytest_scer.core.measurement import Measurement, Reading


class Account:
    """What one stage or fixture is charged.

    Attributes:
        measurement: What it cost so far; None where nothing was charged.
        since: The reading from which on it is to be charged next.
    """

    __slots__ = ("measurement", "since")

    def __init__(self) -> None:
        """Nothing is charged yet."""
        self.measurement: Measurement | None = None
        self.since: Reading | None = None

    def charge(self, now: Reading) -> None:
        """Charge the time since it was charged last."""
        assert self.since is not None
        measured = Measurement.between(self.since, now)
        before = self.measurement
        self.measurement = measured if before is None else before + measured


class Timeline:
    """Charges each stretch of time to the innermost open account, and to that alone.

    So a fixture of wider scope that is set up while a test's setup is measured stands apart from
    it, and nested fixtures are counted once. What no account is open for is overhead.
    """

    def __init__(self, read: Callable[..., Reading]) -> None:
        """Begin with no open account.

        Args:
            read: Takes a reading; with ``force=True`` it looks at every counter.
        """
        self._read = read
        self._open: list[Account] = []

    def enter(self, account: Account, *, force: bool = False) -> Reading:
        """Charge an account from now on; returns the reading at the edge.

        Args:
            account: Whom to charge.
            force: Whether to look at every counter, as a verdict asks for.
        """
        now = self._read(force=force)
        if self._open:
            self._open[-1].charge(now)
        account.since = now
        self._open.append(account)
        return now

    def leave(self, *, force: bool = False) -> None:
        """Close the innermost account; the one around it is charged again from now on.

        Args:
            force: Whether to look at every counter, as a verdict asks for.
        """
        now = self._read(force=force)
        self._open.pop().charge(now)
        if self._open:
            self._open[-1].since = now

    def is_open(self, account: Account) -> bool:
        """Whether an account is the innermost open one."""
        return bool(self._open) and self._open[-1] is account

    @contextmanager
    def charging(self, account: Account) -> Iterator[None]:
        """Charge an account while the block runs, whatever it raises."""
        self.enter(account)
        try:
            yield
        finally:
            self.leave()
