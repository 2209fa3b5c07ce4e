"""What turns joules into grams: the grid's carbon intensity and the data centre's overhead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pytest_scer.core.measurement import co2e_g

LIVE: Final = "location-based, live"
"""How the method of a carbon intensity begins that was looked up and is another in an hour."""


@dataclass(frozen=True, slots=True)
class CarbonIntensity:
    """The carbon intensity of the electricity that the session used.

    Attributes:
        g_per_kwh: Grams of CO2e per kWh.
        location: Where the electricity comes from, as in ``France`` or ``world average``.
        source: Who says so.
        method: How the figure is made, as in ``location-based yearly average``.
        year: The year that the figure is of; None where the source names none.
    """

    g_per_kwh: float
    location: str
    source: str
    method: str
    year: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether it is another in an hour."""
        return self.method.startswith(LIVE)


@dataclass(frozen=True, slots=True)
class Conversion:
    """Carbon intensity and power usage effectiveness of a session.

    Attributes:
        g_per_kwh: Grams of CO2e per kWh.
        pue: Energy of the data centre over its IT energy (ISO/IEC 30134-2), at least 1.
    """

    g_per_kwh: float
    pue: float = 1.0

    def grams(self, energy_j: float) -> float:
        """Operational emissions of so many joules of IT energy, in grams of CO2e."""
        return co2e_g(energy_j, self.g_per_kwh, self.pue)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the user says that the electricity comes from; nothing at all is the world.

    Attributes:
        g_per_kwh: A carbon intensity that stands in for every table.
        country: ISO 3166-1 alpha-3 code.
        region: State, province or bidding zone of the country.
        cloud: ``provider/region``.
        source: Which option, key or file said so.
    """

    g_per_kwh: float | None = None
    country: str | None = None
    region: str | None = None
    cloud: str | None = None
    source: str = "default"
