"""The report: the only data structure that renderers, baselines and ratings read.

:mod:`pytest_scer.report.schema` describes its JSON. The report stores measurements only. Figures
derived from them, from carbon intensity and from PUE (grams, litres, watts) are calculated where
they are shown, so that no two figures can disagree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pytest_scer.core import COMPONENTS
from pytest_scer.core.hosted import HostedTotal, HostedUse, hosted_total
from pytest_scer.core.intensity import CarbonIntensity, Conversion
from pytest_scer.core.judgement import Judgement
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.model_calls import ModelCall
from pytest_scer.core.sections import Use
from pytest_scer.core.training import Training, why_cut_short
from pytest_scer.meters.accuracy import digits, plausible_j
from pytest_scer.meters.base import MeterInfo
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.comparisons import ComparisonEntry
from pytest_scer.report.served import ServerUse

if TYPE_CHECKING:
    from pytest_scer.scoring.peers import Peer
    from pytest_scer.scoring.protocols import Protocol
    from pytest_scer.scoring.rating import Scale
    from pytest_scer.scoring.sci import Embodied

SCHEMA_VERSION: Final = 1
DIFFERS: Final = "differs between hosts"
"""The source of a meter in a merged report whose hosts measured in different ways."""
LOCAL_HOST: Final = "h0"
"""The label of the host that collects the results."""
LOCAL_WORKER: Final = "master"
"""The name of a process that runs the tests itself, as in pytest-xdist."""


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
    units: dict[str, float]
    sections: list[SectionEntry]
    budgets: list[BudgetEntry]
    marks: list[str]
    budget_failed: bool = False
    start_s: float | None = None
    """When it started, in seconds since ``session.started_at``; None if unknown."""
    starts_s: dict[str, float] = field(default_factory=dict)
    """When each of its stages started, likewise; empty in reports of earlier releases."""
    quality: dict[str, float] = field(default_factory=dict)
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
    other_phases: dict[str, Measurement] | None = None
    """The parts of ``measurement`` that sections of another phase used; None if the report does not
    say, so that it has to be derived from the sections."""
    beside: dict[str, Measurement] | None = None
    """What sections used that are no part of ``measurement``, by phase."""
    comparisons: list[ComparisonEntry] = field(default_factory=list)
    """What ``carbon.compare`` and ``carbon.sweep`` measured in it."""
    model_calls: list[ModelCall] = field(default_factory=list)
    servers: list[ServerUse] = field(default_factory=list)
    """What servers used for it, as a part of what its stages were charged."""
    hosted: list[HostedUse] = field(default_factory=list)
    """What models on other machines did for it, which is part of no other figure."""
    trainings: list[Training] = field(default_factory=list)
    """What ``carbon.training(...)`` measured and predicted."""

    @property
    def cut_short(self) -> str | None:
        """Why it did only part of its work, so that its cost is no basis for others; or None."""
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


@dataclass(slots=True)
class SessionInfo:
    """The session as a whole.

    ``duration_s`` is from the first to the last reading; ``exit_status`` is None if the session was
    killed.
    """

    id: str
    started_at: str
    duration_s: float
    exit_status: int | None
    interrupted: bool
    workers: int
    hosts: list[dict[str, Any]]
    commit: str | None = None
    """The commit of the tests, with a note if files were changed; None if unknown."""
    branch: str | None = None
    """The branch of that commit; None if unknown."""


@dataclass(slots=True)
class Environment:
    """What the session ran on, without host or user names."""

    os: str
    python: str
    cpu_model: str
    logical_cores: int
    gpus: list[dict[str, int | str]]
    ram_gb: float
    versions: dict[str, str]


@dataclass(slots=True)
class Idle:
    """The power of the idle machine before the first test.

    Attributes:
        duration_s: How long it was measured, in seconds.
        power_w: Its power in watts; without power counters that of the CPU is unknown.
        charged_w: The part of it that a test that does nothing is charged: its share of constants
            and GPUs, and of the CPU if tests are charged the machine's energy.
        constant_w: The memory's constant within ``charged_w``. A test that runs alone is charged
            all of it, a test that runs alongside others less.
        start_s: When the measurement started, in seconds since ``session.started_at``; None if
            unknown.
    """

    duration_s: float
    power_w: float
    charged_w: float
    constant_w: float = 0.0
    start_s: float | None = None

    def active_j(self, measured: Measurement) -> float | None:
        """Return the joules that work cost beyond what it would be charged for doing nothing.

        Not cut off at zero: work that only sleeps is slightly above or below it.

        Args:
            measured: The work. If its memory energy is a constant, all of that counts as idle.
        """
        total_j = measured.total_j
        if total_j is None or math.isnan(total_j):
            return None
        constant_j = (measured.ram_j or 0.0) if self.constant_w else 0.0
        return total_j - constant_j - (self.charged_w - self.constant_w) * measured.duration_s


@dataclass(slots=True)
class Totals:
    """What the session used: tests, fixtures, the gate and overhead add up to the total."""

    cpu_j: float | None
    gpu_j: float | None
    ram_j: float | None
    tests_energy_j: float
    fixtures_energy_j: float
    confirming_energy_j: float = 0.0

    @property
    def total_j(self) -> float | None:
        """Joules of all components; None if no component is present."""
        present = [each for each in (self.cpu_j, self.gpu_j, self.ram_j) if each is not None]
        return sum(present) if present else None

    @property
    def overhead_energy_j(self) -> float | None:
        """Joules of collection, plugins, idle power and other processes."""
        total = self.total_j
        if total is None:
            return None
        known = self.tests_energy_j + self.fixtures_energy_j + self.confirming_energy_j
        return total - known


@dataclass(slots=True)
class Finding:
    """Something that a reader should know about the figures, or can do about them.

    Attributes:
        kind: The rule that found it.
        text: What was found, with its figure.
        nodeids: The tests that it is about; none if it is about the session.
        severity: ``info``, ``hint`` (something to gain) or ``warning`` (a figure misleads).
        remedy: What to do, in a form that can be copied.
        value: The figure, in ``unit``: what following the remedy concerns.
        unit: Its unit, such as ``J``.
    """

    kind: str
    text: str
    nodeids: list[str] = field(default_factory=list)
    severity: str = "info"
    remedy: str | None = None
    value: float | None = None
    unit: str | None = None

    @property
    def remedy_parts(self) -> tuple[str, str]:
        """What to copy, and the explanation in parentheses behind it; empty where there is none.

        Three spaces part them. What to copy may hold as many itself, in the name of a test.
        """
        remedy = self.remedy or ""
        command, gap, explanation = remedy.rpartition("   (")
        return (command.rstrip(), f"({explanation}") if gap else (remedy, "")


@dataclass(slots=True)
class Report:
    """The report of a session."""

    session: SessionInfo
    environment: Environment
    meters: dict[str, MeterInfo]
    carbon_intensity: CarbonIntensity
    pue: float
    wue_l_per_kwh: float | None
    totals: Totals
    tests: list[TestEntry]
    idle: Idle | None = None
    embodied: Embodied | None = None
    """Embodied emissions of the hardware; None if not given."""
    embodied_source: str | None = None
    """Where the figures of the embodied emissions come from; None if not stated."""
    pue_source: str | None = None
    """Where the PUE comes from, or why there is none; None if not stated."""
    scale: Scale | None = None
    """The scale that models are rated on; None means SCER."""
    peers: tuple[Peer, ...] | None = None
    """The peers that models are rated among; None means each other."""
    protocols: tuple[Protocol, ...] = ()
    """The protocols that the user declared."""
    not_run: list[str] = field(default_factory=list)
    fixtures: list[FixtureEntry] = field(default_factory=list)
    budgets: list[BudgetEntry] = field(default_factory=list)
    confirming_energy_j: float = 0.0
    """What measuring tests again for a verdict cost, the reference workload included."""
    baseline: BaselineEntry | None = None
    """The comparison of the session as a whole with the baseline."""
    unused_budgets: list[str] = field(default_factory=list)
    """The lines of ``scer_budgets`` that match none of the tests, each with its source."""
    findings: list[Finding] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def conversion(self) -> Conversion:
        """The conversion of its joules to grams of CO2e."""
        return Conversion(self.carbon_intensity.g_per_kwh, self.pue)

    @property
    def plausible_j(self) -> tuple[float, float] | None:
        """Between which joules the true total lies, given how accurate the meters are.

        None if the total is unknown, or if a component has no bound.
        """
        totals = {name: getattr(self.totals, f"{name}_j") for name in COMPONENTS}
        return plausible_j(totals, self.meters)

    @property
    def hosted_total(self) -> HostedTotal | None:
        """What models on other machines used, by estimate; None if the tests asked none."""
        return hosted_total(use for test in self.tests for use in test.hosted)

    @property
    def digits(self) -> int:
        """The significant digits that its figures deserve in text."""
        return digits(self.meters)

    @property
    def embodied_co2e_g(self) -> float | None:
        """The session's share by time of embodied emissions (M of SCI); None if not given."""
        return None if self.embodied is None else self.embodied.run_g(self.session.duration_s)
