"""Parsers for the values of options and keys.

A session without any option or key does not import this module, and others use few of them: a
parser imports what it needs only when it is called. Parsers raise ValueError with a message that
says what is expected.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pytest_scer.config.options import FAIL_ON, SORT_KEYS
from pytest_scer.core import COMPONENTS, KINDS, LARGEST
from pytest_scer.formats.writing import check_libraries

if TYPE_CHECKING:
    from pytest_scer.baseline.history import Baseline
    from pytest_scer.baseline.threshold import Threshold
    from pytest_scer.core.budget import Budget
    from pytest_scer.core.budget_rules import BudgetRule
    from pytest_scer.meters.base import TrackingMode
    from pytest_scer.report.files import Output
    from pytest_scer.scoring.peers import Peer
    from pytest_scer.scoring.protocols import Protocol
    from pytest_scer.scoring.rating import Scale
    from pytest_scer.scoring.sci import Embodied


STATED: Final = ("place", "approach", "grid", "year", "pue", "embodied")
"""What ``--scer-source`` can state: four facts about a carbon intensity that the user gives, and
the sources of the PUE and of the embodied emissions."""


def number(at_least: float, what: str, *, at_most: float = LARGEST) -> Callable[[str], float]:
    """A parser for numbers of at least ``at_least``; ``what`` names them in the message."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= at_least):
            raise ValueError(f"{text!r} is not {what}: expected a number of at least {at_least:g}")
        if value > at_most:
            raise ValueError(f"{text!r} is too large for {what}: expected at most {at_most:g}")
        return value

    return parse


def count(at_least: int) -> Callable[[str], int]:
    """A parser for whole numbers of at least ``at_least``."""

    def parse(text: str) -> int:
        value = float(text) if text.strip().isdecimal() else -1.0
        if value < at_least:
            raise ValueError(f"{text!r} is not a whole number of at least {at_least}")
        if value > LARGEST:
            raise ValueError(f"{text!r} is too large: expected at most {LARGEST:g}")
        return int(value)

    return parse


def repeats(text: str) -> int | Literal["auto"]:
    """Parse ``--scer-repeats``: a number of runs, or ``auto``."""
    return "auto" if text.strip() == "auto" else count(1)(text)


def one_of(*choices: str) -> Callable[[str], str]:
    """A parser for one of these words."""

    def parse(text: str) -> str:
        if text.strip() not in choices:
            raise ValueError(f"{text!r} is unknown: expected one of {', '.join(choices)}")
        return text.strip()

    return parse


def several_of(*choices: str, none: bool = False) -> Callable[[str], frozenset[str]]:
    """A parser for a comma-separated list of these words; ``none`` allows an empty list."""

    def parse(text: str) -> frozenset[str]:
        words = [word.strip() for word in text.split(",")]
        if none and words == ["none"]:
            return frozenset()
        unknown = [word for word in words if word not in choices]
        if unknown:
            more = "; or 'none' alone" if none else ""
            raise ValueError(
                f"{unknown[0]!r} is unknown: expected a comma-separated list of "
                f"{', '.join(choices)}{more}"
            )
        return frozenset(words)

    return parse


def budget(text: str) -> Budget:
    """Parse a budget, such as ``2 mgCO2e``."""
    from pytest_scer.core.budget import Budget

    return Budget.parse(text)


def budget_rule(text: str) -> BudgetRule:
    """Parse ``PATTERN = BUDGET`` or ``sum(PATTERN) = BUDGET``."""
    from pytest_scer.core.budget_rules import BudgetRule

    return BudgetRule.parse(text)


def baseline(text: str) -> Baseline:
    """Load the baseline at a path: a file or a history."""
    from pytest_scer.baseline.history import Baseline

    return Baseline.load(Path(text))


def history(text: str) -> Path:
    """Check that a directory can hold a history."""
    from pytest_scer.baseline.store import BadBaseline, check_target

    if not Path(text).is_dir():
        raise BadBaseline(f"{text}: there is no such directory; create it first")
    return check_target(Path(text))


def save_baseline(text: str) -> Path:
    """Parse a path, and check that a baseline can be saved there."""
    from pytest_scer.baseline.store import BadBaseline, check_target

    if text.endswith("/") and not Path(text).is_dir():
        raise BadBaseline(f"{text}: no such directory; create it first")
    return check_target(Path(text))


