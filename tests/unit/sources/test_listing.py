"""Every constant can be checked by a reader."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from pytest_scer.sources.entry import Constant, Entry, Interval, Table
from pytest_scer.sources.listing import SUBJECTS, entries

TODAY = datetime.now(tz=timezone.utc).date()
ALL = [(subject, entry) for subject, of_subject in entries().items() for entry in of_subject]


@pytest.mark.parametrize(("subject", "entry"), ALL, ids=[entry.name for _, entry in ALL])
def test_no_constant_lacks_anything(subject: str, entry: Entry) -> None:
    source = entry.source
    assert subject in SUBJECTS
    assert entry.name
    assert entry.unit
    assert source.title
    assert source.at
    assert entry.caveat
    assert not entry.caveat.endswith(".")
    if source.year is None:
        assert "no year" in entry.caveat
    else:
        assert 1990 <= source.year <= TODAY.year
    if source.retrieved is None:
        assert source.check == "not checked"
        assert source.read_in is None
    else:
        assert date.fromisoformat(source.retrieved) <= TODAY
        how = "own" if source.is_own else "quoted" if source.read_in else "read"
        assert source.check == how


def test_all_kinds_are_listed_and_names_are_unique() -> None:
    assert {type(entry) for _, entry in ALL} == {Constant, Interval, Table}
    names = [entry.name for _, entry in ALL]
    assert len(set(names)) == len(names) > 40


@pytest.mark.parametrize("entry", [entry for _, entry in ALL if isinstance(entry, Interval)])
def test_an_interval_states_basis_and_citation(entry: Interval) -> None:
    assert -1 <= entry.low < entry.high
    assert f"{entry.source.title}, {entry.source.at}" in entry.stated
    assert entry.stated.startswith(entry.basis)
