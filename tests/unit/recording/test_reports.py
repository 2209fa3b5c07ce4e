"""The record on a report is made when somebody reads it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from pytest_scer.recording.reports import COMPACT, record_of, recorded_when_read, take_record
from pytest_scer.report.compact import Compact


class Expanding:
    """Counts how often a record is made."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, line: Compact) -> dict[str, Any]:
        self.times += 1
        return {"line": str(line, "ascii") if isinstance(line, bytes) else line}


def report(expand: Expanding, line: bytes | None = b"x") -> Any:
    made = pytest.TestReport("a", ("a", 0, "a"), {}, "passed", None, "teardown")
    made.__class__ = recorded_when_read(expand)
    if line is not None:
        setattr(made, COMPACT, line)
    return made


def test_it_is_made_once_and_only_if_it_is_read() -> None:
    expand = Expanding()
    made = report(expand)
    assert record_of(made) == b"x"
    assert expand.times == 0
    assert made.scer == {"line": "x"}
    assert made.scer is made.scer
    assert expand.times == 1


def test_once_taken_it_is_gone() -> None:
    expand = Expanding()
    made = report(expand)
    assert made.scer
    assert take_record(made) == b"x"
    assert not hasattr(made, "scer")
    assert take_record(made) is None
    assert record_of(made) is None


def test_a_full_record_is_taken_as_it_is() -> None:
    made = pytest.TestReport("a", ("a", 0, "a"), {}, "passed", None, "teardown")
    record = {"nodeid": "a"}
    made.scer = record  # type: ignore[attr-defined]
    assert record_of(made) is record
    assert take_record(made) is record
    assert not hasattr(made, "scer")


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_a_copy_is_a_report_of_pytest_with_its_record(again: Any) -> None:
    made = report(Expanding())
    other = again(made)
    assert type(other) is pytest.TestReport
    assert other.scer == {"line": "x"}
    assert (other.nodeid, other.when) == ("a", "teardown")
    assert not hasattr(again(report(Expanding(), line=None)), "scer")


def test_pytest_sends_it_as_its_own(pytestconfig: pytest.Config) -> None:
    made = report(Expanding())
    hook = pytestconfig.hook
    data = hook.pytest_report_to_serializable(config=pytestconfig, report=made)
    assert data[COMPACT] == b"x"
    other = hook.pytest_report_from_serializable(config=pytestconfig, data=data)
    assert type(other) is pytest.TestReport
    assert record_of(other) == b"x"
