"""The compact form of a test about which nothing is known but its stages, as about most tests.

Such a test reaches the collector, waits for the end of the session and stands in the journal as a
list of its readings. What follows from them is worked out at the end, all tests in a row: between
two tests, whose own code has filled the caches, it takes three times as long.
"""

from __future__ import annotations

import marshal
import math
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache, partial
from sys import intern
from typing import Any, Final

from pytest_scer.core.contention import NONE, Contention
from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.scatter import Scatter
from pytest_scer.core.timeline import measurement_of
from pytest_scer.core.uncertainty import QUIET, Noise
from pytest_scer.report.entries import NONE_BY_NAME, TestEntry
from pytest_scer.report.unmeasured import why_unmeasured

STAGES: Final = ("setup", "call", "teardown")


class CompactForm:
    """Turns tests into bytes and back."""

    def __init__(self, absent: Collection[str], noise: Noise = QUIET, *, as_json: bool) -> None:
        """Prepare.

        Args:
            absent: Components that the session does not have.
            noise: How much the figures of the tests that it turns into bytes differ between
                sessions.
            as_json: Whether the bytes are JSON, which can be written to a file and read by another
                version of Python. Otherwise they stay in this process, and need no library that
                takes a while to import.
        """
        self._absent = absent
        self._shares = [noise.cpu.single, noise.gpu.single, noise.ram.single]
        self._encode: Callable[[Any], bytes] = marshal.dumps
        self._decode: Callable[[bytes], Any] = marshal.loads
        if as_json:
            from pydantic_core import from_json, to_json

            self._encode, self._decode = partial(to_json, inf_nan_mode="null"), from_json

    def dump(
        self,
        nodeid: str,
        *,
        outcome: str,
        worker: str,
        host: str,
        attempt: int,
        marks: Sequence[str],
        offset_s: float | None,
        stages: Sequence[Sequence[Reading] | None],
    ) -> bytes:
        """Return the bytes of a test.

        Args:
            nodeid: The test, as are the next arguments to
                :class:`~pytest_scer.report.entries.TestEntry`.
            outcome: Its outcome.
            worker: The process that ran it.
            host: The host of that.
            attempt: From 1.
            marks: The names of its marks.
            offset_s: The time of a reading plus this are the seconds since the session started;
                None if that is unknown.
            stages: The readings of each of :data:`STAGES`, as an account has them; None for one
                that did not run.
        """
        spans = [None if readings is None else list(map(_values, readings)) for readings in stages]
        row = [nodeid, outcome, worker, host, attempt, marks, offset_s, self._shares, *spans]
        return self._encode(row)

    def load(self, compact: bytes) -> TestEntry:
        """Return the entry of a test.

        Args:
            compact: The result of :meth:`dump`.
        """
        return entry_of(self._decode(compact), self._absent)


def _values(reading: Reading) -> list[Any]:
    """The values of a reading, up to the last that is not its default."""
    values: list[Any] = [
        reading.time_s,
        reading.cpu_time_s,
        reading.cpu_j,
        reading.gpu_j,
        reading.ram_j,
        reading.noise_j,
    ]
    cpu_fault, gpu_fault = reading.cpu_fault, reading.gpu_fault
    if reading.contention is not NONE or cpu_fault is not None or gpu_fault is not None:
        values += (reading.cpu_epoch, reading.gpu_epoch, cpu_fault, gpu_fault)
        values += reading.contention
    elif reading.cpu_epoch or reading.gpu_epoch:
        values += (reading.cpu_epoch, reading.gpu_epoch)
    return values


def entry_of(row: Sequence[Any], absent: Collection[str]) -> TestEntry:
    """Return the entry of a test whose compact form was decoded.

    Args:
        row: The decoded form.
        absent: Components that the session did not have. For all others null means a failed
            reading, which becomes NaN.
    """
    nodeid, outcome, worker, host, attempt, marks, offset_s, shares, *spans = row
    noise = _noise(tuple(shares))
    stages: dict[str, Measurement | None] = {}
    starts_s: dict[str, float] = {}
    for name, values in zip(STAGES, spans, strict=True):
        stages[name] = None
        if not values:
            continue
        readings = [_reading(each, absent) for each in values]
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
    # Like entries_from_json.load_run, written out: each runs several times a test.
    time_s, cpu_time_s, cpu_j, gpu_j, ram_j, noise_j, *more = values
    if cpu_time_s is None:
        cpu_time_s = math.nan
    if cpu_j is None and "cpu" not in absent:
        cpu_j = math.nan
    if gpu_j is None and "gpu" not in absent:
        gpu_j = math.nan
    if ram_j is None and "ram" not in absent:
        ram_j = math.nan
    reading = Reading(time_s, cpu_time_s, cpu_j, gpu_j, ram_j, noise_j, *more[:4])
    if len(more) > 4:
        reading.contention = Contention(*more[4:])
    return reading


@lru_cache(maxsize=256)
def _shared(marks: tuple[str, ...]) -> tuple[str, ...]:
    """The same names for all tests that have them."""
    return marks


@lru_cache(maxsize=16)
def _noise(shares: tuple[float, float, float]) -> Noise:
    """The noise of a worker; a stage is not repeated, so that what repeats leave does not count."""
    cpu, gpu, ram = (Scatter(share, share) for share in shares)
    return Noise(cpu, gpu, cpu if ram == cpu else ram, "")
