"""Fixtures and settings for all tests."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest
from hypothesis import HealthCheck, settings
from inner_sessions import without_other_plugins

import pytest_scer

# pytester forgets the modules that an inner session imports, so each would import them again: more
# than half of its time. Those that are imported before it stay.
for module in walk_packages(pytest_scer.__path__, "pytest_scer."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
import_module("codecarbon.emissions_tracker")

# Property tests check values, never timing. They try the same examples each time, so that a rare
# one does not fail somebody else's change; SCER_FUZZ looks for new ones.
settings.register_profile(
    "values",
    deadline=None,
    derandomize="SCER_FUZZ" not in os.environ,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("values")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than the machine has CPUs, since many tests wait for what they started."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture
def default_sigint() -> Iterator[None]:
    """Have SIGINT interrupt this process and those it starts, as at a prompt.

    A shell starts a background job with SIGINT ignored, and its descendants inherit that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def pytester(
    default_sigint: None, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """Run inner sessions with pytest-scer alone; `-p NAME` adds another plugin to one of them."""
    # A test module that is rewritten within a second would run from its stale bytecode.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    for name in ("WORKER", "WORKER_COUNT", "TESTRUNUID"):  # set if this session has workers
        monkeypatch.delenv(f"PYTEST_XDIST_{name}", raising=False)
    monkeypatch.setenv("PYTEST_ADDOPTS", without_other_plugins())
    return pytester
