"""Reading reports: what is refused, and what a large report takes."""

from __future__ import annotations

import copy
import gc
import json
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import reports

from pytest_scer.baseline.compare import compare
from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.store import read_past
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.report.documents import BadFile
from pytest_scer.report.model import Report
from pytest_scer.report.reading import read_report


def _large(count: int) -> Report:
    """A report of many tests, each with three stages."""
    stages = [reports.measured(joules) for joules in (1.0, 2.0, 3.0)]
    return reports.report(
        *(
            reports.entry(
                None,
                stages[1],
                nodeid=f"tests/some/folder/test_module.py::TestSomething::test_it[{number}]",
                stages=dict(zip(("setup", "call", "teardown"), stages, strict=True)),
                phase=None,
                category=None,
            )
            for number in range(count)
        )
    )


def _changed(*place: str | int, to: Any) -> str:
    """A report in JSON with another value in one place."""
    form: Any = reports.as_json(
        reports.report(
            reports.entry(
                "m", reports.measured(1.0, runs=(reports.measured(1.0),)), units={"token": 1}
            ),
            peers=(),
        )
    )
    node = copy.deepcopy(form)
    top = node
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = to
    return json.dumps(top)


CALL = ("tests", 0, "stages", "call")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_changed("pue", to="1.5"), "pue: Input should be a valid number"),
        (_changed("pue", to=True), "pue: Input should be a valid number"),
        (_changed("pue", to=0.5), "pue: "),
        (_changed("pue", to=1e999), "not JSON"),
        (_changed("pue", to=10**400), "pue: Input should be a valid number"),
        (_changed("session", "workers", to=10**30), "session.workers: "),
        (_changed("session", "workers", to=1.5), "session.workers: "),
        (
            _changed("session", "started_at", to="yesterday"),
            "session.started_at: Invalid isoformat",
        ),
        (_changed(*CALL, "runs", to=[]), "tests.0.stages.call.runs: List should have at least 1"),
        (_changed(*CALL, "run_count", to=0), "tests.0.stages.call.run_count: "),
        (_changed(*CALL, "duration_s", to=-1), "tests.0.stages.call.duration_s: "),
        (_changed(*CALL, "energy_j", to=[1]), "tests.0.stages.call.energy_j: "),
        (_changed("tests", 0, "baseline", to={"components": ["tpu"]}), "tests.0.baseline"),
        (_changed("tests", 0, "units", to={"token": -1}), "tests.0.units.token: "),
        (_changed("tests", 0, "outcome", to="fine"), "tests.0.outcome: "),
        (_changed("embodied", to=[{"g_per_h": 0}]), "grams per hour"),
        (_changed("embodied", to=[{"price": 3}]), "embodied.0"),
        (_changed("scale", to="letters"), "unknown scale"),
        (_changed("scale", to={"name": "x"}), "missing"),
        (_changed("peers", to=[{"model": "x"}]), "peers.0"),
        (_changed("session", "hosts", to=[{"label": "h0", "environment": {}}]), "session.hosts.0"),
        (_changed("schema_version", to=99), "schema version 99"),
        (_changed("schema_version", to=True), "schema version True"),
        (_changed("schema_version", to=[["x" * 1000]]), "schema version"),
        ("[]", "not a pytest-scer report"),
        ("null", "not a pytest-scer report"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(BadFile) as error:
        read_report(path)
    assert str(error.value).startswith(f"{path}: ")
    assert says in str(error.value)
    assert len(str(error.value)) < len(str(path)) + 600


@pytest.mark.parametrize(
    "text",
    [
        _changed("later_field", to={"a": [1]}),
        _changed(*CALL, "later_field", to=3),
        _changed("meters", "tpu", to={"source": 3}),
        _changed(*CALL, "energy_j", "tpu", to="much"),
    ],
)
def test_fields_of_later_versions_are_ignored(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    assert read_report(path).tests[0].nodeid == "test_it.py::test_m_inference"


def test_numbers_are_floats_and_a_tiny_one_is_zero(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(_changed(*CALL, "energy_j", "cpu", to=5e-324))
    stage = read_report(path).tests[0].stages["call"]
    assert stage is not None
    assert (stage.cpu_j, type(stage.duration_s)) == (0.0, float)


@pytest.mark.parametrize("options", [{}, {"indent": 2}, {"sort_keys": True}])
def test_it_is_the_same_whoever_wrote_it(tmp_path: Path, options: dict[str, Any]) -> None:
    made = _large(3)
    one = reports.write(made, tmp_path / "one.json")
    other = tmp_path / "other.json"
    other.write_text(json.dumps(reports.as_json(made), **options))
    assert reports.as_json(read_report(one)) == reports.as_json(read_report(other))


def test_the_last_of_two_lists_of_tests_counts(tmp_path: Path) -> None:
    # As in any JSON with a key twice.
    path = tmp_path / "report.json"
    (test,) = reports.as_json(_large(1))["tests"]
    path.write_text(_changed("pue", to=1)[:-1] + f', "tests": [{json.dumps(test)}]}}')
    (read,) = read_report(path).tests
    assert read.nodeid == test["nodeid"]


def test_a_wrong_row_is_found_at_its_number(tmp_path: Path) -> None:
    form = reports.as_json(_large(5))
    form["tests"][3]["attempt"] = "first"
    path = tmp_path / "report.json"
    path.write_text(json.dumps(form))
    with pytest.raises(BadFile, match=r"tests\.3\.attempt"):
        read_report(path)


def test_memory_of_a_large_report(tmp_path: Path) -> None:
    path = reports.write(_large(2000), tmp_path / "report.json")
    read_report(path)  # what is imported and cached once
    tracemalloc.start()
    try:
        report = read_report(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(report.tests) == 2000
    # The file itself, and about as much of entries. Its JSON as a whole would take 6 times that.
    assert peak < 2.5 * path.stat().st_size


def _calls(function: Callable[[], object]) -> int:
    """How many Python functions a function calls."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def _per_test(path: Callable[[int], Path], function: Callable[[Path], object]) -> float:
    few, many = path(100), path(300)
    function(few)
    return (_calls(lambda: function(many)) - _calls(lambda: function(few))) / 200


def test_operations_for_each_test(tmp_path: Path) -> None:
    def path(count: int) -> Path:
        return reports.write(_large(count), tmp_path / f"{count}.json")

    # Six of them check figures, three build measurements; 100,000 tests are read in 2 s.
    assert _per_test(path, read_report) < 60
    assert _per_test(path, read_past) < 35

    def compared(path: Path) -> object:
        return compare(Baseline.load(path), read_past(path), Threshold.parse("10%"))

    # Both reports, and the verdict with its noise; 100,000 tests are compared in 6 s.
    assert _per_test(path, compared) < 200


def test_the_garbage_collector_is_as_it_was(tmp_path: Path) -> None:
    path = reports.write(_large(1), tmp_path / "report.json")
    assert gc.isenabled()
    read_report(path)
    assert gc.isenabled()
    path.write_text("no report")
    with pytest.raises(BadFile):
        read_report(path)
    assert gc.isenabled()
