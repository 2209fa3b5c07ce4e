"""How much repeats of the same work differ, as far as it was measured."""

from __future__ import annotations

from typing import Final

from pytest_scer.sources.entry import Constant, Source

_MEASURED: Final = Source(
    "pytest-scer, measured on shared virtual machines",
    "docs/explanation/what-is-measured.md and gate.md; benchmarks/gate",
    2026,
    "2026-11-27",
    is_own=True,
)
_JUDGED: Final = Source(
    "pytest-scer, judged from the same measurements",
    "docs/explanation/what-is-measured.md",
    2026,
    "2026-11-27",
    is_own=True,
)
_COUNTER: Final = Source(
    "pytest-scer, resolution of RAPL and NVML counters; no published figure was found",
    "docs/explanation/what-is-measured.md",
    2026,
    None,
)
_SHARED: Final = "two hardware threads of a shared host; a machine of your own is calmer"
_SD: Final = "sd / mean"

SINGLE_RUN: Final = Constant(
    name="CPU time, single run, between sessions",
    unit=_SD,
    source=_MEASURED,
    caveat=_SHARED,
    value=0.12,
)
MANY_RUNS: Final = Constant(
    name="CPU time, however many runs of one session",
    unit="95 % half-width / mean",
    source=_JUDGED,
    caveat="the median of 27 runs had a standard deviation of 12.6 %; an eighth of the variance is "
    "allowed to go with repeats",
    value=0.22,
)
CORRECTED: Final = Constant(
    name="CPU time over the reference workload, single run",
    unit=_SD,
    source=_MEASURED,
    caveat=_SHARED,
    value=0.07,
)
COUNTED: Final = Constant(
    name="energy counters, between sessions",
    unit=_SD,
    source=_MEASURED,
    caveat="by what the duration varies, 6 to 13 %: no counter was at hand",
    value=0.06,
)
COUNTED_LEAST: Final = Constant(
    name="energy counters: least that a history is believed",
    unit=_SD,
    source=_COUNTER,
    caveat="the resolution of a counter is 0.3 to 1 %",
    value=0.003,
)
SIMULATED: Final = Constant(
    name="simulated meter: what a test may vary",
    unit=_SD,
    source=Source("chosen", "pytest_scer.testing", 2026, "2026-11-27", is_own=True),
    caveat="the meter itself repeats to the last digit",
    value=0.01,
)
REPEAT_DIFFERS: Final = Constant(
    name="repeats against the first run of a test",
    unit=_SD,
    source=_MEASURED,
    caveat="12 tests of a benchmark in 24 sessions: 0.06 to 0.08",
    value=0.06,
)
KEPT: Final = Constant(
    name="share of the variance that repeats cannot remove",
    unit="1",
    source=_MEASURED,
    caveat="12 tests of a benchmark in 24 sessions, each run ten times: 0.51",
    value=0.5,
)
KEPT_OF_CORRECTED: Final = Constant(
    name="the same, over the reference workload",
    unit="1",
    source=_MEASURED,
    caveat="the same sessions: 0.06 to 0.08",
    value=0.1,
)
EXTREMES: Final = Constant(
    name="CPU time, single runs: highest over lowest",
    unit="1",
    source=_MEASURED,
    caveat=_SHARED,
    value=2.0,
)
CONTENTION: Final = Constant(
    name="CPU time next to a busy hardware thread, over that alone",
    unit="1",
    source=_MEASURED,
    caveat="for 10 ms of Python and loops in C; 1.3 to 2 times for tests",
    value=1.6,
)
PROCESS: Final = Constant(
    name="CPU time, luck of a process",
    unit=_SD,
    source=Source(
        "Mytkowicz et al., ASPLOS 2009; Kalibera, Jones, ISMM 2013",
        "doi:10.1145/1508244.1508275",
        2009,
        None,
    ),
    caveat="one to a few percent, by the layout of the process in memory; the papers were not read",
    value=0.02,
)
COUNTED_PAIR: Final = Constant(
    name="energy counters, single runs next to each other",
    unit=_SD,
    source=_COUNTER,
    caveat="the upper end of a counter's resolution of 0.3 to 1 %",
    value=0.01,
)
_FIRST: Final = Source(
    "pytest-scer, judgement", "pytest_scer/core/forecast.py", 2026, "2026-11-27", is_own=True
)
FIRST_EPOCH: Final = Constant(
    name="first epoch of a training, over a later one",
    unit="factor, at most",
    source=_FIRST,
    caveat="because of warm-up; only used as long as no other epoch has ended",
    value=3.0,
)
LATER_EPOCH: Final = Constant(
    name="later epoch of a training, over the first",
    unit="factor, at most",
    source=_FIRST,
    caveat="because of neighbours or longer samples; only used as long as no other epoch has ended",
    value=2.0,
)
