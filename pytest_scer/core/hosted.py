"""Models on other machines: what was asked of them, and an estimate of what that used there.

An estimate is no measurement of this session. So it stands apart: in no total, no budget and no
score, unless a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from pytest_scer.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest and the highest value of an estimate."""

    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        """Add another estimate of the same model: both may be wrong in the same direction."""
        return Range(self.low + other.low, self.high + other.high)

    @property
    def middle(self) -> float:
        """The value in the middle."""
        return (self.low + self.high) / 2

    @property
    def half_width(self) -> float:
        """How far the ends are from the middle."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class HostedUse:
    """Requests to one hosted model.

    Attributes:
        provider: Who hosts it, by EcoLogits' name.
        model: The name of the model.
        requests: How many requests.
        tokens: How many tokens they generated; None if unknown.
        energy_j: Joules in the provider's data centre, its overhead (PUE) included; None without an
            estimate.
        co2e_g: Grams of CO2e of generating that electricity where the provider is; None without an
            estimate. Embodied emissions are not included.
        source: Who estimated it, with the version; None without an estimate.
        reason: Why there is no estimate, or what it assumes; None if there is nothing to say.
    """

    provider: str
    model: str
    requests: float
    tokens: float | None
    energy_j: Range | None = None
    co2e_g: Range | None = None
    source: str | None = None
    reason: str | None = None

    @property
    def kind(self) -> tuple[str, str, str | None]:
        """What it may be added up with: the same model, estimated or not for the same reason."""
        return self.provider, self.model, self.reason if self.energy_j is None else None

    def __add__(self, other: HostedUse) -> HostedUse:
        """Add further requests; what is not known of one is not known of both."""
        return HostedUse(
            self.provider,
            self.model,
            self.requests + other.requests,
            None if self.tokens is None or other.tokens is None else self.tokens + other.tokens,
            _both(self.energy_j, other.energy_j),
            _both(self.co2e_g, other.co2e_g),
            self.source or other.source,
            self.reason or other.reason,
        )


def _both(one: Range | None, other: Range | None) -> Range | None:
    return None if one is None or other is None else one + other


def added_up(uses: Iterable[HostedUse]) -> list[HostedUse]:
    """Add up requests by model. Those without an estimate stay apart from those with one."""
    found: dict[tuple[str, str, str | None], HostedUse] = {}
    for use in uses:
        found[use.kind] = found[use.kind] + use if use.kind in found else use
    return [*found.values()]


@dataclass(frozen=True, slots=True)
class HostedTotal:
    """What all estimates of a session add up to.

    Attributes:
        requests: How many requests have an estimate.
        missing: How many have none.
        energy_j: Joules of those that have one.
        co2e_g: Grams of CO2e of those.
    """

    requests: float
    missing: float
    energy_j: Range
    co2e_g: Range


def hosted_total(uses: Iterable[HostedUse]) -> HostedTotal | None:
    """Add up the estimates; None if no hosted model was asked anything."""
    requests = missing = 0.0
    energy_j, co2e_g = Range(0.0, 0.0), Range(0.0, 0.0)
    for use in uses:
        if use.energy_j is None or use.co2e_g is None:
            missing += use.requests
        else:
            requests += use.requests
            energy_j, co2e_g = energy_j + use.energy_j, co2e_g + use.co2e_g
    if not (requests or missing):
        return None
    return HostedTotal(requests, missing, energy_j, co2e_g)
