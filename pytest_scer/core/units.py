"""Parse the units that users write, and scale the quantities that they read.

Inside the package every quantity is in grams, joules, watts, seconds or litres, and its name ends
with its unit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

JOULES_PER_KWH: Final = 3.6e6
"""1 kWh = 1000 W x 3600 s, exactly (SI Brochure, 9th edition, 2019)."""

GRAMS: Final = {"ug": 1e-6, "mg": 1e-3, "g": 1.0, "kg": 1e3, "t": 1e6}
JOULES: Final = {
    "uJ": 1e-6,
    "mJ": 1e-3,
    "J": 1.0,
    "kJ": 1e3,
    "MJ": 1e6,
    "GJ": 1e9,
    "mWh": 3.6,
    "Wh": 3600.0,
    "kWh": JOULES_PER_KWH,
    "MWh": 1e3 * JOULES_PER_KWH,
}
WATTS: Final = {"mW": 1e-3, "W": 1.0, "kW": 1e3, "MW": 1e6}

_ES_PLURALS: Final = ("sses", "xes", "shes", "ches")
# Plurals that the rules below would convert wrongly, and words without a separate singular.
_IRREGULAR: Final = {
    "caches": "cache",
    "epochs": "epoch",
    "axes": "axis",
    "analyses": "analysis",
    "series": "series",
    "species": "species",
    "corpora": "corpus",
    "calories": "calorie",
    "cookies": "cookie",
    "movies": "movie",
    "indices": "index",
    "matrices": "matrix",
    "vertices": "vertex",
}


def singular(unit: str) -> str:
    """The canonical name of a functional unit: ``tokens`` and ``token`` are the same unit.

    Args:
        unit: An English noun, possibly several words joined by ``_`` or ``-``.

    Returns:
        The noun in lower case, words joined by ``_``, with the last word in the singular.
    """
    head, separator, word = unit.lower().replace("-", "_").rpartition("_")
    if word in _IRREGULAR:
        word = _IRREGULAR[word]
    elif word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(_ES_PLURALS):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 2:
        word = word[:-1]
    return head + separator + word


def plural(unit: str) -> str:
    """The plural of a functional unit, printed after numbers other than one."""
    head, separator, word = unit.rpartition("_")
    known = (many for many, one in _IRREGULAR.items() if one == word)
    return head + separator + next(known, _regular_plural(word))


def counted(number: float, noun: str) -> str:
    """A number and a noun, as in ``3 tests`` or ``1.5 epochs``."""
    return f"{decimal(number)} {noun if number == 1 else plural(noun)}"


def decimal(number: float) -> str:
    """A count with separators of thousands, and at most two decimals: ``1,000`` or ``1.33``."""
    return f"{number:,}" if isinstance(number, int) else f"{round(number, 2):,.15g}"


def _regular_plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("ss", "x", "sh", "ch")):
        return word + "es"
    return word if word.endswith("s") else word + "s"


LEAST: Final = 1e-100
MOST: Final = 1e100
"""What can be calculated with: quotients of such numbers neither overflow nor vanish."""


def is_usable(value: float) -> bool:
    """Whether a positive number is within the range that can be calculated with."""
    return LEAST <= value <= MOST


def per(functional_unit: str | None, number: float = 1.0) -> str:
    """What follows a unit: `` per token``, `` per 1000 tokens``, or nothing without a unit.

    Args:
        functional_unit: The functional unit, in the singular.
        number: How many of them.
    """
    if functional_unit is None:
        return ""
    if number == 1:
        return f" per {functional_unit}"
    return f" per {number:.10g} {plural(functional_unit)}"


def positive_number(text: str) -> float:
    """Parse a finite decimal number that is not negative.

    Raises:
        ValueError: The text is anything else, such as ``-3``, ``nan``, ``inf`` or ``1,5``.
    """
    if not re.fullmatch(r"\+?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        raise ValueError(f"{text!r} is not a finite number of at least 0")
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is too large")
    return value


_SCALES: Final = {
    "g": (("ug", 1e-6), ("mg", 1e-3), ("g", 1.0), ("kg", 1e3), ("t", 1e6)),
    "J": (("uJ", 1e-6), ("mJ", 1e-3), ("J", 1.0), ("kJ", 1e3), ("kWh", JOULES_PER_KWH)),
    "W": (("mW", 1e-3), ("W", 1.0), ("kW", 1e3), ("MW", 1e6)),
    "s": (("us", 1e-6), ("ms", 1e-3), ("s", 1.0)),
    "L": (("uL", 1e-6), ("mL", 1e-3), ("L", 1.0)),
}


def scale_of(value: float, si_unit: str) -> tuple[str, float]:
    """The best unit for displaying a value, and that unit's size.

    Args:
        value: A quantity in ``si_unit``.
        si_unit: One of ``g``, ``J``, ``W``, ``s``, ``L``.

    Returns:
        The unit's symbol, and its size in ``si_unit``.
    """
    magnitude = abs(float(f"{value:.2e}"))  # 999.6 rounds to 1000, which needs the next unit
    chosen = _SCALES[si_unit][0]
    for candidate in _SCALES[si_unit]:
        if magnitude >= candidate[1]:
            chosen = candidate
    return chosen if value else (si_unit, 1.0)


def significant(value: float, digits: int = 3) -> str:
    """Format a number with ``digits`` significant digits, never with an exponent.

    Digits that are not significant are zeros: 143 with two digits is 140.
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:.0f}"
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])  # after rounding: 0.9999 is 1.00
    decimals = digits - 1 - exponent
    return f"{round(value, decimals):.{max(decimals, 0)}f}"


