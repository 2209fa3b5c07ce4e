"""The scales other than SCER: equal-width stars, and absolute cut-offs from a file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, ClassVar, Literal, cast

from pytest_scer.core.claims import impersonated, without_claims
from pytest_scer.core.json_text import brief, parse_table
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.scoring.figure import Figure
from pytest_scer.scoring.peers import LARGEST
from pytest_scer.scoring.rating import (
    AT_A_CUTOFF,
    UNKNOWN_UNCERTAINTY,
    UNMEASURED,
    Rating,
    RelativeScale,
    Scale,
)
from pytest_scer.scoring.scer import ScerScale
from pytest_scer.scoring.separation import interval

Edge = Literal["better", "worse"]


class StarScale(RelativeScale):
    """Five bands of equal width over the range of the peers, as in AI Energy Score.

    `5 - clip(floor(5 * (x - min) / (max - min)), 0, 4)` reproduces the published scores of
    February 2025 (Hugging Face and others, AI Energy Score).
    """

    name: ClassVar[str] = "equal-width stars"
    grades: ClassVar[tuple[str, ...]] = ("5 stars", "4 stars", "3 stars", "2 stars", "1 star")

    def grade_index(self, value: float, others: Sequence[float]) -> int:
        """The band of the figure; 0 is the lowest fifth of the range."""
        low, high = min(value, *others), max(value, *others)
        return 4 if value == high else math.floor(5 * ((value - low) / (high - low)))

    def refusal(self, value: float, others: Sequence[float]) -> str | None:
        """Refuse equal peers, which have no range."""
        if all(other == value for other in others):
            return "all peers are equal: there is no range to divide into bands"
        return None

    def notes(self, value: float, others: Sequence[float]) -> tuple[str, ...]:
        """A note if one outlier pushes all other peers into the best band."""
        ordered = sorted((value, *others))
        low, second, high = ordered[0], ordered[-2], ordered[-1]
        if len(ordered) > 2 and 5 * (second - low) < high - low:
            return ("one outlier sets the range: all other peers get 5 stars",)
        return ()

    def span(self, best: int, worst: int) -> str:
        """`4 stars`, or `3-4 stars`."""
        return self.grades[best] if best == worst else f"{5 - worst}-{5 - best} stars"


@dataclass(frozen=True, slots=True)
class FrozenScale:
    """Absolute cut-offs with a version and a date.

    Attributes:
        title: Name of the scale.
        version: Version of the cut-offs.
        date: When the cut-offs were fixed.
        unit: Unit of the cut-offs, as in `gCO2eq per 1000 tokens`.
        edge: The grade of a figure equal to a cut-off: `worse` means `A < 0.30`, `better` means
            `A <= 0.30`.
        cutoffs: Grade and upper limit, best first.
        worst: The grade above the last limit.
        source: The study or law that defines the numbers.
    """

    title: str
    version: str
    date: str
    unit: str
    edge: Edge
    cutoffs: tuple[tuple[str, float], ...]
    worst: str
    source: str | None = None

    def __post_init__(self) -> None:
        self._check_names()
        limits = [limit for _, limit in self.cutoffs]
        if not limits or not all(math.isfinite(limit) and limit > 0 for limit in limits):
            raise ValueError("cutoffs: expected numbers above 0, as in `A = 0.30`")
        if any(lower >= upper for lower, upper in pairwise(limits)):
            raise ValueError("cutoffs: the limits must rise, starting with the best grade")
        if self.worst in dict(self.cutoffs):
            raise ValueError(
                f"worst: {self.worst!r} has a cut-off; expected the grade above the last cut-off"
            )
        if self.edge not in ("better", "worse"):
            raise ValueError(f"edge: expected `better` or `worse`, not {brief(repr(self.edge))}")

    def _check_names(self) -> None:
        """Check that no text claims a review, and that the title is the user's own.

        Raises:
            ValueError: One does.
        """
        grades = (*(grade for grade, _ in self.cutoffs), self.worst)
        for text in (self.title, self.version, self.date, self.unit, self.source or "", *grades):
            without_claims(text)
        if scheme := impersonated(self.title):
            raise ValueError(
                f"name: {brief(repr(self.title))} borrows the name of {scheme!r}; a scale of your "
                "own needs a name of its own"
            )

    @property
    def name(self) -> str:
        """Name, version and date."""
        return f"{self.title} {self.version} ({self.date})"

    def grade(self, value: float) -> str:
        """The grade of a value in the scale's unit."""
        for letter, limit in self.cutoffs:
            if value < limit or (value == limit and self.edge == "better"):
                return letter
        return self.worst

    def rate(self, figure: Figure, others: Sequence[Figure], unit: str) -> Rating:
        """Rate a figure by the cut-offs; `others` only counts towards N."""
        n = 1 + sum(other.value is not None for other in others)
        if figure.value is None:
            return Rating(None, self.name, n - 1, UNMEASURED)
        if unit.split() != self.unit.split():
            return Rating(None, self.name, n, f"the scale is in {self.unit}, the score in {unit}")
        best, worst = map(self.grade, interval(figure, n))
        notes = [UNKNOWN_UNCERTAINTY] if figure.uncertainty is None else []
        if best != worst:
            notes.append(AT_A_CUTOFF)
        return Rating(
            letter=best if best == worst else f"{best}-{worst}",
            scale=self.name,
            n=n,
            notes=tuple(notes),
        )


