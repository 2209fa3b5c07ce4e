"""One budgeted test at a time; a lock that cannot be had costs no test."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_scer.workers.turns import Turnstile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such locks")


def _run(turnstile: Turnstile, nodeid: str) -> object:
    """Run a test through the turnstile, and return its result."""
    item = cast("pytest.Item", SimpleNamespace(nodeid=nodeid))
    protocol: Any = turnstile.pytest_runtest_protocol(item)
    next(protocol)
    try:
        protocol.send("result")
    except StopIteration as end:
        return end.value
    raise AssertionError("it goes on")


def test_a_test_that_cannot_wait_runs_and_the_report_says_so(tmp_path: Path) -> None:
    faults: list[tuple[str, str]] = []
    turnstile = Turnstile(
        tmp_path / "turn",
        lambda item: "budgeted" in item.nodeid,
        lambda *fault: faults.append(fault),
    )
    assert _run(turnstile, "budgeted") == "result"
    assert faults == []
    (tmp_path / "turn").chmod(0o644)
    assert _run(turnstile, "free") == "result"
    assert faults == []
    assert _run(turnstile, "budgeted") == "result"
    assert faults == [("budgeted", "it did not wait for its turn: not a private file of this user")]


def test_without_a_file_there_is_no_turnstile(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        Turnstile(tmp_path / "missing" / "turn", lambda _: True, lambda *_: None)
