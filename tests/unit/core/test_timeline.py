"""The timeline charges every joule to exactly one account."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.measurement import Reading
from pytest_scer.core.timeline import Account, Timeline


class Meter:
    """Counts the joules in `spent_j`; each joule takes one second."""

    def __init__(self) -> None:
        self.spent_j = 0.0

    def read(self, *, force: bool = False) -> Reading:
        return Reading(self.spent_j, 0.0, self.spent_j, None, None)


def joules(account: Account) -> float:
    measured = account.measurement
    return 0.0 if measured is None or measured.cpu_j is None else measured.cpu_j


events = st.lists(st.one_of(st.just("enter"), st.just("leave"), st.integers(0, 1000)), max_size=60)


@given(events)
def test_accounts_and_overhead_add_up_to_what_was_spent(happened: list[str | int]) -> None:
    meter = Meter()
    timeline = Timeline(meter.read)
    accounts: list[Account] = []
    open_now: list[Account] = []
    expected: dict[int, float] = {}
    overhead_j = 0.0
    for event in happened:
        if event == "enter":
            account = Account()
            accounts.append(account)
            open_now.append(account)
            timeline.enter(account)
        elif event == "leave" and open_now:
            assert timeline.is_open(open_now[-1])
            timeline.leave()
            open_now.pop()
        elif isinstance(event, int):
            meter.spent_j += event
            if open_now:
                expected[id(open_now[-1])] = expected.get(id(open_now[-1]), 0.0) + event
            else:
                overhead_j += event
    while open_now:
        timeline.leave()
        open_now.pop()
    for account in accounts:
        assert joules(account) == expected.get(id(account), 0.0)
    assert math.fsum(map(joules, accounts)) + overhead_j == meter.spent_j


def test_only_the_innermost_account_is_charged() -> None:
    meter = Meter()
    timeline = Timeline(meter.read)
    setup, fixture = Account(), Account()
    timeline.enter(setup)
    meter.spent_j = 1.0
    with timeline.charging(fixture):
        assert not timeline.is_open(setup)
        meter.spent_j = 11.0
    meter.spent_j = 13.0
    timeline.leave()
    assert (joules(setup), joules(fixture)) == (3.0, 10.0)


def test_an_account_is_closed_whatever_its_block_raises() -> None:
    timeline = Timeline(Meter().read)
    account = Account()
    with pytest.raises(KeyError), timeline.charging(account):
        raise KeyError
    assert not timeline.is_open(account)
    assert account.measurement is not None


def test_what_was_never_charged_has_no_measurement() -> None:
    assert Account().measurement is None
