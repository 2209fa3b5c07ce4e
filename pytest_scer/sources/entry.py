"""A constant, an interval or a table, with everything that a reader needs to check it."""

from __future__ import annotations

from typing import Literal

from pytest_scer.lazy_dataclass import dataclass

Check = Literal["read", "quoted", "own", "not checked"]
"""How a figure was checked: read in its source, or in a work that quotes it; measured, judged or
chosen by this project; or none of these."""
Evidence = Literal["compared", "judgement"]
"""Whether an interval was computed from a comparison with a meter, or judged."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure comes from.

    Attributes:
        title: Author and work, or the tool.
        at: The page, DOI or file.
        year: The year of the data, or else of the edition; None if the source states neither, which
            the caveat then says.
        retrieved: The day (ISO 8601) on which the figure was read there, or in ``read_in``; None
            if it was not: then the figure is not checked.
        read_in: The work that quotes the figure, if the source itself was not read.
        is_own: Whether this project measured, judged or chose the figure.
    """

    title: str
    at: str
    year: int | None
    retrieved: str | None
    read_in: str | None = None
    is_own: bool = False

    @property
    def check(self) -> Check:
        """How the figure was checked."""
        if self.retrieved is None:
            return "not checked"
        if self.is_own:
            return "own"
        return "quoted" if self.read_in else "read"

    def __str__(self) -> str:
        """The citation: ``title (at)``."""
        return f"{self.title} ({self.at})"


@dataclass(frozen=True, slots=True)
class Entry:
    """What all entries have.

    Attributes:
        name: What it is.
        unit: Its unit.
        source: Where it comes from.
        caveat: What a reader must know before relying on it.
    """

    name: str
    unit: str
    source: Source
    caveat: str


@dataclass(frozen=True, slots=True)
class Constant(Entry):
    """A figure.

    Attributes:
        value: The figure, in ``unit``.
    """

    value: float


@dataclass(frozen=True, slots=True)
class Interval(Entry):
    """How far figures may be off: ``(reported - true) / true``.

    Attributes:
        low: The lowest relative error.
        high: The highest relative error.
        evidence: What it rests on.
        basis: How it follows from the source, in words; empty if it is the source's own figure.
    """

    low: float
    high: float
    evidence: Evidence
    basis: str

    @property
    def stated(self) -> str:
        """The basis with its citation."""
        cited = f"{self.source.title}, {self.source.at}"
        return f"{self.basis} ({cited})" if self.basis else cited


@dataclass(frozen=True, slots=True)
class Table(Entry):
    """Many figures in a file: CodeCarbon's, or one of this package.

    Attributes:
        rows: What its rows are.
    """

    rows: str
