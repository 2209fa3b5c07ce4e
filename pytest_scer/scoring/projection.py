"""A year of a model in production, from what its tests measured."""

from __future__ import annotations

from typing import Final

from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.scoring.estimates import DAYS_PER_YEAR, Site, yearly
from pytest_scer.scoring.scores import ModelScore

FEW_RUNS: Final = 10
"""A projection from fewer runs than this says so. AI Energy Score repeats its queries 10 times."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A year of requests at a site.

    Attributes:
        energy_j: IT energy in joules.
        operational_g: Grams of CO2e from electricity.
        embodied_g: Grams of CO2e from making the hardware, for the time that the requests take;
            None if unknown.
        relative: Half-width of the 95 % interval of the energy, as a share of it; None if unknown.
            All requests share the noise of the session that measured them, so it does not shrink
            with their number.
    """

    energy_j: float
    operational_g: float
    embodied_g: float | None
    relative: float | None

    @property
    def total_g(self) -> float | None:
        """Operational and embodied emissions; None if the latter are unknown."""
        return None if self.embodied_g is None else self.operational_g + self.embodied_g

    @property
    def known_g(self) -> float:
        """What is known of the total."""
        return self.operational_g + (self.embodied_g or 0.0)

    @property
    def interval_g(self) -> tuple[float, float] | None:
        """The 95 % interval of `known_g`; that of embodied emissions is unknown and left out."""
        operational_g = spread(self.operational_g, self.relative)
        if operational_g is None:
            return None
        embodied_g = self.embodied_g or 0.0
        return operational_g[0] + embodied_g, operational_g[1] + embodied_g


def spread(value: float, relative: float | None) -> tuple[float, float] | None:
    """The ends of the interval around a value of at least 0; None if its width is unknown."""
    if relative is None:
        return None
    return value * max(1 - relative, 0.0), value * (1 + relative)


def served_per_day_g(score: ModelScore, units_per_day: float) -> float:
    """Grams of a day of serving where it was measured, embodied emissions included if known."""
    assert score.score is not None
    per_unit_g = score.score.value_g / score.score.unit.per
    return per_unit_g * units_per_day


def project(score: ModelScore, site: Site, units_per_day: float) -> Projection:
    """Scale what was measured for a score to a year of 365 days at a site.

    Embodied emissions stay those of the hardware that was measured, wherever the site is.

    Args:
        score: A score with a figure.
        site: Where the model is to run.
        units_per_day: How many of the score's functional units it serves.
    """
    stated = score.score
    assert stated is not None
    embodied_g = stated.embodied_g
    known = score.uncertainty_j is not None and score.energy_j > 0
    return Projection(
        energy_j=yearly(score.energy_j / stated.units, units_per_day),
        operational_g=yearly(site.co2e_g(score.energy_j) / stated.units, units_per_day),
        embodied_g=None if embodied_g is None else yearly(embodied_g / stated.units, units_per_day),
        relative=(score.uncertainty_j or 0.0) / score.energy_j if known else None,
    )


def times_measured(score: ModelScore, units_per_day: float) -> float:
    """How many times what was measured a year is."""
    assert score.score is not None
    return units_per_day * DAYS_PER_YEAR / score.score.units
