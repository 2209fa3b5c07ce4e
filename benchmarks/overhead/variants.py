"""What is compared: pytest-scer in its states, and its alternatives."""

from __future__ import annotations

from overhead.environments import OLD_PEER, PEERS, Environment
from overhead.machines import COUNTERS, SAMPLES, Machines
from overhead.sessions import Variant
from overhead.suites import BENCHMARKED, HISTORY, LIMIT, TASKS, ZEUS

SCER = ("scer",)
REPORT = ("--scer-report",)
OUTPUT = ("--scer-output=report.json",)
BARE, ASLEEP = "bare pytest", "pytest-scer, asleep"
BARE_COUNTED = "bare pytest, with counters"
SLOW = 0.1
"""Tests of milliseconds run fewer of them."""

CODSPEED = ("--codspeed", "--codspeed-mode=walltime", "--codspeed-warmup-time=0")


class Variants:
    """The variants that can run here.

    Attributes:
        trivial: Those that run trivial tests, each after the one it is compared with.
        long: Those that run tests of 100 ms, without bare pytest.
        missing: Why others cannot run here.
    """

    def __init__(self, own: Environment, old: Environment | str, machines: Machines) -> None:
        """Find out what can run.

        Args:
            own: The environment of pytest-scer.
            old: That of pytest-codecarbon, or why there is none.
            machines: What can be simulated.
        """
        self.missing: dict[str, str] = {}
        self.bare = Variant(BARE, own)
        self.asleep = Variant(ASLEEP, own, SCER, beside=BARE)
        self.output = Variant(
            "`--scer-output=report.json`", own, SCER, OUTPUT, beside=BARE, goal=1.20
        )
        self.trivial = [
            self.bare,
            Variant("clock reads alone (the limit)", own, conftest=LIMIT, beside=BARE),
            self.asleep,
            Variant(
                "`--scer-report`", own, SCER, REPORT, beside=BARE, goal=1.20, start_goal_s=0.25
            ),
            self.output,
            *self._counted(own, machines),
            *self._alternatives(own, machines),
            *self._old(old),
        ]
        self.first = [
            *self.trivial,
            Variant(
                "`--scer-report`, first session on a machine",
                own,
                SCER,
                REPORT,
                beside=BARE,
                fresh=True,
            ),
        ]
        self.long = [
            Variant("`--scer-report`", own, SCER, REPORT, beside=BARE),
            self.output,
            *self._sampled(own, machines),
            Variant(
                "`--scer-history`",
                own,
                SCER,
                ("--scer-history=history", "--scer-fail-on=none"),
                conftest=HISTORY,
                beside=BARE,
            ),
        ]

    def _counted(self, own: Environment, machines: Machines) -> list[Variant]:
        """On a machine with counters."""
        if COUNTERS in machines.missing:
            self.missing["with counters"] = machines.missing[COUNTERS]
            return []
        return [
            Variant(BARE_COUNTED, own, machine=COUNTERS),
            Variant(
                "`--scer-report`, with counters",
                own,
                SCER,
                REPORT,
                machine=COUNTERS,
                beside=BARE_COUNTED,
                goal=1.30,
                start_goal_s=0.45,
            ),
            Variant(
                "`--scer-output=report.json`, with counters",
                own,
                SCER,
                OUTPUT,
                machine=COUNTERS,
                beside=BARE_COUNTED,
                goal=1.30,
            ),
        ]

    def _sampled(self, own: Environment, machines: Machines) -> list[Variant]:
        """On a machine whose GPU only tells its power."""
        if SAMPLES in machines.missing:
            self.missing["with a GPU without a counter"] = machines.missing[SAMPLES]
            return []
        return [
            Variant(
                "`--scer-report`, GPU power sampled",
                own,
                SCER,
                REPORT,
                machine=SAMPLES,
                beside=BARE,
            )
        ]

    def _alternatives(self, own: Environment, machines: Machines) -> list[Variant]:
        """What else measures tests, and works with the newest pytest."""
        found = {
            "benchmark": Variant(
                "pytest-benchmark, one round", own, ("benchmark",), test=BENCHMARKED, beside=BARE
            ),
            "codspeed": Variant(
                "pytest-codspeed, walltime, one round",
                own,
                ("codspeed",),
                CODSPEED,
                BENCHMARKED,
                beside=BARE,
                share=SLOW,
            ),
            "memray": Variant(
                "pytest-memray", own, ("memray",), ("--memray",), beside=BARE, share=SLOW
            ),
        }
        if COUNTERS not in machines.missing:
            found["zeus"] = Variant(
                "Zeus, a window for each test, with counters",
                own,
                conftest=ZEUS,
                machine=COUNTERS,
                beside=BARE_COUNTED,
            )
        else:
            self.missing["Zeus"] = f"it measures counters only; {machines.missing[COUNTERS]}"
        gone = {name for name in found if PEERS[name] in own.missing}
        self.missing |= {PEERS[name]: own.missing[PEERS[name]] for name in gone}
        tasks = Variant(
            "CodeCarbon, `start_task` and `stop_task`", own, conftest=TASKS, beside=BARE, share=SLOW
        )
        return [*(found[name] for name in found if name not in gone), tasks]

    def _old(self, old: Environment | str) -> list[Variant]:
        """pytest-codecarbon, in its own environment."""
        if isinstance(old, str):
            self.missing[OLD_PEER] = old
            return []
        bare = Variant("bare pytest, in the environment of pytest-codecarbon", old)
        return [
            bare,
            Variant(
                "pytest-codecarbon, `--carbon`",
                old,
                ("codecarbon",),
                ("--carbon",),
                beside=bare.name,
                share=SLOW,
            ),
        ]
