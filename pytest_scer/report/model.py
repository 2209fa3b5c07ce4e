"""The report: the only data structure that renderers, baselines and ratings read.

:mod:`pytest_scer.report.schema` describes its JSON. The report stores measurements only. Figures
derived from them, from carbon intensity and from PUE (grams, litres, watts) are calculated where
they are shown, so that no two figures can disagree.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from pytest_scer.core import COMPONENTS
from pytest_scer.core.intensity import CarbonIntensity, Conversion
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.accuracy import digits, plausible_j
from pytest_scer.meters.base import MeterInfo
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.entries import BudgetEntry, FixtureEntry, SectionEntry, TestEntry
from pytest_scer.report.session import Environment, Idle, SessionInfo, Totals

if TYPE_CHECKING:
    from pytest_scer.core.hosted import HostedTotal
    from pytest_scer.scoring.peers import Peer
    from pytest_scer.scoring.protocols import Protocol
    from pytest_scer.scoring.rating import Scale
    from pytest_scer.scoring.sci import Embodied

# The parts of a report have this one address, whichever module holds them.
__all__ = [
    "DIFFERS",
    "LOCAL_HOST",
    "LOCAL_WORKER",
    "SCHEMA_VERSION",
    "BudgetEntry",
    "Environment",
    "Finding",
    "FixtureEntry",
    "Idle",
    "Report",
    "SectionEntry",
    "SessionInfo",
    "TestEntry",
    "Totals",
]

SCHEMA_VERSION: Final = 1
DIFFERS: Final = "differs between hosts"
"""The source of a meter in a merged report whose hosts measured in different ways."""
LOCAL_HOST: Final = "h0"
"""The label of the host that collects the results."""
LOCAL_WORKER: Final = "master"
"""The name of a process that runs the tests itself, as in pytest-xdist."""


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
        uses = [use for test in self.tests for use in test.hosted]
        if not uses:
            return None
        from pytest_scer.core.hosted import hosted_total

        return hosted_total(uses)

    @property
    def digits(self) -> int:
        """The significant digits that its figures deserve in text."""
        return digits(self.meters)

    @property
    def embodied_co2e_g(self) -> float | None:
        """The session's share by time of embodied emissions (M of SCI); None if not given."""
        return None if self.embodied is None else self.embodied.run_g(self.session.duration_s)
