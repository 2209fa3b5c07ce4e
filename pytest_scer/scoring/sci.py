"""Software Carbon Intensity: operational and embodied emissions per functional unit.

`SCI = ((E * I) + M) per R` and `M = TE * (TiR / EL) * (RR / ToR)`, both from ISO/IEC 21031:2024,
the Green Software Foundation's SCI specification 1.1.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from pytest_scer.core import units as core_units
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.scoring.functional_unit import FunctionalUnit, readable_unit

JOULES_PER_KWH = core_units.JOULES_PER_KWH
SECONDS_PER_HOUR = 3600.0
HOURS_PER_YEAR = 8760.0
"""A year of 365 days, as in the specification's own example (4 years = 35,040 h)."""

OPERATIONAL_ONLY = "operational emissions only; not an SCI score"

Phase = Literal["training", "inference"]

_MASS_G = {"g": 1.0, "kg": 1e3, "t": 1e6}
_TIME_H = {
    **dict.fromkeys(("s", "second", "seconds"), 1 / SECONDS_PER_HOUR),
    **dict.fromkeys(("min", "minute", "minutes"), 1 / 60),
    **dict.fromkeys(("h", "hour", "hours"), 1.0),
    **dict.fromkeys(("d", "day", "days"), 24.0),
    **dict.fromkeys(("y", "yr", "year", "years"), HOURS_PER_YEAR),
}
_LEAST, _MOST = 1e-30, 1e30
"""The range of a part's numbers: products and quotients of all of them cannot overflow."""
_QUANTITY = re.compile(r"(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)\s*([A-Za-z]*)")
_EXAMPLE = "`120` (grams per hour of use) or `TE=1200 kg, EL=4 y[, RR=1, ToR=8, TiR=2 h]`"


def operational_g(energy_j: float, g_per_kwh: float, pue: float = 1.0) -> float:
    """Grams of CO2e of the electricity used: `O = E * I`, where E includes the PUE.

    Args:
        energy_j: IT energy in joules, before PUE.
        g_per_kwh: Carbon intensity of the grid where the power was drawn (location-based).
        pue: Energy of the data centre divided by the energy of its IT equipment.

    Raises:
        ValueError: A figure is negative or not finite, or the PUE is below 1.
    """
    for name, value in (("energy_j", energy_j), ("g_per_kwh", g_per_kwh)):
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} must be a number of at least 0, not {value}")
    if not (math.isfinite(pue) and pue >= 1):
        raise ValueError(f"the PUE must be 1 or more, not {pue}")
    return energy_j / JOULES_PER_KWH * pue * g_per_kwh


@dataclass(frozen=True, slots=True)
class EmbodiedRate:
    """Embodied emissions as grams per hour of use."""

    g_per_h: float

    def __post_init__(self) -> None:
        _require_positive("grams per hour", self.g_per_h)

    def run_g(self, run_s: float) -> float:
        """Grams for a run of `run_s` seconds."""
        return self.g_per_h * run_s / SECONDS_PER_HOUR

    def __str__(self) -> str:
        return f"{self.g_per_h:g} g per hour of use"


@dataclass(frozen=True, slots=True)
class EmbodiedComponent:
    """A piece of hardware whose embodied emissions are shared by time and by resources.

    Attributes:
        total_g: TE, grams of CO2e from making and disposing of the hardware.
        lifespan_h: EL, expected lifespan in hours.
        reserved_resources: RR, resources that the software reserves, such as cores or GB.
        total_resources: ToR, total resources of the hardware, in the same unit.
        reserved_h: TiR, hours reserved for the run; None for the duration of the run.
    """

    total_g: float
    lifespan_h: float
    reserved_resources: float = 1.0
    total_resources: float = 1.0
    reserved_h: float | None = None

    def __post_init__(self) -> None:
        _require_positive("TE", self.total_g)
        _require_positive("EL", self.lifespan_h)
        _require_positive("RR", self.reserved_resources)
        _require_positive("ToR", self.total_resources)
        if self.reserved_resources > self.total_resources:
            raise ValueError(
                f"RR={self.reserved_resources:g} is more than ToR={self.total_resources:g}: the "
                "reserved resources cannot exceed the total (give both, in the same unit)"
            )
        if self.reserved_h is not None:
            _require_positive("TiR", self.reserved_h)
            if self.reserved_h > self.lifespan_h:
                raise ValueError(
                    f"TiR={self.reserved_h:g} h is longer than EL={self.lifespan_h:g} h"
                )

    def run_g(self, run_s: float) -> float:
        """Grams for a run of `run_s` seconds: `TE * (TiR / EL) * (RR / ToR)`."""
        reserved_h = run_s / SECONDS_PER_HOUR if self.reserved_h is None else self.reserved_h
        time_share = reserved_h / self.lifespan_h
        return self.total_g * time_share * self.reserved_resources / self.total_resources

    def __str__(self) -> str:
        text = (
            f"TE={self.total_g:g} g, EL={self.lifespan_h:g} h, "
            f"RR={self.reserved_resources:g}, ToR={self.total_resources:g}"
        )
        return text if self.reserved_h is None else f"{text}, TiR={self.reserved_h:g} h"


@dataclass(frozen=True, slots=True)
class Embodied:
    """The M of SCI: embodied emissions of the hardware of a run, part by part."""

    parts: tuple[EmbodiedRate | EmbodiedComponent, ...]

    def run_g(self, run_s: float) -> float:
        """Grams for the whole run of `run_s` seconds."""
        return math.fsum(part.run_g(run_s) for part in self.parts)

    def share_g(self, duration_s: float, run_s: float) -> float:
        """Grams for `duration_s` of the run's `run_s` seconds, shared by time."""
        _require_positive("the run's seconds", run_s)
        return self.run_g(run_s) * duration_s / run_s

    def __str__(self) -> str:
        return "; ".join(map(str, self.parts))


