"""The accuracy of figures in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pytest_scer.core import units
from pytest_scer.meters.accuracy import SCOPE, is_known_about
from pytest_scer.meters.base import Accuracy, MeterInfo

_NARROW: Final = 1.5
"""Up to this factor an interval reads best in percent."""
_FRACTIONS: Final = {
    2: "half",
    3: "a third",
    4: "a quarter",
    5: "a fifth",
    6: "a sixth",
    7: "a seventh",
    8: "an eighth",
    9: "a ninth",
    10: "a tenth",
    11: "an eleventh",
    12: "a twelfth",
}
_CLOSE: Final = 0.07
"""How far a figure may be from a fraction that stands for it: 0.36 is called a third."""


def span(low: float, high: float) -> str:
    """Say between which multiples of a figure the true one lies.

    Args:
        low: The lowest true value, divided by the figure.
        high: The highest true value, divided by the figure.

    Returns:
        ``a twelfth to 1.3 times of this``, or ``9% less to 11% more than this`` if both ends are
        close to the figure.
    """
    if low >= 1 / _NARROW and high <= _NARROW:
        return _in_percent(round(100 * (low - 1)), round(100 * (high - 1)))
    ends = _multiple(low), _multiple(high)
    first = ends[0].removesuffix(" times") if ends[1].endswith(" times") else ends[0]
    return f"{first} to {ends[1]} of this"


def _in_percent(low: int, high: int) -> str:
    """An interval that is given by the percentages that its ends differ from a figure."""
    if low == high == 0:
        return "this"
    if high == 0:
        return f"up to {-low}% less than this"
    if low == 0:
        return f"up to {high}% more than this"
    ends = (f"{abs(end)}% {'more' if end > 0 else 'less'}" for end in (low, high))
    return f"{' to '.join(ends)} than this"


def _multiple(factor: float) -> str:
    """A factor in words: a fraction if it is close to one, or two digits."""
    if f"{factor:.1f}" == "1.0":
        return "all"
    parts = round(1 / factor)
    if parts >= min(_FRACTIONS) and abs(1 / factor - parts) <= _CLOSE * parts:
        return _FRACTIONS.get(parts) or _ordinal(parts)
    return f"{units.significant(factor, 2 if factor >= 1 else 1)} times"


def _ordinal(parts: int) -> str:
    """A fraction smaller than a twelfth, as in ``a 24th`` or ``an 18th``."""
    article = "an" if str(parts).startswith("8") or parts == 18 else "a"
    is_teen = parts % 100 in (11, 12, 13)
    suffix = "th" if is_teen else {1: "st", 2: "nd", 3: "rd"}.get(parts % 10, "th")
    return f"{article} {parts}{suffix}"


def true_figure(plausible_j: tuple[float, float] | None, reported_j: float | None) -> str | None:
    """Say how far a figure may be off, as a clause.

    Args:
        plausible_j: Between which joules the true value lies; None if nothing is known.
        reported_j: The figure in joules; None if it is missing.

    Returns:
        ``the true figure may be a twelfth to 1.3 times of this``; None if nothing is known, or
        nothing was used.
    """
    if plausible_j is None or not reported_j:
        return None
    low, high = (end / reported_j for end in plausible_j)
    return f"the true figure may be {span(low, high)}"


def interval(accuracy: Accuracy) -> str:
    """Write the relative error of a component's figures, as in ``-65% to +190%``."""
    low, high = (f"{end:+.0%}" if end else "0%" for end in (accuracy.low, accuracy.high))
    return f"{low} to {high}"


def of_meter(info: MeterInfo) -> str:
    """State how far a component's figures may be off, with the evidence and its source."""
    if info.accuracy is None:
        return "accuracy unknown"
    return f"{interval(info.accuracy)} ({info.accuracy.evidence}: {info.accuracy.source})"


def of_components(infos: Mapping[str, MeterInfo]) -> Iterator[str]:
    """State it for each component that is metered, or that should be but cannot be read."""
    for name, info in infos.items():
        if is_known_about(info):
            off = "" if info.accuracy is None else "may be off by "
            yield f"{name}: {off}{of_meter(info)}" if not off else f"{name} {off}{of_meter(info)}"


_LOW, _HIGH = (f"{-end:.0%}" for end in (SCOPE.high, SCOPE.low))
SCOPE_IN_WORDS: Final = (
    f"the sum of all components is {_LOW} to {_HIGH} below what a meter at the plug shows, which "
    "also feeds the power supply, disks, fans and the board"
)
"""What no interval of a component includes."""
ALL_SOURCES: Final = "every constant with its source, year and caveat: pytest-scer sources"
"""Where a reader of figures finds more."""