def scale_to_json(scale: Scale) -> str | dict[str, Any]:
    """A scale as stored in a report: its short name, or the table that `parse_scale` reads."""
    if isinstance(scale, FrozenScale):
        table = {name: getattr(scale, name) for name in ("version", "date", "unit", "edge")}
        table |= {"name": scale.title, "worst": scale.worst, "cutoffs": dict(scale.cutoffs)}
        return table if scale.source is None else {**table, "source": scale.source}
    return next(name for name, known in _NAMED.items() if type(scale) is known)


def scale_from_json(data: str | Mapping[str, Any]) -> Scale:
    """The scale from the output of :func:`scale_to_json`.

    Raises:
        ValueError: No scale has this name, or the table is invalid.
    """
    if not isinstance(data, str):
        return _from_table(data)
    scale = named_scale(data)
    if scale is None:
        raise ValueError(f"scale: unknown scale {data!r}; expected {' or '.join(_NAMED)}")
    return scale


_NAMED: Mapping[str, type[RelativeScale]] = {"scer": ScerScale, "stars": StarScale}


def named_scale(name: str) -> Scale | None:
    """The built-in scale with this name; None if there is none, so the value is a path."""
    return _NAMED[name]() if name in _NAMED else None


def parse_scale(text: str) -> FrozenScale:
    """Parse a scale of absolute cut-offs from TOML or JSON.

    Args:
        text: A document with the keys `name`, `version`, `date`, `unit`, `edge` (`better` or
            `worse`: the grade of a figure equal to a cut-off), `worst` (the grade above the last
            cut-off), optionally `source`, and a table `cutoffs` of grade = upper limit, best first.

    Raises:
        ValueError: The text does not parse, or a key is missing, unknown or out of range; the
            message names the key and the expected value.
    """
    return _from_table(_load_table(text))


def _from_table(data: Mapping[str, Any]) -> FrozenScale:
    required = ("name", "version", "date", "unit", "edge", "worst", "cutoffs")
    if missing := [key for key in required if key not in data]:
        raise ValueError(f"scale: {', '.join(missing)} missing; expected {', '.join(required)}")
    if unknown := sorted(set(data) - {*required, "source"}):
        raise ValueError(
            f"scale: {brief(', '.join(unknown))} unknown; expected {', '.join(required)}"
        )
    for key in ("name", "version", "date", "unit", "worst", "source"):
        value = data.get(key, "")
        # TOML has dates, and a version may be a number.
        if isinstance(value, bool) or not isinstance(value, str | int | float | date):
            raise ValueError(f"{key}: expected a text, not {brief(repr(value))}")
    return FrozenScale(
        title=str(data["name"]),
        version=str(data["version"]),
        date=str(data["date"]),
        unit=str(data["unit"]),
        edge=cast("Edge", data["edge"]),
        cutoffs=_cutoffs(data["cutoffs"]),
        worst=str(data["worst"]),
        source=str(data["source"]) if "source" in data else None,
    )


def _load_table(text: str) -> Mapping[str, Any]:
    try:
        return cast("Mapping[str, Any]", parse_table(text))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"scale: neither TOML nor a JSON object: {brief(error)}") from error


def _cutoffs(table: object) -> tuple[tuple[str, float], ...]:
    if not isinstance(table, dict):
        raise ValueError("cutoffs: expected a table, as in `A = 0.30`")
    for grade, limit in table.items():
        if type(limit) not in (int, float) or not 0 < limit <= LARGEST:
            raise ValueError(
                f"cutoffs: {brief(f'{grade} = {limit!r}')}; expected a number above 0, "
                "as in `A = 0.30`"
            )
    return tuple((str(grade), float(limit)) for grade, limit in table.items())
