"""What a baseline reads of a report, against the same from the report as a whole."""

from __future__ import annotations

import json
import math
import tracemalloc
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import reports

from pytest_scer.baseline.past import Past, past_of
from pytest_scer.baseline.store import read_past
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.documents import BadFile
from pytest_scer.report.model import Report
from pytest_scer.report.reading import read_report

COMPARED = BaselineEntry(
    "regression",
    True,
    None,
    "b.json",
    ["cpu"],
    0.1,
    0.0,
    [[1.0, 0.5]],
    [[9.0, 0.5], [9.1, None], [None, 0.5]],
    360.0,
    confirmed=2,
)


def _suite() -> Report:
    """One test of each kind that a baseline treats differently."""
    one, other = reports.measured(4.0), reports.measured(5.0, 2.0, 0.5)
    noisy = replace(other, shown_j=0.25, contention_j=0.125)
    repeated = replace(one, runs=(one, other), run_count=2)
    made: dict[str, dict[str, Any]] = {
        "plain": {"measurement": one},
        "noisy": {"measurement": noisy},
        "all_stages": {"measurement": noisy, "call": one},
        "repeated": {"measurement": repeated, "call": other},
        "again": {"measurement": repeated, "call": one},
        "without_call": {"measurement": one, "call": None},
        "without_figure": {"measurement": None},
        "with_fault": {"measurement": replace(one, cpu_j=math.nan)},
        "without_cpu_time": {"measurement": replace(one, cpu_time_s=math.nan)},
        "failed": {"measurement": one, "outcome": "failed"},
        "over_budget": {"measurement": one, "outcome": "failed", "budget_failed": True},
        "no_figure_over_budget": {"measurement": None, "outcome": "failed", "budget_failed": True},
        "skipped": {"measurement": None, "outcome": "skipped"},
        "xpassed": {"measurement": one, "outcome": "xpassed"},
        "regressed": {"measurement": one, "baseline": COMPARED},
        "cleared": {"measurement": one, "baseline": replace(COMPARED, verdict="ok")},
        "measured_once": {"measurement": one, "baseline": replace(COMPARED, confirmed=0)},
        "corrected": {
            "measurement": one,
            "reference_j": 0.5,
            "reference_moved": 0.1,
            "other_cores": 1.5,
        },
        "sections": {
            "measurement": one,
            "sections": [
                reports.section("a", other, "inference", token=3),
                reports.section("faulty", replace(one, cpu_j=math.nan), "training"),
            ],
            "units": {"token": 3},
        },
        "größe": {"measurement": one},
    }
    tests = []
    for name, fields in made.items():
        call = fields.pop("call", fields["measurement"])
        stages = {"setup": None, "call": call, "teardown": one}
        tests.append(reports.entry(nodeid=f"test_it.py::test_{name}", stages=stages, **fields))
    flaky = reports.entry(None, other, nodeid="test_it.py::test_plain", attempt=2)
    return reports.report(*tests, flaky)


def _known(past: Past) -> dict[str, Any]:
    return {
        **{name: getattr(past, name) for name in ("session", "started_at", "fingerprint")},
        "tests": {nodeid: asdict(test) for nodeid, test in past.tests.items()},
        "again": past.again,
        "regressed": past.regressed,
        "failed": past.failed,
        "fixtures": past.fixtures,
    }


@pytest.mark.parametrize("options", [{}, {"indent": 1}, {"sort_keys": True}])
def test_it_is_what_the_whole_report_says(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(reports.as_json(_suite()), **options))
    read = read_past(path)
    assert _known(read) == _known(past_of(read_report(path)))
    assert len(read.tests) == 14
    assert len(read.again) == 2


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("nodeid",), 3),
        (("outcome",), "fine"),
        (("stages",), None),
        (("stages", "call", "duration_s"), -1),
        (("measurement", "energy_j", "cpu"), "4"),
        (("measurement", "energy_j"), [1]),
        (("measurement", "run_count"), 0),
        (("measurement", "runs"), []),
        (("units", "token"), -1),
        (("budget_failed",), 1),
        (("baseline", "verdict"), "fine"),
        (("baseline", "samples"), [[1]]),
        (("other_cores",), "many"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, place: tuple[str, ...], wrong: object) -> None:
    test = reports.entry("m", reports.measured(1.0), units={"token": 1}, baseline=COMPARED)
    form = reports.as_json(reports.report(test, test))
    node = form["tests"][1]
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = wrong
    path = tmp_path / "report.json"
    path.write_text(json.dumps(form))
    with pytest.raises(BadFile, match=rf"{path}: tests\.1\.{place[0]}"):
        read_past(path)


def test_what_it_does_not_need_is_not_looked_at(tmp_path: Path) -> None:
    form = reports.as_json(reports.report(reports.entry("m", reports.measured(1.0))))
    del form["tests"][0]["marks"]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(form))
    assert len(read_past(path).tests) == 1


def test_memory(tmp_path: Path) -> None:
    tests = [
        reports.entry(None, reports.measured(1.0), nodeid=f"test_it.py::test_it[{number}]")
        for number in range(2000)
    ]
    path = reports.write(reports.report(*tests), tmp_path / "report.json")
    read_past(path)  # what is imported and cached once
    tracemalloc.start()
    try:
        past = read_past(path)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(past.tests) == 2000
    # The entries of the tests do not stay: about half a kilobyte of each does, not two.
    assert kept < 1000 * len(past.tests)
    assert peak < 1.2 * path.stat().st_size + kept
