"""What a report says of each test, section, budget and fixture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pytest_scer.core.judgement import Judgement
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.sections import Use
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.baseline_entry import BaselineEntry

if TYPE_CHECKING:  # what only some tests have: their modules are imported with the first
    from pytest_scer.core.hosted import HostedUse
    from pytest_scer.core.model_calls import ModelCall
    from pytest_scer.core.training import Training
    from pytest_scer.report.comparisons import ComparisonEntry
    from pytest_scer.report.served import ServerUse

NONE_BY_NAME: Final[Mapping[str, Any]] = MappingProxyType({})
"""What most tests have of what has names. They share it: thousands of empty dictionaries would cost
the garbage collector more than the tests themselves."""


def none_by_name() -> Mapping[str, Any]:
    """Return :data:`NONE_BY_NAME`; dataclasses take a mapping for a default that can change."""
    return NONE_BY_NAME


OF_MODELS: Final = ("model_calls", "servers", "hosted", "trainings", "comparisons")
"""The lists of a :class:`TestEntry` that only tests of models fill."""


@dataclass(slots=True)
class BudgetEntry:
    """A budget and its verdict; figures are in ``unit``."""

    limit: str
    limit_value: float
    unit: str
    actual: float | None
    uncertainty: float | None
    runs: int
    verdict: str
    source: str
    reason: str | None = None
    target: str | None = None
    place: str | None = None

    @property
    def where(self) -> str:
        """Where it was set: the file and line, or the option."""
        return self.place or self.source

    @classmethod
    def of(cls, judgement: Judgement, target: str | None = None) -> BudgetEntry:
        """Create the entry of a judgement; ``target`` is the pattern of a sum of tests."""
        budget = judgement.limit.budget
        return cls(
            limit=budget.text,
            limit_value=budget.limit,
            unit=budget.unit,
            actual=judgement.actual,
            uncertainty=judgement.uncertainty,
            runs=judgement.runs,
            verdict=judgement.verdict.value,
            source=judgement.limit.source,
            reason=judgement.reason,
            target=target,
            place=judgement.limit.place,
        )


@dataclass(slots=True)
class SectionEntry:
    """A section of a test; ``measurement`` and ``units`` are those of its median run."""

    name: str
    parent: str | None
    phase: str | None
    units: dict[str, float]
    measurement: Measurement
    counted: Use | None = None
    """What its phase used in the test: in all runs of the section, or those in the median run of
    ``carbon(fn)``, without sections of another phase. None if that follows from the rest."""
    peak_memory: dict[str, int] | None = None
    """The most bytes in use at once, by device; None if torch was not loaded."""


@dataclass(slots=True)
class TestEntry:
    """One attempt of one test.

    ``budget_failed`` tells a test that failed only because of its budget from a broken one.
    """

    __test__ = False  # pytest must not collect this class because of its name

    nodeid: str
    outcome: str
    worker: str
    host: str
    attempt: int
    phase: str | None
    category: str | None
    model: str | None
    unmeasured: str | None
    stages: dict[str, Measurement | None]
    measurement: Measurement | None
    units: Mapping[str, float]
    sections: Sequence[SectionEntry]
    budgets: Sequence[BudgetEntry]
    marks: Sequence[str]
    budget_failed: bool = False
    start_s: float | None = None
    """When it started, in seconds since ``session.started_at``; None if unknown."""
    starts_s: Mapping[str, float] = field(default_factory=none_by_name)
    """When each of its stages started, likewise; empty in reports of earlier releases."""
    quality: Mapping[str, float] = field(default_factory=none_by_name)
    """How well its model did, by the name of the metric, as the test stated it."""
    reference_j: float | None = None
    """Joules of the reference workload next to it; see :mod:`pytest_scer.baseline.reference`."""
    reference_moved: float | None = None
    """How much these differed before and after the test, as a logarithm."""
    other_cores: float | None = None
    """The number of cores that other processes kept busy next to it."""
    baseline: BaselineEntry | None = None
    protocol: str | None = None
    """The protocol it follows; see :mod:`pytest_scer.scoring.protocols`."""
    other_phases: Mapping[str, Measurement] | None = None
    """The parts of ``measurement`` that sections of another phase used; None if the report does not
    say, so that it has to be derived from the sections."""
    beside: Mapping[str, Measurement] | None = None
    """What sections used that are no part of ``measurement``, by phase."""
    comparisons: Sequence[ComparisonEntry] = ()
    """What ``carbon.compare`` and ``carbon.sweep`` measured in it."""
    model_calls: Sequence[ModelCall] = ()
    servers: Sequence[ServerUse] = ()
    """What servers used for it, as a part of what its stages were charged."""
    hosted: Sequence[HostedUse] = ()
    """What models on other machines did for it, which is part of no other figure."""
    trainings: Sequence[Training] = ()
    """What ``carbon.training(...)`` measured and predicted."""

    @property
    def cut_short(self) -> str | None:
        """Why it did only part of its work, so that its cost is no basis for others; or None."""
        if not self.trainings:
            return None
        from pytest_scer.core.training import why_cut_short

        return why_cut_short(self.trainings)


@dataclass(slots=True)
class FixtureEntry:
    """A fixture of wider scope than a function, setup and teardown together.

    Attributes:
        name: Its name, with the index of its parameter.
        scope: ``class``, ``module``, ``package`` or ``session``.
        nodeid: The first test that used it.
        worker: The process that built it.
        measurement: What it used.
        defined_in: The node ID of the file or directory that defines it, empty for the root
            directory and for plugins; None in reports of earlier releases.
        tests: How many tests used it; None in reports of earlier releases.
        tests_energy_j: Joules of the setups and calls of these tests.
        start_s: When its setup started, in seconds since ``session.started_at``; None if unknown.
    """

    name: str
    scope: str
    nodeid: str
    worker: str
    measurement: Measurement
    defined_in: str | None = None
    tests: int | None = None
    tests_energy_j: float | None = None
    start_s: float | None = None
