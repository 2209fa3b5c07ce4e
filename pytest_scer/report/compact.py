"""The compact form of a test about which nothing is known but its stages, as about most tests.

Such a test reaches the collector, waits for the end of the session and stands in the journal as a
row with its readings. What follows from them is worked out many tests in a row, which is faster
(:data:`pytest_scer.collecting.arrivals.AT_ONCE`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial
from sys import intern
from typing import Any, Final

from pytest_scer.core import STAGES
from pytest_scer.core.contention import NONE, Contention
from pytest_scer.core.measurement import Reading, reading_of
from pytest_scer.core.scatter import Scatter
from pytest_scer.core.timeline import Account, measurement_of
from pytest_scer.core.uncertainty import QUIET, Noise
from pytest_scer.report.entries import NONE_BY_NAME, TestEntry
from pytest_scer.report.model import LOCAL_HOST, LOCAL_WORKER
from pytest_scer.report.unmeasured import why_unmeasured

_LETTERS: Final = {name: name[0] for name in STAGES}
_WITHOUT_GAPS: Final = "sct."
_NAMES: Final = {letter: name for name, letter in _LETTERS.items()}
_NOT_CHARGED: Final = "."
_COMPONENTS: Final = {1: "cpu time", 2: "cpu", 3: "gpu", 4: "ram"}
"""Where a reading has the CPU time, which is never absent, and the joules of each component."""
_FIRST: Final = 6
"""How many values of a reading tell all about it, if the others are as usual."""
_USUAL: Final = (0, 0, None, None, NONE)
"""The others as usual: no fault, and no neighbour in the way."""

Compact = bytes | tuple[Any, ...]
"""A test in its compact form: a row of plain builtins, or the JSON of one."""


class CompactForm:
    """Turns tests into rows and back."""

    def __init__(
        self,
        absent: Collection[str],
        *,
        as_json: bool,
        worker: str = LOCAL_WORKER,
        host: str = LOCAL_HOST,
        offset_s: float | None = None,
        noise: Noise = QUIET,
    ) -> None:
        """Prepare.

        Args:
            absent: Components that the session does not have.
            as_json: Whether rows travel between processes, as JSON. Otherwise no library is needed
                that takes a while to import.
            worker: The process that runs the tests.
            host: The host of that.
            offset_s: The time of a reading plus this are the seconds since the session started;
                None if that is unknown.
            noise: How much the figures of the tests differ between sessions.
        """
        self._absent = absent
        self._where = worker, host
        self._of_session = offset_s, (noise.cpu.single, noise.gpu.single, noise.ram.single)
        self._encode: Callable[[tuple[Any, ...]], Compact] | None = None
        if as_json:
            from pydantic_core import from_json, to_json

            self._encode, self._decode = partial(to_json, inf_nan_mode="null"), from_json

    def dump(
        self,
        nodeid: str,
        outcome: str,
        attempt: int,
        marks: tuple[str, ...],
        stages: Mapping[str, Account],
    ) -> Compact:
        """Return the compact form of a test.

        Args:
            nodeid: The test, as are the next arguments to
                :class:`~pytest_scer.report.entries.TestEntry`.
            outcome: Its outcome.
            attempt: From 1.
            marks: The names of its marks.
            stages: The accounts of its stages, by name, in the order in which they ran.
        """
        charged, edges = _edges(stages)
        worker, host = self._where
        what = (nodeid, outcome, worker, host, attempt, marks)
        values = [
            reading[:_FIRST] if reading[_FIRST:] == _USUAL else _values(reading)
            for reading in edges
        ]
        row = (*what, *self._of_session, charged, tuple(values))
        return row if self._encode is None else self._encode(row)

    def load(self, compact: Compact) -> TestEntry:
        """Return the entry of a test.

        Args:
            compact: The result of :meth:`dump`.
        """
        if isinstance(compact, bytes):
            compact = decoded(self._decode(compact), self._absent)
        return entry_of(compact)


def _edges(stages: Mapping[str, Account]) -> tuple[str, Sequence[Reading]]:
    """All readings of a test in a row, and the letter of the stage that is charged from each on.

    Between two stages, or while a fixture of wider scope is charged, no stage is: that is a dot.
    """
    spans = [account.spans for account in stages.values()]
    if len(spans) == len(STAGES) and list(map(len, spans)) == [2, 2, 2]:  # as of most tests
        setup, call, teardown = spans
        if setup[1] is call[0] and call[1] is teardown[0]:
            return _WITHOUT_GAPS, (*setup, call[1], teardown[1])
    charged, edges = "", list[Reading]()
    for name, account in stages.items():
        readings = iter(account.spans)
        for start, end in zip(readings, readings, strict=True):  # in pairs
            if not edges or edges[-1] is not start:
                charged += _NOT_CHARGED
                edges.append(start)
            charged = charged[:-1] + _LETTERS[name] + _NOT_CHARGED
            edges.append(end)
    return charged, edges


def _values(reading: Reading) -> tuple[Any, ...]:
    return (*reading[:10], *reading.contention)


def decoded(row: Sequence[Any], absent: Collection[str]) -> tuple[Any, ...]:
    """Return a row that was JSON as it was before.

    Args:
        row: What the JSON says.
        absent: Components that the session did not have. For all others null means a failed
            reading, which becomes NaN.
    """
    nodeid, outcome, worker, host, attempt, marks, offset_s, shares, charged, edges = row
    present = [at for at, name in _COMPONENTS.items() if name not in absent]
    for values in edges:
        for at in present:
            if values[at] is None:
                values[at] = math.nan
    return (
        nodeid,
        intern(outcome),
        intern(worker),
        intern(host),
        attempt,
        _shared(tuple(marks)),
        offset_s,
        tuple(shares),
        charged,
        edges,
    )


def entry_of(row: Sequence[Any]) -> TestEntry:
    """Return the entry of a test from its row."""
    nodeid, outcome, worker, host, attempt, marks, offset_s, shares, charged, edges = row
    readings = [
        reading_of((*values, *_USUAL)) if len(values) == _FIRST else _reading(values)
        for values in edges
    ]
    spans: dict[str, list[Reading]] = {name: [] for name in STAGES}
    for letter, start, end in zip(charged, readings, readings[1:], strict=False):
        if letter != _NOT_CHARGED:
            spans[_NAMES[letter]] += (start, end)
    stages = {name: measurement_of(its) for name, its in spans.items()}
    starts_s: dict[str, float] = {}
    if offset_s is not None:
        starts_s = {name: offset_s + its[0].time_s for name, its in spans.items() if its}
    noise = _noise(shares)
    for stage in stages.values():
        if stage is not None:
            noise.widen(stage)
    return TestEntry(
        nodeid,
        outcome,
        worker,
        host,
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
        marks,
        start_s=min(starts_s.values(), default=None),
        starts_s=starts_s,
        other_phases=NONE_BY_NAME,
        beside=NONE_BY_NAME,
    )


def _reading(values: Sequence[Any]) -> Reading:
    return reading_of((*values[:10], Contention(*values[10:])))


@lru_cache(maxsize=256)
def _shared(marks: tuple[str, ...]) -> tuple[str, ...]:
    """The same names for all tests that have them."""
    return marks


@lru_cache(maxsize=16)
def _noise(shares: tuple[float, float, float]) -> Noise:
    """The noise of a worker; a stage is not repeated, so that what repeats leave does not count."""
    cpu, gpu, ram = (Scatter(share, share) for share in shares)
    return Noise(cpu, gpu, cpu if ram == cpu else ram, "")
