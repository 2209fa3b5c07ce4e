"""Scores of models per functional unit, summed over the tests that measured them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import field

from pytest_scer.core.uncertainty import sum_of
from pytest_scer.core.units import is_usable
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.scoring.functional_unit import FunctionalUnit
from pytest_scer.scoring.peers import WITH_EMBODIED, Peer, Setting
from pytest_scer.scoring.sci import (
    JOULES_PER_KWH,
    SECONDS_PER_HOUR,
    Embodied,
    Phase,
    SciScore,
    operational_g,
)

JOULES_PER_WH = 3600.0

STATED_PER: Mapping[str, float] = {"token": 1000.0}
"""Units whose score is stated for more than one: the score of a single token is too small."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The measurement of a model by one test or section.

    Attributes:
        model: Name of the model.
        category: The task it was measured in.
        phase: `training` or `inference`, which are never summed together.
        unit: Functional unit, in the singular.
        units: Number of units counted; None or 0 if none.
        energy_j: IT energy in joules; None if unknown.
        duration_s: Measured seconds; divided by N if N tests ran side by side.
        uncertainty_j: Half-width of the 95 % interval of `energy_j`; None if unknown.
        runs: Number of runs behind the figure.
        components_j: `energy_j` by component, for the components that are present.
        source: The test or section that measured it.
        host: The machine that it ran on.
        protocol: The protocol it followed; None if none was stated.
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
    protocol: str | None = None


@dataclass(frozen=True, slots=True)
class Accounting:
    """How joules are converted to grams, for all models of a report.

    Attributes:
        g_per_kwh: Carbon intensity of the grid.
        pue: PUE of the data centre.
        boundary: What was measured, as in `cpu+ram`.
        run_s: Duration of the whole run in seconds, over which embodied emissions are shared by
            time; each of N tests that run side by side gets an N-th of the machine.
        embodied: Embodied emissions of the hardware; None if unknown.
    """

    g_per_kwh: float
    pue: float
    boundary: str
    run_s: float
    embodied: Embodied | None = None


@dataclass(frozen=True, slots=True)
class ModelScore:
    """A row of the report's table of models.

    Samples without energy or units, or with a number of units that is out of range, are counted in
    `unmeasured` and in no other figure.

    Attributes:
        model: Name of the model.
        category: The task.
        phase: `training` or `inference`.
        unit: The functional unit of the score.
        boundary: What was measured.
        score: The score; None if no sample has both energy and units.
        energy_j: IT energy in joules.
        uncertainty_j: Half-width of the 95 % interval of `energy_j`; None if unknown.
        uncertainty_g: Half-width of the 95 % interval of the score, in its unit; None if unknown.
        runs: Number of runs behind the figure.
        unmeasured: Number of samples without energy or units.
        duration_s: Measured seconds.
        components_j: `energy_j` by component.
        sources: The tests and sections that measured the model.
        hosts: The machines that they ran on.
        protocol: The protocol that all of them followed; None if none was stated.
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
    protocol: str | None = None

    @property
    def energy_per_unit_j(self) -> float | None:
        """Joules of IT energy per single unit."""
        return self.energy_j / self.score.units if self.score else None

    @property
    def units_per_kwh(self) -> float | None:
        """Units (tokens, images) per kWh of IT energy; None without a score or at 0 J."""
        if self.score is None or self.energy_j == 0:
            return None
        return self.score.units / (self.energy_j / JOULES_PER_KWH)

    def peer(self, setting: Setting) -> Peer:
        """This model as a member of a peer set.

        Args:
            setting: How and where it was measured.
        """
        stated = self.score
        with_hardware = stated is not None and stated.embodied_g is not None
        return Peer(
            model=self.model,
            value=stated.value_g if stated else None,
            unit=f"gCO2eq per {self.unit}",
            category=self.category,
            phase=self.phase,
            # A score with embodied emissions must not be compared with one without.
            boundary=f"{self.boundary}{WITH_EMBODIED}" if with_hardware else self.boundary,
            origin=setting.origin,
            environment=setting.environment,
            date=setting.date,
            uncertainty=self.uncertainty_g,
            protocol=self.protocol,
            components=setting.components,
            g_per_kwh=setting.g_per_kwh,
            place=setting.place,
            pue=setting.pue,
            embodied_g_per_h=self._embodied_g_per_h,
            energy_wh=self._wh_per_unit(self.energy_j),
            energy_uncertainty_wh=self._wh_per_unit(self.uncertainty_j),
        )

    def _wh_per_unit(self, energy_j: float | None) -> float | None:
        if self.score is None or energy_j is None:
            return None
        return energy_j * self.unit.per / self.score.units / JOULES_PER_WH

    @property
    def _embodied_g_per_h(self) -> float | None:
        """Embodied emissions per measured hour."""
        if self.score is None or self.score.embodied_g is None or self.duration_s <= 0:
            return None
        return self.score.embodied_g / self.duration_s * SECONDS_PER_HOUR


def score_models(samples: Iterable[Sample], accounting: Accounting) -> tuple[ModelScore, ...]:
    """A score for each model, category, phase, unit and protocol, in order of first appearance.

    If units of two kinds were counted (tokens, images), each gets a score from the same energy.
    """
    groups: dict[tuple[str | None, ...], list[Sample]] = defaultdict(list)
    for each in samples:
        groups[each.model, each.category, each.phase, each.unit, each.protocol].append(each)
    return tuple(_score_group(group, accounting) for group in groups.values())


def _score_group(samples: list[Sample], accounting: Accounting) -> ModelScore:
    first = samples[0]
    unit = FunctionalUnit(first.unit, STATED_PER.get(first.unit, 1.0))
    counted = [(s, s.energy_j, s.units) for s in samples if s.energy_j is not None and s.units]
    counted = [each for each in counted if is_usable(each[2])]
    energy_j = math.fsum(joules for _, joules, _ in counted)
    uncertainty_j = sum_of([s.uncertainty_j for s, _, _ in counted]) if counted else None
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
            uncertainty_g = _uncertainty_g(score, energy_j, uncertainty_j, accounting)
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
        protocol=first.protocol,
    )


def _uncertainty_g(
    score: SciScore, energy_j: float, uncertainty_j: float, accounting: Accounting
) -> float:
    """Half-width of the 95 % interval of a score, in its unit.

    Embodied emissions are shared by time, and the time of the same work spreads between sessions as
    its energy does. So all of a score has the relative noise of its energy.
    """
    if energy_j > 0:
        return score.value_g * uncertainty_j / energy_j
    grams = operational_g(uncertainty_j, accounting.g_per_kwh, accounting.pue)
    return grams / (score.units / score.unit.per)


def _by_component(samples: Iterable[Sample]) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for sample in samples:
        for component, joules in sample.components_j.items():
            sums[component] += joules
    return dict(sums)
