"""Cells of the CSV format."""

from __future__ import annotations

import csv
import io
import re

import hostile
import pytest
import reports
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.formats.emissions_csv import ACTIVE, COLUMNS, dump_report

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
"""Python 3.10 reads no CSV with a NUL."""


def _text_of(name: str) -> str:
    test = reports.entry("m", reports.measured(1.0), nodeid=name)
    return "".join(dump_report(reports.report(test)))


def _cell(name: str) -> str:
    (row,) = csv.DictReader(io.StringIO(_text_of(name), newline=""))
    return row["experiment_id"]


@given(TEXTS | st.sampled_from([each for each in hostile.NAMES if "\0" not in each]))
def test_a_text_comes_back_without_its_apostrophe(name: str) -> None:
    cell = _cell(name)
    assert not cell.startswith(ACTIVE)
    assert cell.removeprefix("'") == name


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    assert _cell(f"{start}1") == f"'{start}1"


@pytest.mark.parametrize("name", hostile.NAMES)
def test_control_characters_are_in_quotes(name: str) -> None:
    header, rest = _text_of(name).split("\n", 1)
    assert header == ",".join(COLUMNS)
    outside = re.sub('"(?:[^"]|"")*"', "", rest)
    assert not hostile.CONTROL.search(outside)
    assert outside.count("\n") == 1


def test_negative_figures_are_numbers() -> None:
    row = _text_of("x").splitlines()[1].split(",")
    assert float(row[COLUMNS.index("duration")]) == 10.0
