"""The constants with their sources: a table for people, and JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from tabulate import tabulate

from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.sources.entry import Constant, Entry, Interval, Table

_HEADERS: Final = ("", "constant", "value", "data of", "check")
_NAME: Final = 0.48
"""The share of the width that names and values get together."""
_REST: Final = 36
"""The columns of all the rest: number, year, check with its date, and the gaps between columns."""
_NUMBER: Final = 6
"""Those of the number and two gaps."""
_NARROW: Final = 59
"""On screens narrower than this, only the notes have the year and the check."""

Listing = Mapping[str, Sequence[Entry]]


def value(entry: Entry) -> str:
    """The value of an entry with its unit, as in ``475 g/kWh``; for a table what its rows are."""
    if isinstance(entry, Constant):
        return f"{entry.value:.12g}" if entry.unit == "1" else f"{entry.value:.12g} {entry.unit}"
    if isinstance(entry, Interval):
        low, high = (f"{end:+.0%}" if end else "0%" for end in (entry.low, entry.high))
        return f"{low} to {high}"
    assert isinstance(entry, Table)
    return f"table: {entry.rows}, {entry.unit}"


def evidence_of(entry: Interval) -> str:
    """What an interval rests on."""
    return f"{entry.evidence}: {entry.basis}" if entry.basis else entry.evidence


def text(listing: Listing, screen: Screen) -> Iterator[Line]:
    """Yield a table for each subject, and below it source and caveat of each of its rows."""
    for subject, entries in listing.items():
        yield Line(subject, "title")
        yield from (Line(line) for line in _table(entries, screen))
        yield Line("")
        for number, entry in enumerate(entries, 1):
            yield from screen.wrap(f"{number}. {_note(entry)}")
        yield Line("")
    yield from screen.wrap(_summary(entry for entries in listing.values() for entry in entries))


def _table(entries: Sequence[Entry], screen: Screen) -> Iterator[str]:
    rows = [
        (
            str(number),
            screen.text(entry.name),
            screen.text(value(entry)),
            str(entry.source.year or "-"),
            f"{entry.source.check} {entry.source.retrieved or ''}",
        )
        for number, entry in enumerate(entries, 1)
    ]
    is_narrow = screen.width < _NARROW
    columns = 3 if is_narrow else len(_HEADERS)
    room = screen.width - (_NUMBER if is_narrow else _REST)
    name = round(_NAME * room)
    table = tabulate(
        [row[:columns] for row in rows],
        _HEADERS[:columns],
        tablefmt="simple",
        maxcolwidths=[None, name, room - name, None, None][:columns],
        colalign=("right", *["left"] * (columns - 1)),
        disable_numparse=True,
    )
    yield from (line.rstrip() for line in table.splitlines())


def _note(entry: Entry) -> str:
    """Source and caveat of an entry, with what an interval rests on."""
    source = entry.source
    evidence = f"{evidence_of(entry)}. " if isinstance(entry, Interval) else ""
    through = f", as quoted in {source.read_in}" if source.read_in else ""
    year = "" if source.year is None else f"data of {source.year}, "
    check = f"{year}{source.check} {source.retrieved or ''}".rstrip()
    return f"{evidence}{source.title}, {source.at}{through}; {check}. Caveat: {entry.caveat}."


def _summary(entries: Iterable[Entry]) -> str:
    checks = Counter(entry.source.check for entry in entries)
    return (
        f"{checks.total()} entries: {checks['read']} read in their source, {checks['quoted']} in a "
        f"work that quotes it, {checks['own']} our own, {checks['not checked']} not checked"
    )


def as_json(listing: Listing) -> str:
    """Return all fields of the entries as a JSON document."""
    rows = [_fields(subject, entry) for subject, entries in listing.items() for entry in entries]
    return json.dumps({"sources": rows}, indent=2, ensure_ascii=False)


def _fields(subject: str, entry: Entry) -> dict[str, Any]:
    source = entry.source
    return {
        "subject": subject,
        "name": entry.name,
        "value": entry.value if isinstance(entry, Constant) else None,
        "low": entry.low if isinstance(entry, Interval) else None,
        "high": entry.high if isinstance(entry, Interval) else None,
        "rows": entry.rows if isinstance(entry, Table) else None,
        "unit": entry.unit,
        "evidence": entry.evidence if isinstance(entry, Interval) else None,
        "basis": (entry.basis or None) if isinstance(entry, Interval) else None,
        "source": source.title,
        "at": source.at,
        "year": source.year,
        "retrieved": source.retrieved,
        "read_in": source.read_in,
        "check": source.check,
        "caveat": entry.caveat,
    }
