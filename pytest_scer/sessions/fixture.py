"""The ``carbon`` fixture of a process that runs tests, imported only if a test uses it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_scer.carbon import Carbon
    from pytest_scer.recording.recorder import Recorder

NAME = "carbon"


def is_used_by(item: pytest.Item) -> bool:
    """Whether a test uses the fixture."""
    return NAME in getattr(item, "fixturenames", ())


def load_for(items: Iterable[pytest.Item]) -> None:
    """Import what the fixture needs, if a test uses it, before tests can replace what imports."""
    if any(map(is_used_by, items)):
        import_module("pytest_scer.carbon")


def carbon_of(recorder: Recorder) -> Carbon:
    """What the fixture is for the running test."""
    from pytest_scer.carbon import Carbon

    return Carbon(*recorder.carbon_for_test())
