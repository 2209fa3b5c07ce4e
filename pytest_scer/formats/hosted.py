"""Hosted models in words: what they are estimated to have used, apart from what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.hosted import HostedUse, Range, added_up, hosted_total
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.model import Report, TestEntry

TITLE: Final = "hosted models"
APART: Final = "estimates of other machines, in no total, budget or score above"
"""What a reader of the table has to know first."""
_DIGITS: Final = 2


@dataclass(frozen=True)
class HostedRow:
    """A hosted model, or the total of all.

    Attributes:
        name: The model and its provider.
        requests: How many requests it answered.
        tokens: How many tokens it generated; ``-`` if unknown.
        energy: The estimated energy, as a range; ``-`` without an estimate.
        co2e: The estimated CO2e.
    """

    name: str
    requests: str
    tokens: str
    energy: str
    co2e: str


def rows(report: Report) -> list[HostedRow]:
    """The hosted models of a report, and their total below if there are several."""
    models = _models(report)
    found = [
        HostedRow(
            f"{use.model} ({use.provider})",
            f"{use.requests:,.0f}",
            "-" if use.tokens is None else f"{use.tokens:,.0f}",
            between(use.energy_j, "J"),
            between(use.co2e_g, "g"),
        )
        for use in models
    ]
    total = hosted_total(models)
    if len(models) > 1 and total is not None:
        tokens = sum(use.tokens or 0.0 for use in models)
        lacking = units.counted(round(total.missing), "request")
        some = f"total, without {lacking}" if total.missing else "total"
        shown = (total.energy_j, total.co2e_g) if total.requests else (None, None)
        found.append(
            HostedRow(
                some,
                f"{total.requests + total.missing:,.0f}",
                f"{tokens:,.0f}",
                between(shown[0], "J"),
                between(shown[1], "g"),
            )
        )
    return found


def remarks(report: Report) -> Iterator[str]:
    """Yield who estimated them, what that assumes, and why some have no estimate."""
    models = _models(report)
    sources = sorted({use.source for use in models if use.source is not None})
    if sources:
        yield f"{APART}: by {', '.join(sources)}, from published or guessed parameter counts"
    reasons: dict[str, list[str]] = {}
    for use in models:
        if use.reason is not None:
            reasons.setdefault(use.reason, []).append(use.model)
    for reason, named in reasons.items():
        yield f"{', '.join(named)}: {reason}"


def of_test(test: TestEntry) -> str:
    """What hosted models are estimated to have used for a test; empty if it asked none."""
    total = hosted_total(test.hosted)
    if total is None:
        return ""
    return between(total.energy_j if total.requests else None, "J")


def between(estimate: Range | None, si_unit: str) -> str:
    """A range in one unit, as in ``22 to 27 J``; ``-`` without one."""
    if estimate is None:
        return "-"
    symbol, size = units.scale_of(estimate.high, si_unit)
    low, high = (units.significant(end / size, _DIGITS) for end in (estimate.low, estimate.high))
    return f"{high} {symbol}" if low == high else f"{low} to {high} {symbol}"


def _models(report: Report) -> list[HostedUse]:
    return added_up(use for test in report.tests for use in test.hosted)
