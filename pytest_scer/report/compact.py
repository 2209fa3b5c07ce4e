"""The compact form of a test about which nothing is known but its stages, as about most tests.

Such a test reaches the collector, waits for the end of the session and stands in the journal as one
line of JSON with its readings. What follows from them is worked out at the end, all tests in a row:
between two tests, when their own code has filled the caches, it takes three times as long.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from functools import lru_cache
from sys import intern
from typing import Any, Final

from pydantic_core import from_json, to_json

from pytest_scer.core.contention import NONE, Contention
from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.scatter import Scatter
from pytest_scer.core.timeline import measurement_of
from pytest_scer.core.uncertainty import Noise
from pytest_scer.report.entries import NONE_BY_NAME, TestEntry
from pytest_scer.report.unmeasured import why_unmeasured

STAGES: Final = ("setup", "call", "teardown")
_WIDTH: Final = len(Reading._fields) - 1 + len(Contention._fields)
"""How many values a reading has."""


def dump_compact(
    nodeid: str,
    *,
    outcome: str,
    worker: str,
    host: str,
    attempt: int,
    marks: Sequence[str],
    offset_s: float | None,
    noise: Noise,
    stages: Sequence[Sequence[Reading] | None],
) -> bytes:
    """Return the line of a test.

    Args:
        nodeid: The test, as are the next arguments to
            :class:`~pytest_scer.report.entries.TestEntry`.
        outcome: Its outcome.
        worker: The process that ran it.
        host: The host of that.
        attempt: From 1.
        marks: The names of its marks.
        offset_s: The time of a reading plus this are the seconds since the session started; None
            if that is unknown.
        noise: How much its figures differ between sessions.
        stages: The readings of each of :data:`STAGES`, as an account has them; None for one that
            did not run.
    """
    shares = [noise.cpu.single, noise.gpu.single, noise.ram.single]
    spans = [None if readings is None else _flat(readings) for readings in stages]
    row = [nodeid, outcome, worker, host, attempt, marks, offset_s, shares, *spans]
    return to_json(row, inf_nan_mode="null")


def _flat(readings: Sequence[Reading]) -> list[Any]:
    """The values of readings in a row: pydantic-core takes long for tuples that have names."""
    values: list[Any] = []
    for reading in readings:
        values += reading[:-1]
        values += reading.contention
    return values


def load_compact(line: bytes, absent: Collection[str]) -> TestEntry:
    """Return the entry of a test.

    Args:
        line: The result of :func:`dump_compact`.
        absent: Components that the session did not have. For all others null means a failed
            reading, which becomes NaN.
    """
    return entry_of(from_json(line), absent)


def entry_of(row: Sequence[Any], absent: Collection[str]) -> TestEntry:
    """Return the entry of a test whose line was parsed; see :func:`load_compact`."""
    nodeid, outcome, worker, host, attempt, marks, offset_s, shares, *spans = row
    noise = _noise(tuple(shares))
    stages: dict[str, Measurement | None] = {}
    starts_s: dict[str, float] = {}
    for name, values in zip(STAGES, spans, strict=True):
        stages[name] = None
        if not values:
            continue
        readings = [
            _reading(values[start : start + _WIDTH], absent)
            for start in range(0, len(values), _WIDTH)
        ]
        stages[name] = measured = measurement_of(readings)
        if measured is not None:
            noise.widen(measured)
        if offset_s is not None:
            starts_s[name] = offset_s + readings[0].time_s
    return TestEntry(
        nodeid,
        intern(outcome),
        intern(worker),
        intern(host),
        attempt,
        None,
        None,
        None,
        why_unmeasured(outcome, stages["call"]),
        stages,
        stages["call"],
        NONE_BY_NAME,
        (),
        (),
        _shared(tuple(marks)),
        start_s=min(starts_s.values(), default=None),
        starts_s=starts_s,
        other_phases=NONE_BY_NAME,
        beside=NONE_BY_NAME,
    )


def _reading(values: Sequence[Any], absent: Collection[str]) -> Reading:
    time_s, cpu_time_s, cpu_j, gpu_j, ram_j, noise_j, *more, shared_s, queued_s = values
    cpu_epoch, gpu_epoch, cpu_fault, gpu_fault = more
    if cpu_time_s is None:
        cpu_time_s = math.nan
    if cpu_j is None and "cpu" not in absent:
        cpu_j = math.nan
    if gpu_j is None and "gpu" not in absent:
        gpu_j = math.nan
    if ram_j is None and "ram" not in absent:
        ram_j = math.nan
    contention = Contention(shared_s, queued_s) if shared_s or queued_s else NONE
    return Reading(
        time_s,
        cpu_time_s,
        cpu_j,
        gpu_j,
        ram_j,
        noise_j,
        cpu_epoch,
        gpu_epoch,
        cpu_fault,
        gpu_fault,
        contention,
    )


@lru_cache(maxsize=256)
def _shared(marks: tuple[str, ...]) -> tuple[str, ...]:
    """The same names for all tests that have them."""
    return marks


@lru_cache(maxsize=16)
def _noise(shares: tuple[float, float, float]) -> Noise:
    """The noise of a worker; a stage is not repeated, so that what repeats leave does not count."""
    cpu, gpu, ram = (Scatter(share, share) for share in shares)
    return Noise(cpu, gpu, cpu if ram == cpu else ram, "")
