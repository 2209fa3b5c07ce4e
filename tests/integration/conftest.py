"""Fixtures of the integration tests."""

from __future__ import annotations

import pytest
from suite import Suite


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """An inner suite under a simulated meter, with no configuration of CodeCarbon around it."""
    monkeypatch.setenv("HOME", str(pytester.path))
    monkeypatch.setenv("COLUMNS", "80")
    return Suite(pytester)