def quantity(value: float | None, si_unit: str, *, suffix: str = "", digits: int = 3) -> str:
    """Format a quantity in a unit scaled to its size: ``1.2e-05`` g becomes ``12.0 ug``.

    Args:
        value: A quantity in ``si_unit``, or None.
        si_unit: One of ``g``, ``J``, ``W``, ``s``, ``L``.
        suffix: Appended to the unit, such as ``CO2e``.
        digits: Significant digits.

    Returns:
        Number, space, unit and suffix; ``-`` for None, because a missing figure is not zero.
    """
    if value is None:
        return "-"
    symbol, size = scale_of(value, si_unit)
    return f"{significant(value / size, digits)} {symbol}{suffix}"


def in_one_unit(values: Sequence[float | None], si_unit: str, *, digits: int = 3) -> list[str]:
    """Format a column of quantities in the unit, and with the decimals, of the largest.

    Args:
        values: Quantities in ``si_unit``; None and NaN stand for missing ones.
        si_unit: One of ``g``, ``J``, ``W``, ``s``, ``L``.
        digits: Significant digits of the largest.

    Returns:
        One text each: ``-`` for a missing figure, ``<0.1 J`` for what would look like zero.
    """
    known = [abs(value) for value in values if value is not None and math.isfinite(value)]
    symbol, size = scale_of(max(known, default=0.0), si_unit)
    largest = significant(max(known, default=0.0) / size, digits)
    # One at least, unless all are zero: most of a column is smaller than its largest.
    decimals = max(len(largest.partition(".")[2]), int(largest != "0" and len(largest) <= digits))
    last_digit = f"{10.0**-decimals:.{decimals}f}"

    def shown(value: float | None) -> str:
        if value is None or not math.isfinite(value):
            return "-"
        number = f"{value / size:.{decimals}f}"
        return (
            f"<{last_digit} {symbol}" if value > 0 and not float(number) else f"{number} {symbol}"
        )

    return list(map(shown, values))


def uncertain(
    value: float, uncertainty: float | None, si_unit: str, *, suffix: str = "", digits: int = 3
) -> str:
    """Format a quantity with its uncertainty, both in the unit of the quantity.

    An uncertainty smaller than half of the last printed digit is shown as less than that digit,
    as in ``<0.01``.
    """
    if uncertainty is None:
        return quantity(value, si_unit, suffix=suffix, digits=digits)
    symbol, size = scale_of(value or uncertainty, si_unit)
    shown = significant(value / size, digits)
    last_digit = 10.0 ** -len(shown.partition(".")[2])
    blur = uncertainty / size
    around = f"<{last_digit:g}" if blur < last_digit / 2 else significant(blur, 2)
    return f"{shown} ± {around} {symbol}{suffix}"
