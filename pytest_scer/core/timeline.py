"""Who is charged for which stretch of time: a stack of accounts over one row of readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from pytest_scer.core.measurement import Measurement, Reading, Span


class Account:
    """The stretches of time that one stage or fixture is charged for."""

    __slots__ = ("_measurement", "_spans")

    def __init__(self) -> None:
        """Nothing is charged yet."""
        self._spans: list[Span] = []
        self._measurement: Measurement | None = None

    def charge(self, span: Span) -> None:
        """Charge one more stretch of time."""
        self._spans.append(span)
        self._measurement = None

    def measurement(self) -> Measurement | None:
        """What it cost so far; None where nothing was charged."""
        if self._measurement is None and self._spans:
            self._measurement = Measurement.of(self._spans)
        return self._measurement


class _Frame(NamedTuple):
    account: Account
    since: Reading


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
        self._open: list[_Frame] = []

    def enter(self, account: Account, *, force: bool = False) -> Reading:
        """Charge an account from now on; returns the reading at the edge.

        Args:
            account: Whom to charge.
            force: Whether to look at every counter, as a verdict asks for.
        """
        now = self._read(force=force)
        if self._open:
            self._charge(now)
        self._open.append(_Frame(account, now))
        return now

    def leave(self, *, force: bool = False) -> Reading:
        """Close the innermost account; the one around it is charged again from now on.

        Args:
            force: Whether to look at every counter, as a verdict asks for.
        """
        now = self._read(force=force)
        self._charge(now)
        self._open.pop()
        if self._open:
            self._open[-1] = self._open[-1]._replace(since=now)
        return now

    def is_open(self, account: Account) -> bool:
        """Whether an account is the innermost open one."""
        return bool(self._open) and self._open[-1].account is account

    @contextmanager
    def charging(self, account: Account) -> Iterator[None]:
        """Charge an account while the block runs, whatever it raises."""
        self.enter(account)
        try:
            yield
        finally:
            self.leave()

    def _charge(self, now: Reading) -> None:
        account, since = self._open[-1]
        account.charge(Span(since, now))
