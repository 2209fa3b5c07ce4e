"""What was measured: everything that a manifest and a label are calculated from.

Energy is in kWh, as a manifest states it, so that a manifest gives exactly the same results when
its figures are read back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.formats.manifest.hashes import sha256_of_text
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.accuracy import digits, plausible_j
from pytest_scer.meters.base import MeterInfo
from pytest_scer.report.caveats import ESTIMATED, Evidence
from pytest_scer.report.claims import basis, grid_year
from pytest_scer.report.left_out import LeftOut
from pytest_scer.report.ratings import departures
from pytest_scer.report.scores import boundary_of
from pytest_scer.scoring.claims import Gap, claim, gaps
from pytest_scer.scoring.contest import Contest, Outcome
from pytest_scer.scoring.functional_unit import FunctionalUnit
from pytest_scer.scoring.peers import Peer
from pytest_scer.scoring.plausible import doubts
from pytest_scer.scoring.protocols import Protocol
from pytest_scer.scoring.rating import Rating, Scale
from pytest_scer.scoring.sci import Embodied, Phase, SciScore

_LONGEST_NAME: Final = 80


@dataclass(frozen=True)
class Facts:
    """What was measured of a model, and on what.

    Attributes:
        model: The model.
        category: Its task.
        phase: ``training`` or ``inference``.
        unit: The functional unit, as scores of this unit are compared.
        units: How many of them were counted.
        runs: The number of runs behind the figure.
        runs_kwh: The energy of all these runs; the score is about the median run of each test.
        tests: The tests and sections that count.
        hardware: The machines.
        components_kwh: IT energy by component.
        uncertainty_kwh: Half-width of the 95 % interval of the energy; None if unknown.
        measured_s: The seconds that the score is about.
        meters: How each component is metered.
        codecarbon: The version of CodeCarbon.
        grid: The carbon intensity.
        pue: The power usage effectiveness.
        pue_source: Where it comes from, or why there is none.
        embodied: The embodied emissions of the hardware.
        embodied_source: Where their figures come from.
        gpu_not_measured: Whether the machine has a GPU that is in no figure.
        unmeasured: The number of samples of the score without a figure.
        left_out: The work of the model that is in no score, with the reason and its energy.
        protocol: The protocol that was followed.
        scale: The scale of the rating.
        candidate: The score in the form in which it was compared.
        peers: What it was compared with.
        peers_chosen: Whether the user chose these peers.
        session: The ID of the session.
        started_at: When the session started.
        session_s: How long it took, in seconds.
        commit: The commit of the tests.
        generator: What wrote this.
        report_sha256: The SHA-256 of the report; None if it was not stored.
        afterwards: What was stated after the session, by the option that stated it.
    """

    model: str
    category: str | None
    phase: Phase | None
    unit: FunctionalUnit
    units: float
    runs: int
    runs_kwh: float | None
    tests: tuple[str, ...]
    hardware: tuple[str, ...]
    components_kwh: Mapping[str, float]
    uncertainty_kwh: float | None
    measured_s: float
    meters: Mapping[str, MeterInfo]
    codecarbon: str
    grid: CarbonIntensity
    pue: float
    pue_source: str | None
    embodied: Embodied | None
    embodied_source: str | None
    gpu_not_measured: bool
    unmeasured: int
    left_out: tuple[LeftOut, ...]
    protocol: Protocol | None
    scale: Scale
    candidate: Peer
    peers: tuple[Peer, ...]
    peers_chosen: bool
    session: str
    started_at: str
    session_s: float
    commit: str | None
    generator: str
    report_sha256: str | None
    afterwards: Mapping[str, str]

    @cached_property
    def it_kwh(self) -> float:
        """IT energy in kWh."""
        return math.fsum(self.components_kwh.values())

    @cached_property
    def energy_kwh(self) -> float:
        """E: IT energy times PUE, in kWh."""
        return self.it_kwh * self.pue

    @cached_property
    def score(self) -> SciScore:
        """The score, stated for the unit that scores are compared in."""
        embodied_g = None
        if self.embodied is not None and self.measured_s > 0 and self.session_s > 0:
            embodied_g = self.embodied.share_g(self.measured_s, self.session_s)
        return SciScore(
            self.energy_kwh * self.grid.g_per_kwh, embodied_g, self.units, self.unit, self.phase
        )

    @cached_property
    def stated(self) -> SciScore:
        """The score, stated for a number of units that people can read."""
        return self.score.readable

    @cached_property
    def digits(self) -> int:
        """The significant digits that its figures deserve in text."""
        return digits(self.meters)

    @cached_property
    def text(self) -> str:
        """The score as text."""
        return self.stated.stated(self.digits)

    @cached_property
    def uncertainty_g(self) -> float | None:
        """Half-width of the 95 % interval of ``stated``, in grams per its unit."""
        if self.uncertainty_kwh is None:
            return None
        grams = self.uncertainty_kwh * self.pue * self.grid.g_per_kwh
        return grams / (self.units / self.stated.unit.per)

    @cached_property
    def implausible(self) -> tuple[str, ...]:
        """What cannot be true of the embodied emissions."""
        return () if self.embodied is None else tuple(doubts(self.embodied, self.session_s))

    @cached_property
    def outcome(self) -> Outcome:
        """The rating of the score among its peers."""
        return Contest(
            candidate=self.candidate,
            among=self.peers,
            chosen=self.peers_chosen,
            departures=departures(
                self.protocol,
                self.candidate.protocol,
                unit=self.unit.name,
                units=self.units,
                runs=self.runs,
                boundary=boundary_of(self.meters),
            ),
            implausible=self.implausible,
        ).outcome(self.scale)

    @property
    def rating(self) -> Rating:
        """The rating of the score among its peers."""
        return self.outcome.rating

    @cached_property
    def evidence(self) -> Evidence:
        """What its caveats follow from."""
        return Evidence(
            meters=self.meters,
            lacks_embodied=self.score.embodied_g is None,
            implausible=self.implausible,
            gpu_not_measured=self.gpu_not_measured,
            unmeasured=self.unmeasured,
            left_out=self.left_out,
            machines=self.hardware,
        )

    @property
    def compared_with_another(self) -> float | None:
        """The score in the unit of ``candidate`` if that states another one, else None."""
        if self.candidate.unit == self.score.measure:
            value = self.score.value_g
        else:  # IT energy, in Wh
            value = self.it_kwh * 1000 * self.unit.per / self.units
        stated = self.candidate.value
        is_same = stated is not None and math.isclose(stated, value, rel_tol=1e-9)
        return None if is_same else value

    @cached_property
    def missing(self) -> tuple[Gap, ...]:
        """What it lacks to be an SCI score."""
        return gaps(
            basis(
                self.grid,
                year=self.grid_year,
                pue_source=self.pue_source,
                embodied_g=self.score.embodied_g,
                embodied_source=self.embodied_source,
                evidence=self.evidence,
            )
        )

    @property
    def unnamed(self) -> tuple[Gap, ...]:
        """What the tests do not state about the model; a reader of a manifest asks for it."""
        return tuple(
            Gap(name, f'@pytest.mark.scer({name}="...") when you measure')
            for name in ("category", "phase")
            if not getattr(self, name)
        )

    @property
    def claim(self) -> str:
        """What it may be called."""
        return claim(self.missing)

    @property
    def grid_year(self) -> int | None:
        """The year of the carbon intensity."""
        return grid_year(self.grid, self.started_at)

    @cached_property
    def caveats(self) -> tuple[str, ...]:
        """What a reader must know before relying on the score."""
        return self.evidence.caveats

    @cached_property
    def plausible_kwh(self) -> tuple[float, float] | None:
        """Between which kWh of IT energy the true one lies, given how accurate the meters are."""
        return plausible_j(self.components_kwh, self.meters)

    @cached_property
    def estimated_share(self) -> float | None:
        """The share of the energy that is estimated; None if there is no energy."""
        if self.it_kwh == 0:
            return None
        estimated = (
            kwh
            for name, kwh in self.components_kwh.items()
            if self.meters[name].provenance in ESTIMATED
        )
        return math.fsum(estimated) / self.it_kwh

    @property
    def title(self) -> str:
        """Model, category, phase and protocol."""
        names = (self.model, self.category, self.phase, self.candidate.protocol)
        return ", ".join(filter(None, names))

    @cached_property
    def name(self) -> str:
        """The name of the manifest among those of a report: the fragment of its address.

        Names that become equal in lower case without special characters differ by a hash.
        """
        title = f"{self.title}-per-{self.unit}"
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        names = (self.model, self.category or "", self.unit.name)
        is_plain = all(re.fullmatch(r"[a-z0-9-]*", name) for name in names)
        if is_plain and self.candidate.protocol is None and len(slug) <= _LONGEST_NAME:
            return slug
        return f"{slug[:_LONGEST_NAME].strip('-')}-{sha256_of_text(title)[:8]}".strip("-")

    @property
    def date(self) -> str:
        """The day it was measured."""
        return self.started_at[:10]

    @property
    def end_date(self) -> str:
        """The day the session ended."""
        end = datetime.fromisoformat(self.started_at) + timedelta(seconds=self.session_s)
        return end.date().isoformat()
