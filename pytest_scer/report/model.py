"""The report: the only shape that renderers, baselines and ratings read.

Its JSON form is described by :mod:`pytest_scer.report.schema`. Measurements are kept as such; what
follows from them, the carbon intensity and the PUE (grams, litres, watts) is computed where they
are shown, so that no figure can disagree with another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pytest_scer.core import units
from pytest_scer.core.budget import Judgement
from pytest_scer.core.intensity import CarbonIntensity, Conversion
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import MeterInfo

if TYPE_CHECKING:
    from pytest_scer.scoring.peers import Peer
    from pytest_scer.scoring.rating import Scale
    from pytest_scer.scoring.sci import Embodied

SCHEMA_VERSION: Final = 1
DIFFERS: Final = "differs between hosts"
"""The source of a meter in a merged report whose hosts measured in different ways."""
LOCAL_HOST: Final = "h0"
"""The label of the host that collects."""
LOCAL_WORKER: Final = "master"
"""The name of a process that runs the tests itself, as pytest-xdist has it."""


@dataclass(slots=True)
class BudgetEntry:
    """A budget and what came of it; figures in ``unit``."""

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

    @classmethod
    def of(cls, judgement: Judgement, target: str | None = None) -> BudgetEntry:
        """A judgement as the report holds it; ``target`` is the pattern of a sum of tests."""
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
        )


@dataclass(slots=True)
class BaselineEntry:
    """A test, or the session, held against its baseline.

    Attributes:
        verdict: ``ok``, ``improved``, ``regression``, ``inconclusive``, or ``unmeasured`` where
            there is none.
        comparable: Whether there was something to compare.
        reason: Why not, or why it was not measured again as often as was allowed.
        against: The file or directory of the baseline.
        value: The baseline's figure in joules.
        actual: This session's figure in joules.
        components: Which components are compared.
        corrected_by: What ``actual`` is multiplied by to correct for machine speed; None where it
            is not corrected.
        change: Growth of the corrected figure; 0.4 is 40 %.
        noise: How much of it may be noise: a regression has ``change - noise`` over ``threshold``.
        detectable: The smallest growth that is found in 9 of 10 cases; None where nothing is known.
        threshold: How much growth is allowed.
        floor_j: A growth of no more joules than this is none.
        method: What was compared, and where the noise is known from.
        baseline_samples: Joules of each run of the baseline, and of the reference workload then.
        samples: The same of this session's runs, the first one first.
        confirmed: How many times it was measured again.
        baseline_g_per_kwh: The baseline's carbon intensity, at which both figures of CO2e are.
        baseline_co2e_g: The baseline's figure in grams.
        co2e_g: This session's figure in grams.
        baseline_cpu_time_s: CPU seconds of the baseline's newest run.
        cpu_time_s: CPU seconds of this session's first run.
        notes: What else changed: the section or fixture that grew most, units, versions.
    """

    verdict: str
    comparable: bool
    reason: str | None
    against: str
    components: list[str]
    threshold: float
    floor_j: float
    baseline_samples: list[list[float | None]]
    samples: list[list[float | None]]
    baseline_g_per_kwh: float
    value: float | None = None
    actual: float | None = None
    corrected_by: float | None = None
    change: float | None = None
    noise: float | None = None
    detectable: float | None = None
    method: str = ""
    confirmed: int = 0
    baseline_co2e_g: float | None = None
    co2e_g: float | None = None
    baseline_cpu_time_s: float | None = None
    cpu_time_s: float | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def corrected_j(self) -> float | None:
        """This session's joules, at the machine speed of the baseline."""
        return None if self.actual is None else self.actual * (self.corrected_by or 1.0)

    @property
    def text(self) -> str:
        """One line: figure, baseline, change, noise and threshold."""
        if self.change is None or self.noise is None:
            return f"not compared with {self.against}: {self.reason}{self._cpu_seconds}"
        relation = {
            "ok": "within the threshold of",
            "improved": "an improvement by more than the threshold of",
            "regression": "over the threshold of",
            "inconclusive": "too noisy to decide against the threshold of",
        }[self.verdict]
        corrected = (
            "" if self.corrected_by is None else f", corrected for speed x {self.corrected_by:.2f}"
        )
        again = f", measured again {self.confirmed} times" if self.confirmed else ""
        return (
            f"{units.quantity(self.corrected_j, 'J')} against {units.quantity(self.value, 'J')} "
            f"({' + '.join(self.components)}{corrected}): {self.change:+.0%} \u00b1 "
            f"{self.noise:.0%}, {relation} {self.threshold:.0%}{again} (baseline {self.against})"
        )

    @property
    def failure_text(self) -> str:
        """What the user reads when this comparison fails a test."""
        what = "regression" if self.verdict == "regression" else f"comparison {self.verdict}"
        lines = [f"Carbon {what}:", f"  {self.text}"]
        if self.change is not None:
            lines.append(
                f"  CO2e at the baseline's {self.baseline_g_per_kwh:g} g per kWh: "
                f"{units.quantity(self.co2e_g, 'g', suffix='CO2e')} against "
                f"{units.quantity(self.baseline_co2e_g, 'g', suffix='CO2e')}"
            )
            lines.append(f"  method: {self.method}")
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])

    @property
    def _cpu_seconds(self) -> str:
        if self.cpu_time_s is None or self.baseline_cpu_time_s is None:
            return ""
        return (
            f"; CPU time {units.quantity(self.baseline_cpu_time_s, 's')} in the baseline, "
            f"{units.quantity(self.cpu_time_s, 's')} now"
        )


