"""Fixtures of wider scope than a function: which are set up, and which tests use them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from pytest_scer.core.measurement import Measurement
from pytest_scer.recording.entries import fixture_name
from pytest_scer.report.model import FixtureEntry


@dataclass
class _Uses:
    """The tests that have used a fixture since it was set up, and when that was."""

    tests: int = 0
    energy_j: float = 0.0
    start_s: float | None = None


class OpenFixtures:
    """The fixtures of wider scope that are set up now, each with what its tests cost."""

    def __init__(self) -> None:
        """Start with none."""
        self._uses: dict[pytest.FixtureDef[Any], _Uses] = {}

    def opened(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """Count the tests that use a fixture from now on."""
        self._uses[fixturedef] = _Uses()

    def began(self, fixturedef: pytest.FixtureDef[Any], start_s: float) -> None:
        """Note when the setup of a fixture started, in seconds since the session started."""
        self._uses[fixturedef].start_s = start_s

    def used_by(self, item: pytest.Item, stages: Iterable[Measurement | None]) -> None:
        """Count a test that has just run.

        Args:
            item: The test.
            stages: Its setup and its call.
        """
        if not self._uses:
            return
        energy_j = math.fsum(stage.known_j for stage in stages if stage is not None)
        names = getattr(item, "fixturenames", ())
        for fixturedef, uses in self._uses.items():
            if fixturedef.argname in names and item.nodeid.startswith(fixturedef.baseid):
                uses.tests += 1
                uses.energy_j += energy_j

    def closed(
        self,
        fixturedef: pytest.FixtureDef[Any],
        request: pytest.FixtureRequest,
        nodeid: str,
        worker: str,
        measurement: Measurement,
    ) -> FixtureEntry:
        """Return the entry of a fixture that was torn down.

        Args:
            fixturedef: The fixture.
            request: The request that set it up.
            nodeid: The first test that used it.
            worker: The name of this process.
            measurement: What it used.
        """
        uses = self._uses.pop(fixturedef, _Uses())
        return FixtureEntry(
            fixture_name(fixturedef, request),
            fixturedef.scope,
            nodeid,
            worker,
            measurement,
            fixturedef.baseid,
            uses.tests,
            uses.energy_j,
            uses.start_s,
        )
