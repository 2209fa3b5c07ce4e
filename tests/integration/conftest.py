"""Fixtures of the integration tests."""

from __future__ import annotations

import pytest
from suite import Suite


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """An inner suite with a simulated meter, isolated from any CodeCarbon configuration."""
    monkeypatch.setenv("HOME", str(pytester.path))
    monkeypatch.setenv("COLUMNS", "80")
    return Suite(pytester)
