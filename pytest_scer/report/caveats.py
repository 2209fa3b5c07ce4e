"""What a reader must know before relying on a score; stated wherever the score is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pytest_scer.core import COMPONENTS, units
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.accuracy import digits
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.report.left_out import LeftOut
from pytest_scer.report.model import Report
from pytest_scer.scoring.plausible import doubts
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

ESTIMATED: Final = (Provenance.MODELLED, Provenance.CONSTANT)
"""How a component is obtained whose figures are estimates."""
LEFT_OUT: Final = "left out of the score"
"""How the caveat about the work of a model that is in no score begins."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the caveats of a score follow from.

    Attributes:
        meters: How each component is metered.
        lacks_embodied: Whether the score leaves out embodied emissions.
        implausible: What cannot be true of the embodied emissions.
        gpu_not_measured: Whether the machine has a GPU that is in no figure.
        unmeasured: How many samples of the score have no figure.
        left_out: The work of the model that the score leaves out.
        machines: The machines it was measured on.
    """

    meters: Mapping[str, MeterInfo]
    lacks_embodied: bool
    implausible: Sequence[str]
    gpu_not_measured: bool
    unmeasured: int
    left_out: Sequence[LeftOut]
    machines: Sequence[str]

    @property
    def missing(self) -> int:
        """How many tests and sections of the model have no figure."""
        return self.unmeasured + sum(each.is_unmeasured for each in self.left_out)

    @property
    def caveats(self) -> tuple[str, ...]:
        """The caveats of the score."""
        return tuple(self._caveats())

    def _caveats(self) -> Iterator[str]:
        if self.lacks_embodied:
            yield OPERATIONAL_ONLY
        for doubt in self.implausible:
            yield f"embodied emissions are implausible: {doubt}"
        yield from not_measured(self.meters)
        if self.gpu_not_measured:
            yield "the machine's GPU was not measured"
        if self.missing:
            what = "test or section" if self.missing == 1 else "tests or sections"
            yield f"unmeasured and left out: {self.missing:,} {what} of this model"
        yield from self._of_tests()
        if len(self.machines) > 1:
            yield f"mixed hardware: {'; '.join(self.machines)}"

    def _of_tests(self) -> Iterator[str]:
        measured = [each for each in self.left_out if not each.is_unmeasured]
        if measured:
            total_j = math.fsum(each.energy_j or 0.0 for each in measured)
            counts = Counter(each.reason for each in measured)
            reasons = ", ".join(f"{count} {reason}" for reason, count in counts.items())
            used = units.quantity(total_j, "J", digits=digits(self.meters))
            yield f"{LEFT_OUT}: {used} in tests of this model ({reasons})"


def implausible_embodied(report: Report) -> list[str]:
    """Return what cannot be true of the report's embodied emissions."""
    if report.embodied is None:
        return []
    return list(doubts(report.embodied, report.session.duration_s))


def not_measured(meters: Mapping[str, MeterInfo]) -> list[str]:
    """Return the caveats that name the components that are estimated or simulated."""
    provenance = {name: meters[name].provenance for name in COMPONENTS}
    estimated = [f"{name} ({each.value})" for name, each in provenance.items() if each in ESTIMATED]
    simulated = [name for name, each in provenance.items() if each is Provenance.SIMULATED]
    return [
        f"{what}, not measured: {', '.join(components)}"
        for what, components in (("estimated", estimated), ("simulated", simulated))
        if components
    ]
