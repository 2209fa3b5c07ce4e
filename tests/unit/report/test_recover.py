"""A report from a journal: every line that can be read, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import entry, measured, report

from pytest_scer.meters.base import HostTotals
from pytest_scer.report.entries_to_json import MeasurementForm, dump_test
from pytest_scer.report.journal import Journal
from pytest_scer.report.reading import read_report
from pytest_scer.report.recover import recover
from pytest_scer.report.to_json import dump_head, dump_report

Line = dict[str, Any]
NAMES = [f"test_it.py::test_{number}" for number in range(4)]


def _written(path: Path, *, keep_open: bool = False) -> Path:
    """A journal of four tests."""
    whole = report()
    form = MeasurementForm(whole.conversion, None)
    journal = Journal.begin(path, "0123456789ab", dump_head(whole))
    journal.write("collected", NAMES)
    for number, name in enumerate(NAMES, start=1):
        test = entry(nodeid=name, measurement=measured(8))
        journal.write("test", dump_test(test, form), HostTotals(number, 6.0 * number, None, 2.0))
    journal.write("warning", "something happened")
    if not keep_open:
        journal.close(keep=True)
    return journal.path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return _written(tmp_path / "out.json")


def _change(path: Path, number: int, change: Callable[[Line], object]) -> None:
    """Change one line of a journal."""
    lines = path.read_text().splitlines()
    line = json.loads(lines[number - 1])
    change(line)
    lines[number - 1] = json.dumps(line)
    path.write_text("\n".join(lines) + "\n")


def test_all_of_it(path: Path, tmp_path: Path) -> None:
    found, missing, is_running = recover(path)
    assert [test.nodeid for test in found.tests] == NAMES
    assert not missing
    assert not is_running
    assert found.warnings[0] == "something happened"
    assert "the session did not end" in found.warnings[1]
    assert found.totals.cpu_j == 24
    assert found.session.duration_s == 4


def test_a_session_that_still_runs(tmp_path: Path) -> None:
    found, _, is_running = recover(_written(tmp_path / "out.json", keep_open=True))
    assert is_running
    assert "the session still runs" in found.warnings[-1]
    assert len(found.tests) == 4


BAD_TESTS: dict[str, Callable[[Line], object]] = {
    "a figure below 0": lambda line: line["test"]["stages"]["call"].update(duration_s=-1),
    "a word as a figure": lambda line: line["test"]["stages"]["call"].update(cpu_time_s="much"),
    "a missing key": lambda line: line["test"].pop("nodeid"),
    "a list": lambda line: line.update(test=[]),
    "null": lambda line: line.update(test=None),
    "units below 0": lambda line: line["test"].update(units={"token": -1}),
    "an unknown kind": lambda line: line.update(tset=line.pop("test")),
    "nothing": lambda line: line.pop("test") and line.pop("totals"),
}


@pytest.mark.parametrize("case", BAD_TESTS)
def test_a_bad_line_costs_that_line_alone(path: Path, tmp_path: Path, case: str) -> None:
    _change(path, 4, BAD_TESTS[case])
    found, missing, _ = recover(path)
    kept = [NAMES[0], *NAMES[2:]]
    assert [test.nodeid for test in found.tests if test.nodeid in kept] == kept
    assert len(found.tests) == 3
    assert found.not_run == [NAMES[1]]
    assert missing == "1 of its lines cannot be read: 4"
    assert found.warnings[-1] == f"{path.name}: {missing}"
    (tmp_path / "again.json").write_text("".join(dump_report(found)))
    read_report(tmp_path / "again.json")


def test_lines_that_were_never_written(path: Path) -> None:
    with path.open("a") as file:
        file.write('{"lost":3}\n')
    assert recover(path).missing == "3 lines could not be written while the session ran"


def test_many_bad_lines_are_not_all_named(path: Path) -> None:
    with path.open("a") as file:
        file.write("x\n" * 30)
    assert recover(path).missing == (
        "30 of its lines cannot be read: 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 and 20 more"
    )


BAD_HEADS: dict[str, tuple[Callable[[Line], object], str]] = {
    "no head": (lambda line: line.pop("head"), "no head"),
    "a list": (lambda line: line.update(head=[]), "no head"),
    "another version": (lambda line: line["head"].update(schema_version=2), "schema version 2"),
    "no version": (lambda line: line["head"].pop("schema_version"), "no schema_version"),
    "no meters": (lambda line: line["head"].pop("meters"), "head: meters"),
    "a PUE below 1": (lambda line: line["head"].update(pue=0.5), "head: pue"),
    "a scale": (lambda line: line["head"].update(scale={"name": 5}), "line 1: head: "),
    "peers": (lambda line: line["head"].update(peers=[{"x": 1}]), "line 1: head: "),
}


@pytest.mark.parametrize("case", BAD_HEADS)
def test_a_bad_head_is_one_message(path: Path, case: str) -> None:
    change, says = BAD_HEADS[case]
    _change(path, 1, change)
    with pytest.raises(ValueError, match=says) as refused:
        recover(path)
    assert str(refused.value).startswith(f"{path}: ")


@given(data=st.data())
def test_damage_anywhere_is_one_message_or_a_valid_report(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("damaged")
    path = _written(directory / "out.json")
    whole = path.read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(start + 200, len(whole))))
    path.write_bytes(whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:])
    message = ""
    try:
        found = recover(path).report
    except ValueError as error:
        message = str(error)
    else:
        (directory / "again.json").write_text("".join(dump_report(found)))
        read_report(directory / "again.json")
    assert message == "" or message.startswith(f"{path}: ")
