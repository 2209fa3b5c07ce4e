from __future__ import annotations

import pytest

from pytest_scer.core.hosted import HostedTotal, HostedUse, Range, added_up, hosted_total


def _use(low: float | None, high: float = 0.0) -> HostedUse:
    estimate = None if low is None else Range(low, high)
    why = "unknown" if low is None else None
    return HostedUse("openai", "gpt", 1, 10, estimate, estimate, "EcoLogits", why)


def test_ranges_of_requests_add_up_at_both_ends() -> None:
    both = _use(1, 2) + _use(3, 5)
    assert (both.requests, both.tokens, both.energy_j) == (2, 20, Range(4, 7))


def test_a_request_without_an_estimate_takes_none_from_the_others() -> None:
    estimated, unknown = added_up([_use(1, 2), _use(None), _use(3, 5), _use(None)])
    assert (estimated.requests, estimated.energy_j, estimated.reason) == (2, Range(4, 7), None)
    assert (unknown.requests, unknown.energy_j, unknown.reason) == (2, None, "unknown")


def test_tokens_that_are_unknown_once_are_unknown_in_the_sum() -> None:
    uncounted = HostedUse("openai", "gpt", 1, None, reason="no usage")
    assert (uncounted + uncounted).tokens is None
    assert len(added_up([_use(None), uncounted])) == 2


def test_a_total_names_what_it_lacks() -> None:
    uses = [_use(1, 2), _use(None), _use(3, 5)]
    assert hosted_total(uses) == HostedTotal(2, 1, Range(4, 7), Range(4, 7))
    assert hosted_total([]) is None


def test_the_middle_and_the_half_width_hold_the_range() -> None:
    assert (Range(2, 6).middle, Range(2, 6).half_width) == pytest.approx((4, 2))