def parse_embodied(text: str) -> Embodied:
    """Parse the value of `--scer-embodied`.

    Args:
        text: `120`, grams per hour of use, or `TE=1200 kg, EL=4 y` with optional `RR`, `ToR` and
            `TiR`; components are separated by `;`. Masses in g, kg, t; times in s, min, h, d, y
            (of 365 days).

    Raises:
        ValueError: The text is neither; the message names the expected format. Zero is refused,
            too: omit the option if embodied emissions are unknown, and the report says so.
    """
    return Embodied(tuple(_parse_part(part.strip()) for part in text.split(";")))


def _parse_part(text: str) -> EmbodiedRate | EmbodiedComponent:
    if "=" not in text:
        try:
            rate = float(text)
        except ValueError:
            raise ValueError(
                f"{text!r} is not a value for embodied emissions: expected {_EXAMPLE}"
            ) from None
        return EmbodiedRate(rate)
    fields: dict[str, str] = {}
    for assignment in text.split(","):
        key, _, value = (piece.strip() for piece in assignment.partition("="))
        if key not in ("TE", "EL", "RR", "ToR", "TiR") or not value:
            raise ValueError(f"{assignment.strip()!r} in {text!r}: expected {_EXAMPLE}")
        if key in fields:
            raise ValueError(f"{key} is given twice in {text!r}; separate components with `;`")
        fields[key] = value
    if missing := [key for key in ("TE", "EL") if key not in fields]:
        raise ValueError(f"{' and '.join(missing)} missing in {text!r}: expected {_EXAMPLE}")
    return EmbodiedComponent(
        total_g=_quantity("TE", fields["TE"], _MASS_G, "1200 kg"),
        lifespan_h=_quantity("EL", fields["EL"], _TIME_H, "4 y"),
        reserved_resources=_quantity("RR", fields.get("RR", "1"), {"": 1.0}, "1"),
        total_resources=_quantity("ToR", fields.get("ToR", "1"), {"": 1.0}, "8"),
        reserved_h=_quantity("TiR", fields["TiR"], _TIME_H, "2 h") if "TiR" in fields else None,
    )


def _quantity(key: str, text: str, units: dict[str, float], example: str) -> float:
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2] not in units:
        raise ValueError(f"{key}={text} is invalid: expected a value such as `{key}={example}`")
    return float(match[1]) * units[match[2]]


def _require_positive(name: str, value: float) -> None:
    if not _LEAST <= value <= _MOST:
        raise ValueError(
            f"{name} must be a number above 0 and at most {_MOST:g}, not {value:g}; if embodied "
            "emissions are unknown, leave them out"
        )


def fixed_point(value: float, significant: int = 3) -> str:
    """A number without exponent, rounded to significant digits: `0.0000123`, not `1.23e-05`.

    Readers of labels and the Hugging Face hub's filter misread an exponent.
    """
    return "0" if value == 0 else f"{Decimal(f'{value:.{significant - 1}e}'):f}"


@dataclass(frozen=True, slots=True)
class SciScore:
    """Grams of CO2e per functional unit.

    Attributes:
        operational_g: O, grams from electricity.
        embodied_g: M, grams from hardware; None if unknown, and then this is not an SCI score.
        units: R, the number of functional units counted, in units of `unit.name`.
        unit: The functional unit that the score is stated for.
        phase: What was measured; SCI for AI separates the provider's score (training, per FLOP,
            training token or parameter) and the consumer's (inference, per token, image).
    """

    operational_g: float
    embodied_g: float | None
    units: float
    unit: FunctionalUnit
    phase: Phase | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.operational_g) and self.operational_g >= 0):
            raise ValueError(f"operational emissions must be 0 g or more, not {self.operational_g}")
        # Reviewers of SCI disclosures reject an unexplained M of 0; unknown is None.
        if self.embodied_g is not None and not 0 < self.embodied_g < math.inf:
            raise ValueError(f"embodied emissions must be above 0 g, not {self.embodied_g}")
        if not (math.isfinite(self.units) and self.units > 0):
            raise ValueError(f"a score needs more than 0 functional units, not {self.units}")

    @property
    def value_g(self) -> float:
        """Grams of CO2e per `unit`."""
        return (self.operational_g + (self.embodied_g or 0.0)) / (self.units / self.unit.per)

    @property
    def caveat(self) -> str | None:
        """The caveat to show with the score if embodied emissions are missing, otherwise None."""
        return OPERATIONAL_ONLY if self.embodied_g is None else None

    @property
    def role(self) -> Literal["consumer", "provider"] | None:
        """The role that the score belongs to in SCI for AI (Green Software Foundation, draft)."""
        if self.phase is None:
            return None
        return "provider" if self.phase == "training" else "consumer"

    @property
    def measure(self) -> str:
        """The score's unit, as in `gCO2eq per 1000 tokens`."""
        return f"gCO2eq per {self.unit}"

    @property
    def readable(self) -> SciScore:
        """The same score, stated for a number of units that people can read."""
        return self.per(readable_unit([self.value_g], self.unit))

    def per(self, unit: FunctionalUnit) -> SciScore:
        """The same score, stated for another number of its units."""
        return replace(self, unit=unit)

    def stated(self, digits: int = 3) -> str:
        """The score as text, as in `12 gCO2eq per 1,000,000 tokens`.

        Args:
            digits: The significant digits that it deserves.
        """
        return f"{fixed_point(self.value_g, digits)} gCO2eq per {self.unit.readable}"

    def __str__(self) -> str:
        return f"{fixed_point(self.value_g)} {self.measure}"
