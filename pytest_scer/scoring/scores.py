"""What a model costs per functional unit, summed from the tests that measured it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pytest_scer.scoring.peers import Peer
from pytest_scer.scoring.sci import (
    JOULES_PER_KWH,
    Embodied,
    FunctionalUnit,
    Phase,
    SciScore,
    operational_g,
)

JOULES_PER_WH = 3600.0

STATED_PER: Mapping[str, float] = {"token": 1000.0}
"""Units of which a score is stated for many at once: one token weighs too little to read."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one test or section says about a model.

    Attributes:
        model: its name.
        category: the task it was measured in.
        phase: `training` or `inference`, never summed together.
        unit: functional unit, in the singular.
        units: how many were counted, None or 0 if none.
        energy_j: IT energy in joules, None where it is not known.
        duration_s: seconds measured; beside N - 1 others, an N-th of them.
        uncertainty_j: half-width of the 95 % interval of `energy_j`, None is unknown.
        runs: how many runs stand behind the figure.
        components_j: `energy_j` by component, those that are present.
        source: the test or section that measured it.
        host: the machine that it ran on.
    """

    model: str
    category: str | None
    phase: Phase | None
    unit: str
    units: float | None
    energy_j: float | None
    duration_s: float
    uncertainty_j: float | None = None
    runs: int = 1
    components_j: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Accounting:
    """How joules become grams, for all models of a report.

    Attributes:
        g_per_kwh: carbon intensity of the grid.
        pue: of the data centre.
        embodied: of the hardware, None if not known.
        run_s: seconds of the whole run, which the embodied emissions are shared over by time; of N
            tests that run side by side, each holds an N-th of the machine.
        boundary: what was measured, as in `cpu+ram`.
    """

    g_per_kwh: float
    pue: float
    boundary: str
    run_s: float
    embodied: Embodied | None = None


@dataclass(frozen=True, slots=True)
class ModelScore:
    """A row of the report's table of models.

    Attributes:
        model: its name.
        category: the task.
        boundary: what was measured.
        score: None where no sample has both an energy and units.
        energy_j: IT energy of the samples that count.
        uncertainty_j: half-width of its 95 % interval, None is unknown.
        uncertainty_g: the same of the score, in its unit.
        runs: behind the figure.
        unmeasured: samples that lack energy or units and stand in no figure.
        phase: `training` or `inference`.
        unit: the functional unit of the score.
        duration_s: seconds of the samples that count.
        components_j: `energy_j` by component.
        sources: the tests and sections that count.
        hosts: the machines that they ran on.
    """

    model: str
    category: str | None
    phase: Phase | None
    unit: FunctionalUnit
    boundary: str
    score: SciScore | None
    energy_j: float
    uncertainty_j: float | None
    uncertainty_g: float | None
    runs: int
    unmeasured: int
    duration_s: float = 0.0
    components_j: Mapping[str, float] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    @property
    def energy_per_unit_j(self) -> float | None:
        """Joules of IT energy per single unit."""
        return self.energy_j / self.score.units if self.score else None

    @property
    def units_per_kwh(self) -> float | None:
        """Units (tokens, images) per kWh of IT energy; None where the energy rounds to nothing."""
        if self.score is None or self.energy_j == 0:
            return None
        return self.score.units / (self.energy_j / JOULES_PER_KWH)

    def peer(self, *, origin: str, environment: str, date: str) -> Peer:
        """This model as a member of a peer set."""
        return Peer(
            model=self.model,
            value=self.score.value_g if self.score else None,
            unit=f"gCO2eq per {self.unit}",
            category=self.category,
            phase=self.phase,
            boundary=self._peer_boundary,
            origin=origin,
            environment=environment,
            date=date,
            uncertainty=self.uncertainty_g,
        )

    def energy_peer(self, *, origin: str, environment: str, date: str) -> Peer:
        """The same by its energy alone, as AI Energy Score compares: Wh of IT energy per unit."""
        stated = self.score is not None
        per_unit = self.unit.per / self.score.units / JOULES_PER_WH if self.score else 0.0
        known = stated and self.uncertainty_j is not None
        return replace(
            self.peer(origin=origin, environment=environment, date=date),
            value=self.energy_j * per_unit if stated else None,
            unit=f"Wh per {self.unit}",
            boundary=self.boundary,
            uncertainty=(self.uncertainty_j or 0.0) * per_unit if known else None,
        )

    @property
    def _peer_boundary(self) -> str:
        # A score with embodied emissions may not stand beside one without.
        with_hardware = self.score is not None and self.score.embodied_g is not None
        return f"{self.boundary}, with embodied" if with_hardware else self.boundary


def score_models(samples: Iterable[Sample], accounting: Accounting) -> tuple[ModelScore, ...]:
    """A score for each model, category, phase and functional unit, in the order of first sight.

    Units counted of two kinds (tokens, images) give a score each: both share the energy.
    """
    groups: dict[tuple[str, str | None, Phase | None, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.model, sample.category, sample.phase, sample.unit].append(sample)
    return tuple(_score_group(group, accounting) for group in groups.values())


def _score_group(samples: list[Sample], accounting: Accounting) -> ModelScore:
    first = samples[0]
    unit = FunctionalUnit(first.unit, STATED_PER.get(first.unit, 1.0))
    counted = [(s, s.energy_j, s.units) for s in samples if s.energy_j is not None and s.units]
    energy_j = math.fsum(joules for _, joules, _ in counted)
    spreads = [s.uncertainty_j for s, _, _ in counted if s.uncertainty_j is not None]
    # Independent errors add in quadrature; one that is unknown leaves the sum unknown.
    uncertainty_j = math.hypot(*spreads) if counted and len(spreads) == len(counted) else None
    score = uncertainty_g = embodied_g = None
    duration_s = math.fsum(s.duration_s for s, _, _ in counted)
    if counted:
        if accounting.embodied is not None and duration_s > 0 and accounting.run_s > 0:
            embodied_g = accounting.embodied.share_g(duration_s, accounting.run_s)
        score = SciScore(
            operational_g=operational_g(energy_j, accounting.g_per_kwh, accounting.pue),
            embodied_g=embodied_g,
            units=math.fsum(units for _, _, units in counted),
            unit=unit,
            phase=first.phase,
        )
        if uncertainty_j is not None:
            grams = operational_g(uncertainty_j, accounting.g_per_kwh, accounting.pue)
            uncertainty_g = grams / (score.units / unit.per)
    return ModelScore(
        model=first.model,
        category=first.category,
        phase=first.phase,
        unit=unit,
        boundary=accounting.boundary,
        score=score,
        energy_j=energy_j,
        uncertainty_j=uncertainty_j,
        uncertainty_g=uncertainty_g,
        runs=sum(s.runs for s, _, _ in counted),
        unmeasured=len(samples) - len(counted),
        duration_s=duration_s,
        components_j=_by_component(s for s, _, _ in counted),
        sources=tuple(dict.fromkeys(s.source for s, _, _ in counted)),
        hosts=tuple(dict.fromkeys(s.host for s, _, _ in counted)),
    )


def _by_component(samples: Iterable[Sample]) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for sample in samples:
        for component, joules in sample.components_j.items():
            sums[component] += joules
    return dict(sums)
