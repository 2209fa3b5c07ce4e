"""What a score may be called: an SCI score, or a draft that lacks something.

ISO/IEC 21031:2024 asks an SCI report to state where the electricity comes from, by which approach
its carbon intensity was determined, its source and year, the PUE (or why there is none), and M.
The figures must be of the machine, not of a simulation, and complete. This module alone decides;
label, manifest, terminal and JSON show the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.lazy_dataclass import dataclass

SCI: Final = "SCI 1.1"
"""What a complete score is called (Green Software Foundation, SCI specification 1.1)."""
DRAFT: Final = "draft, incomplete"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a score lacks.

    Attributes:
        what: A few words, for the terminal.
        remedy: How to state it: the option of `pytest-scer manifest`, and that of a session.
    """

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: {self.remedy}"


@dataclass(frozen=True, slots=True)
class Basis:
    """What a score is based on, as far as it is stated.

    Attributes:
        place: Where the electricity comes from; None if no place was stated.
        approach: `location-based` or another; None if unknown.
        grid_source: Where the carbon intensity comes from.
        grid_year: The year of the carbon intensity.
        pue_source: Where the PUE comes from, or why there is none.
        embodied_g: M in grams.
        embodied_source: Where the figures behind M come from.
        simulated: The components whose meter is simulated.
        not_measured: What belongs to the score but has no figure.
        implausible: What cannot be true of the embodied emissions.
    """

    place: str | None
    approach: str | None
    grid_source: str | None
    grid_year: int | None
    pue_source: str | None
    embodied_g: float | None
    embodied_source: str | None
    simulated: tuple[str, ...] = ()
    not_measured: tuple[str, ...] = ()
    implausible: tuple[str, ...] = ()


def _either(option: str, setting: str) -> str:
    return f"{option}, or {setting} when you measure"


def gaps(basis: Basis) -> tuple[Gap, ...]:
    """Everything that a score lacks; nothing if it may be called an SCI score."""
    return (*_of_energy(basis), *_of_intensity(basis), *_of_hardware(basis))


def _of_energy(basis: Basis) -> Iterator[Gap]:
    if basis.simulated:
        what = f"simulated {', '.join(basis.simulated)}"
        yield Gap(what, "measure on a real machine, without the simulated meter")
    if basis.not_measured:
        what = f"not measured: {', '.join(basis.not_measured)}"
        yield Gap(what, "measure it: `pytest-scer doctor` shows what is possible here")


def _of_intensity(basis: Basis) -> Iterator[Gap]:
    if basis.place is None:
        yield Gap("place", _either("--country or --place", "--scer-country"))
    if basis.approach is None:
        yield Gap("approach", _either("--approach", '--scer-source "approach=location-based"'))
    elif basis.approach != "location-based":
        yield Gap(
            f"location-based intensity (it is {basis.approach})", _either("--country", "the same")
        )
    if basis.grid_source is None:
        yield Gap("grid source", _either("--grid-source", '--scer-source "grid=..."'))
    if basis.grid_year is None:
        yield Gap("grid year", _either("--grid-year", '--scer-source "year=..."'))


def _of_hardware(basis: Basis) -> Iterator[Gap]:
    if basis.pue_source is None:
        yield Gap("PUE and source", _either("--pue and --pue-source", '--scer-source "pue=..."'))
    if basis.embodied_g is None:
        yield Gap("M", _either("--embodied and --embodied-source", "--scer-embodied"))
    elif basis.implausible:
        yield Gap("plausible M", f"--embodied ({'; '.join(basis.implausible)})")
    elif basis.embodied_source is None:
        remedy = _either("--embodied-source", '--scer-source "embodied=..."')
        yield Gap("source of M", remedy)


def claim(missing: tuple[Gap, ...]) -> str:
    """What the score may be called, as in `draft, incomplete: place, M`."""
    return f"{DRAFT}: {', '.join(gap.what for gap in missing)}" if missing else SCI
