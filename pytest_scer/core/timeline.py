"""Which stage or fixture is charged for which time span: a stack of accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pytest_scer.core.measurement import Measurement, Reading


class Account:
    """The energy charged to one stage or fixture.

    Most accounts are charged once and read once, so the readings are kept until somebody asks.

    Attributes:
        since: The reading from which the next charge starts.
    """

    __slots__ = ("_before", "_span", "since")

    def __init__(self) -> None:
        """Start with nothing charged."""
        self.since: Reading | None = None
        self._span: tuple[Reading, Reading] | None = None  # the last charge
        self._before: Measurement | None = None  # all charges before it

    def charge(self, now: Reading) -> None:
        """Charge the time since the last charge."""
        assert self.since is not None
        if self._span is not None:
            self._before = self.measurement
        self._span = (self.since, now)

    @property
    def measurement(self) -> Measurement | None:
        """The total so far; None if nothing was charged yet."""
        span, before = self._span, self._before
        if span is not None:
            measured = Measurement.between(*span)
            self._before = before = measured if before is None else before + measured
            self._span = None
        return before


class Timeline:
    """Charges each time span to the innermost open account only.

    A fixture of wider scope that is set up during a test's setup is therefore not charged to that
    test, and nested fixtures are counted once. Time with no open account is overhead.
    """

    def __init__(self, read: Callable[..., Reading]) -> None:
        """Start with no open account.

        Args:
            read: Takes a reading; with ``force=True`` it polls every counter.
        """
        self._read = read
        self._open: list[Account] = []

    def enter(self, account: Account, *, force: bool = False) -> Reading:
        """Charge an account from now on; returns the current reading.

        Args:
            account: The account to charge.
            force: Whether to poll every counter, which verdicts need.
        """
        now = self._read(force=force)
        if self._open:
            self._open[-1].charge(now)
        account.since = now
        self._open.append(account)
        return now

    def leave(self, *, force: bool = False) -> None:
        """Close the innermost account; the enclosing one is charged again from now on.

        Args:
            force: Whether to poll every counter, which verdicts need.
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
        """Charge an account while the block runs, even if it raises."""
        self.enter(account)
        try:
            yield
        finally:
            self.leave()
