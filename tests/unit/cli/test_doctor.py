"""What ``pytest-scer doctor`` remembers of a machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pytest_scer.cli import main


@pytest.mark.skipif(sys.platform != "linux", reason="remembers nothing elsewhere")
def test_refresh_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert main(["doctor"]) == 0
    first = capsys.readouterr().out
    file = tmp_path / "pytest-scer" / "memory.json"
    kept = json.loads(file.read_text())
    file.write_text(json.dumps({**kept, "answer": [1234.0, "as remembered"]}))
    assert main(["doctor"]) == 0
    assert "as remembered" in capsys.readouterr().out
    assert main(["doctor", "--refresh"]) == 0
    assert capsys.readouterr().out == first
    assert json.loads(file.read_text()) == kept
