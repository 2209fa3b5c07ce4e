"""The table of constants, and its JSON."""

from __future__ import annotations

import json

import pytest

from pytest_scer.formats import sources
from pytest_scer.formats.terminal.characters import display_width
from pytest_scer.formats.terminal.screen import Screen
from pytest_scer.sources import accuracy, estimators, grids
from pytest_scer.sources.listing import entries


def test_values_have_units() -> None:
    assert sources.value(grids.WORLD) == "475 g/kWh"
    assert sources.value(grids.HIGHEST_PUE) == "3"
    assert sources.value(accuracy.RAM_CONSTANT) == "0% to +2300%"
    assert sources.value(grids.COUNTRIES) == "table: countries and territories, g/kWh"


def test_each_row_has_its_source_and_caveat_below() -> None:
    listing = {"estimators": [estimators.TREE_YEAR, estimators.CARBONTRACKER_WORLD]}
    lines = [line.text for line in sources.text(listing, Screen(119))]
    table, notes, summary = "\n".join(lines).split("\n\n")
    assert table.startswith("estimators\n")
    assert "read 2026-11-27" in table
    assert "quoted 2026-11-27" in table
    assert notes.startswith("1. Green Algorithms 3, from Akbari,\n  https://")
    assert "says 4.5 to 11 kg of carbon in its" in notes
    assert "\n2. IEA, Electricity 2025, " in notes
    assert "data of 2024, quoted 2026-11-27. Caveat: the IEA's page was not read." in " ".join(
        notes.split()
    )
    assert summary == (
        "2 entries: 1 read in their source, 1 in a work that quotes it, 0 our own, 0 not checked"
    )


@pytest.mark.parametrize("width", [39, 59, 79, 119])
def test_it_fits(width: int) -> None:
    lines = sources.text(entries(), Screen(width))
    assert max(display_width(line.text) for line in lines) <= width


def test_json_has_every_entry_with_every_field() -> None:
    listing = entries()
    rows = json.loads(sources.as_json(listing))["sources"]
    assert len(rows) == sum(map(len, listing.values()))
    for row in rows:
        assert row["unit"]
        assert row["source"]
        assert row["at"]
        assert row["caveat"]
        assert row["check"] in ("read", "quoted", "own", "not checked")
        assert (row["retrieved"] is None) == (row["check"] == "not checked")
        has = [row["value"] is not None, row["low"] is not None, row["rows"] is not None]
        assert sum(has) == 1
    world = next(row for row in rows if row["name"] == "world average")
    assert (world["value"], world["unit"], world["year"]) == (475.0, "g/kWh", 2018)
    assert world["check"] == "quoted"
