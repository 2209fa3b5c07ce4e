"""Tests without budgets take four readings, and their records are made when somebody reads."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from suite import Suite

XDIST = ("-p", "xdist", "-p", "xdist.looponfail", "-n2")

OUTCOMES = """
import pytest

@pytest.fixture
def broken():
    raise ValueError

def test_passed(): spend(cpu=1)
def test_failed(): assert spend(cpu=2)
def test_error(broken): pass
@pytest.mark.skip
def test_skipped(): pass
def test_skips(): pytest.skip("no")
@pytest.mark.xfail
def test_xfailed(): assert False
@pytest.mark.parametrize("n", [1, 2])
def test_each(n): spend(cpu=n)
@pytest.mark.scer("9 J")
def test_budget(): spend(cpu=5)
def test_sections(carbon):
    with carbon.measure("part"):
        spend(cpu=3)
"""

READERS = """
import json

def pytest_runtest_logreport(report):
    record = getattr(report, "scer", None)
    if record is not None:
        assert report.when == "teardown"
        with open("records.jsonl", "a") as file:
            file.write(json.dumps(record) + "\\n")
"""

BETWEEN = """
def pytest_runtest_logreport(report):
    simulation.spend(cpu={"setup": 100, "call": 10, "teardown": 1}[report.when])
"""


@pytest.mark.parametrize("workers", [(), XDIST], ids=["n0", "n2"])
def test_whoever_reads_a_record_reads_the_entry_of_the_report(
    suite: Suite, workers: tuple[str, ...]
) -> None:
    suite.conftest(READERS)
    suite.write(OUTCOMES)
    ran = suite.run_apart("--scer-output=report.json", *workers)
    entries = {test["nodeid"]: test for test in ran.json["tests"]}
    assert len(entries) == 10
    lines = (suite.path / "records.jsonl").read_text().splitlines()
    # A worker logs a report, too, before it sends it to the controller.
    assert len(lines) == len(entries) * (2 if workers else 1)
    for record in map(json.loads, lines):
        assert record == entries[record["nodeid"]]


def test_what_happens_between_stages_counts_as_setup_or_teardown(suite: Suite) -> None:
    suite.conftest(BETWEEN)
    ran = suite.measure("""
        def test_plain(): spend(cpu=2)
        @pytest.mark.scer("1 kJ")
        def test_budget(): spend(cpu=2)
        def test_fails(): assert spend(cpu=2)
        @pytest.fixture
        def broken(): raise ValueError
        def test_error(broken): pass
    """)

    def joules(name: str) -> list[float | None]:
        stages = ran.test(name)["stages"]
        return [its and its["energy_j"]["cpu"] for its in stages.values()]

    assert joules("test_plain") == [100, 2, 10]
    assert joules("test_budget") == [0, 2, 0]
    assert joules("test_fails") == [100, 2, 10]
    assert joules("test_error") == [0, None, 0]
    totals = ran.json["totals"]
    assert totals["tests_energy_j"] == 112 + 2 + 112
    assert totals["overhead_energy_j"] == 1 + 111 + 1 + 101
    assert totals["energy_j"]["total"] == 112 * 2 + 2 + 214


def test_a_test_that_is_given_up_between_two_stages_charges_no_other(suite: Suite) -> None:
    suite.conftest(
        """
        import pytest
        from _pytest.runner import call_and_report

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(item):
            if item.name == "test_given_up":
                call_and_report(item, "setup", log=False)
                simulation.spend(cpu=50)
                item.session._setupstate.teardown_exact(None)
                return True
        """
    )
    ran = suite.measure("""
        def test_given_up(): pass
        def test_next(): spend(cpu=2)
    """)
    (test,) = ran.json["tests"]
    assert test["nodeid"].endswith("test_next")
    assert [its["energy_j"]["cpu"] for its in test["stages"].values()] == [0, 2, 0]
    assert ran.json["not_run"] == ["test_it.py::test_given_up"]


LETTING_GO = """
import gc
import sys
import typing
import pytest

status = pytest.main(sys.argv[1:])
gc.collect()
from pytest_scer.report.entries import TestEntry
kept = [entry for entry in gc.get_objects() if type(entry) is TestEntry]
assert not kept, kept

def led_to(cache):
    # Whatever an object leads to, but not through the list of all modules.
    found, todo = {id(sys.modules), id(sys.__dict__)}, [cache]
    while todo:
        for each in gc.get_referents(todo.pop()):
            if id(each) not in found:
                found.add(id(each))
                todo.append(each)
                yield each

caches = [clear.__self__ for clear in typing._cleanups]
assert caches
kept = [each for cache in caches for each in led_to(cache) if type(each) is pytest.Config]
assert not kept, "a cache of typing leads to it"
sys.exit(status)
"""


@pytest.mark.parametrize("options", [("--scer-report",), ("--scer-output=report.json",)])
def test_nothing_is_left_for_the_end_of_python(suite: Suite, options: tuple[str, ...]) -> None:
    suite.write("def test_it(): pass\n@pytest.mark.scer('9 J')\ndef test_budget(): pass")
    program = [sys.executable, "-c", LETTING_GO, "-p", "no:cacheprovider", *options]
    subprocess.run(program, cwd=suite.path, check=True, stdout=subprocess.DEVNULL)
