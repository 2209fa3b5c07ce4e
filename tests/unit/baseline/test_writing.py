"""One writer at a time, without a file for the lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_scer.baseline import writing as module
from pytest_scer.baseline.writing import writing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such locks")

COUNTS = """
import sys
from pathlib import Path
from pytest_scer.baseline.writing import writing

path = Path(sys.argv[1])
for _ in range(50):
    with writing(path.parent):
        path.write_text(str(int(path.read_text()) + 1))
"""


def test_no_change_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.write_text("0")
    command = [sys.executable, "-c", COUNTS, str(path)]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert path.read_text() == "150"
    assert [each.name for each in tmp_path.iterdir()] == ["count"]


def test_the_wait_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.0)
    with writing(tmp_path), pytest.raises(TimeoutError, match="locked"), writing(tmp_path):
        pass


def test_a_missing_directory(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), writing(tmp_path / "missing"):
        pass
    assert list(tmp_path.iterdir()) == []