@dataclass(slots=True)
class SectionEntry:
    """A section of a test."""

    name: str
    parent: str | None
    phase: str | None
    units: dict[str, float]
    measurement: Measurement


@dataclass(slots=True)
class TestEntry:
    """One attempt of one test.

    ``budget_failed`` tells a test that failed for its budget alone from one that is broken.
    """

    __test__ = False  # the name is not for pytest to collect

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
    reference_j: float | None = None
    """What the reference workload cost beside it; see :mod:`pytest_scer.baseline.reference`."""
    reference_moved: float | None = None
    """By how much it differed before and after the test, as a logarithm."""
    baseline: BaselineEntry | None = None


@dataclass(slots=True)
class FixtureEntry:
    """A fixture of wider scope than a function, set-up and tear-down together."""

    name: str
    scope: str
    nodeid: str
    worker: str
    measurement: Measurement


@dataclass(slots=True)
class SessionInfo:
    """The session as a whole.

    ``duration_s`` is from the first to the last reading; ``exit_status`` is None where the session
    was killed.
    """

    id: str
    started_at: str
    duration_s: float
    exit_status: int | None
    interrupted: bool
    workers: int
    hosts: list[dict[str, Any]]


@dataclass(slots=True)
class Environment:
    """What the session ran on; no names of hosts or users."""

    os: str
    python: str
    cpu_model: str
    logical_cores: int
    gpus: list[dict[str, int | str]]
    ram_gb: float
    versions: dict[str, str]


@dataclass(slots=True)
class Idle:
    """What the idle machine drew before the first test.

    Attributes:
        duration_s: How long it was watched.
        power_w: What it drew; without power counters nothing is known of its CPU.
        charged_w: What of that a test would be charged that did nothing: its share of constants and
            of GPUs, and of the CPU where the machine's energy is charged.
        constant_w: What of this is the memory's constant, of which a test beside others is charged
            less, and a test by itself all.
    """

    duration_s: float
    power_w: float
    charged_w: float
    constant_w: float = 0.0

    def active_j(self, measured: Measurement) -> float | None:
        """What work cost beyond what it would have been charged had it done nothing, in joules.

        Not cut off at zero: what sleeps is a little over or under it.

        Args:
            measured: The work; its memory energy, where that is constant, is idle as a whole.
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
        """Joules of all components; None where none is present."""
        present = [each for each in (self.cpu_j, self.gpu_j, self.ram_j) if each is not None]
        return sum(present) if present else None

    @property
    def overhead_energy_j(self) -> float | None:
        """Joules of collection, plugins, idle and neighbours."""
        total = self.total_j
        if total is None:
            return None
        known = self.tests_energy_j + self.fixtures_energy_j + self.confirming_energy_j
        return total - known


@dataclass(slots=True)
class Finding:
    """Something in the figures that a reader should know."""

    kind: str
    text: str
    nodeid: str | None = None


@dataclass(slots=True)
class Report:
    """All of it."""

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
    """What the hardware cost to make; None where nobody said."""
    scale: Scale | None = None
    """What its models are rated on; None is SCER."""
    peers: tuple[Peer, ...] | None = None
    """Whom they are rated among; None is each other."""
    not_run: list[str] = field(default_factory=list)
    fixtures: list[FixtureEntry] = field(default_factory=list)
    budgets: list[BudgetEntry] = field(default_factory=list)
    confirming_energy_j: float = 0.0
    """What measuring tests again for a verdict cost, the reference workload included."""
    baseline: BaselineEntry | None = None
    """The session as a whole held against the baseline."""
    findings: list[Finding] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def conversion(self) -> Conversion:
        """What turns its joules into grams."""
        return Conversion(self.carbon_intensity.g_per_kwh, self.pue)

    @property
    def embodied_co2e_g(self) -> float | None:
        """The M of SCI for the session, shared by time; None where nobody gave the hardware's."""
        return None if self.embodied is None else self.embodied.run_g(self.session.duration_s)
