"""Fixtures for the tests of sub-commands."""

from __future__ import annotations

from pathlib import Path

import pytest
import reports


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return reports.write(reports.three_models(), tmp_path / "report.json")
