from __future__ import annotations

import pytest

from pytest_scer.core.hosted import HostedTotal, HostedUse, Range, hosted_total


def _use(low: float | None, high: float = 0.0) -> HostedUse:
    estimate = None if low is None else Range(low, high)
    return HostedUse("openai", "gpt", 1, 10, estimate, estimate, "EcoLogits")


def test_ranges_of_requests_add_up_at_both_ends() -> None:
    both = _use(1, 2) + _use(3, 5)
    assert (both.requests, both.tokens, both.energy_j) == (2, 20, Range(4, 7))


def test_one_request_without_an_estimate_leaves_none_for_its_model() -> None:
    assert (_use(1, 2) + _use(None)).energy_j is None


def test_a_total_names_what_it_lacks() -> None:
    uses = [_use(1, 2), _use(None), _use(3, 5)]
    assert hosted_total(uses) == HostedTotal(2, 1, Range(4, 7), Range(4, 7))
    assert hosted_total([]) is None


def test_the_middle_and_the_half_width_hold_the_range() -> None:
    assert (Range(2, 6).middle, Range(2, 6).half_width) == pytest.approx((4, 2))
