"""Earlier sessions with round figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.past import Past, PastTest

RAPL = "measured, machine: RAPL"
MODEL = "modelled, process: CPU time x 2 W per hardware thread"
NODEID = "test_a.py::{}"


def fingerprint(cpu_meter: str = MODEL, **changes: object) -> Fingerprint:
    """Of a machine whose memory is a constant."""
    meters = {"cpu": cpu_meter, "gpu": "absent", "ram": "constant, machine: 20 W constant"}
    mark = Fingerprint("A chip", 8, (), meters, 1, {"python": "3.12.1"})
    return dataclasses.replace(mark, **changes)  # type: ignore[arg-type]


def past(
    day: int = 1,
    mark: Fingerprint | None = None,
    g_per_kwh: float = 360,
    *,
    regressed: Sequence[str] = (),
    reference_j: float | None = 0.5,
    **joules: float,
) -> Past:
    """The session of a day, by what its tests cost; each took a tenth of a second a joule."""
    tests = {
        NODEID.format(name): PastTest(
            {"cpu": cost, "gpu": None, "ram": 9.0}, 1.0, 0.0, reference_j, duration_s=cost / 10
        )
        for name, cost in joules.items()
    }
    return Past(
        "b.json",
        f"id{day}",
        f"2026-01-{day:02}T00:00:00+00:00",
        mark or fingerprint(),
        g_per_kwh,
        1.0,
        "here",
        tests,
        regressed=frozenset(map(NODEID.format, regressed)),
    )


def past_with(day: int, joules: Mapping[str, float]) -> Past:
    """The session of a day, by what its tests cost."""
    named: dict[str, Any] = dict(joules)
    return past(day, **named)


def without(session: Past, **changes: Any) -> Past:
    """The session with other values of all of its tests."""
    tests = {name: dataclasses.replace(test, **changes) for name, test in session.tests.items()}
    return dataclasses.replace(session, tests=tests)


def baseline(*sessions: Past, **more: Any) -> Baseline:
    """A history of these sessions."""
    return Baseline(sessions, more.pop("anchor", ()), Path("b.json"), **more)
