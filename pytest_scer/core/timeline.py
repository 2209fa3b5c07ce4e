"""Which stage or fixture is charged for which time span: a stack of accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pytest_scer.core.measurement import Measurement, Reading


class Account:
    """The energy charged to one stage or fixture.

    Attributes:
        spans: Two readings for each time that it was charged: the start and the end. They are
            worked out when somebody asks, which is after the session for most tests.
        since: The reading from which the next charge starts.
    """

    __slots__ = ("since", "spans")

    def __init__(self) -> None:
        """Start with nothing charged."""
        self.spans: list[Reading] = []
        self.since: Reading | None = None

    @property
    def start(self) -> Reading | None:
        """The reading from which it was charged first; None if it never was."""
        return self.spans[0] if self.spans else self.since

    def charge(self, now: Reading) -> None:
        """Charge the time since the last charge."""
        assert self.since is not None
        self.spans += (self.since, now)

    @property
    def measurement(self) -> Measurement | None:
        """The total so far; None if nothing was charged yet."""
        return measurement_of(self.spans)


def measurement_of(spans: Sequence[Reading]) -> Measurement | None:
    """What was used in these time spans: two readings for each. None if there are none."""
    if not spans:
        return None
    measured = Measurement.between(spans[0], spans[1])
    for start, end in zip(spans[2::2], spans[3::2], strict=True):
        measured += Measurement.between(start, end)
    return measured


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

    def switch(self, account: Account, *, force: bool = False) -> Reading:
        """Close the innermost account and charge another from the same reading on.

        Args:
            account: The account to charge.
            force: Whether to poll every counter.
        """
        now = self._read(force=force)
        self._open.pop().charge(now)
        account.since = now
        self._open.append(account)
        return now

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