def max_regression(text: str) -> Threshold:
    """Parse a threshold, such as ``10%`` or ``10% and 0.5 J``."""
    from pytest_scer.baseline.threshold import Threshold

    return Threshold.parse(text)


def tracking_mode(text: str) -> TrackingMode | None:
    """Parse a tracking mode; ``auto`` is None."""
    from pytest_scer.meters.base import TrackingMode

    choice = one_of("auto", *(mode.value for mode in TrackingMode))(text)
    return None if choice == "auto" else TrackingMode(choice)


def output(text: str) -> Output:
    """Parse ``PATH`` or ``KIND:PATH``."""
    from pytest_scer.report.files import Output

    kind, colon, path = text.partition(":")
    if not colon or kind not in KINDS:
        path, kind = text, Path(text).suffix.removeprefix(".").lower()
    if kind not in KINDS or not path:
        raise ValueError(
            f"{text!r} has no known output format: expected one of the suffixes "
            f"{', '.join('.' + known for known in KINDS)}, or KIND:PATH as in json:PATH"
        )
    try:
        check_libraries(kind)
    except ValueError as error:
        raise ValueError(f"{text}: {error}") from None
    return Output(kind, Path(path))


def country(text: str) -> str:
    """Parse an ISO 3166-1 alpha-3 code."""
    if not (len(text) == 3 and text.isalpha() and text.isascii()):
        raise ValueError(f"{text!r} is not an ISO 3166-1 alpha-3 code, such as FRA, DEU or USA")
    return text.upper()


def cloud(text: str) -> str:
    """Check the form of ``PROVIDER/REGION``."""
    provider, _, region = text.partition("/")
    if not provider or not region:
        raise ValueError(f"{text!r} is not PROVIDER/REGION, as in gcp/europe-north1")
    return text


def embodied(text: str) -> Embodied:
    """Parse embodied emissions: a rate, or the parts of the hardware."""
    from pytest_scer.scoring.plausible import doubts
    from pytest_scer.scoring.sci import parse_embodied

    parsed = parse_embodied(text)
    for doubt in doubts(parsed):
        raise ValueError(f"{doubt}: give the figures of the hardware, or leave the option out")
    return parsed


def protocols(text: str) -> dict[str, Protocol]:
    """Read a file of protocols."""
    from pytest_scer.report.protocols import read_protocols

    return read_protocols(Path(text))


def statement(text: str) -> tuple[str, str]:
    """Parse ``KEY=TEXT``: what a figure is based on."""
    from pytest_scer.core.claims import without_claims
    from pytest_scer.core.intensity import APPROACHES, parse_year

    key, _, stated = (part.strip() for part in text.partition("="))
    if key not in STATED or not stated:
        raise ValueError(
            f"{text!r} states nothing: expected KEY=TEXT, where KEY is one of {', '.join(STATED)}"
        )
    if key == "year":
        return key, str(parse_year(stated))
    return key, one_of(*APPROACHES)(stated) if key == "approach" else without_claims(stated)


def peers(text: str) -> tuple[Peer, ...]:
    """Read a file of peers."""
    from pytest_scer.report.rating_files import read_peers

    return tuple(read_peers(Path(text)))


def scale(text: str) -> Scale:
    """Read a scale from its name or its file."""
    from pytest_scer.report.rating_files import read_scale

    return read_scale(text)


PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "output": output,
    "budget": budget,
    "test_budget": budget,
    "budgets": budget_rule,
    "fail_on": several_of(*FAIL_ON, none=True),
    "country": country,
    "region": str.strip,
    "cloud": cloud,
    "intensity": number(0, "a carbon intensity"),
    "pue": number(1, "a power usage effectiveness"),
    "wue": number(0, "a water usage effectiveness"),
    "embodied": embodied,
    "source": statement,
    "tracking_mode": tracking_mode,
    "components": several_of(*COMPONENTS),
    "idle": number(0, "a number of seconds", at_most=86_400),
    "repeats": repeats,
    "warmup": count(0),
    "min_time": number(0, "a number of seconds"),
    "max_time": number(0, "a number of seconds"),
    "baseline": baseline,
    "save_baseline": save_baseline,
    "history": history,
    "max_regression": max_regression,
    "confirm": count(0),
    "confirm_time": number(0, "a number of seconds"),
    "peers": peers,
    "protocols": protocols,
    "scale": scale,
    "sort": one_of(*SORT_KEYS),
    "top": count(1),
}
"""The parser of each option that has a value, by its name."""
