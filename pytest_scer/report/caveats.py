"""What a reader must know before relying on a score; stated wherever the score is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from pytest_scer.core import COMPONENTS, units
from pytest_scer.meters.accuracy import is_known_about
from pytest_scer.meters.base import Provenance
from pytest_scer.report.left_out import LeftOut
from pytest_scer.report.model import Report
from pytest_scer.scoring.plausible import doubts
from pytest_scer.scoring.scores import ModelScore


def not_measured(report: Report) -> list[str]:
    """Return the caveats that name the components that are estimated or simulated."""
    provenance = {name: report.meters[name].provenance for name in COMPONENTS}
    estimated = [
        f"{name} ({each.value})"
        for name, each in provenance.items()
        if each in (Provenance.MODELLED, Provenance.CONSTANT)
    ]
    simulated = [name for name, each in provenance.items() if each is Provenance.SIMULATED]
    return [
        f"{what}, not measured: {', '.join(components)}"
        for what, components in (("estimated", estimated), ("simulated", simulated))
        if components
    ]


def implausible_embodied(report: Report) -> list[str]:
    """Return what cannot be true of the report's embodied emissions."""
    if report.embodied is None:
        return []
    return list(doubts(report.embodied, report.session.duration_s))


def caveats(
    report: Report, score: ModelScore, left_out: Sequence[LeftOut], machines: Sequence[str]
) -> Iterator[str]:
    """Yield the caveats of a score.

    Args:
        report: The report.
        score: The score.
        left_out: The work of the model that the score leaves out.
        machines: The machines it was measured on.
    """
    if score.score is not None and score.score.caveat:
        yield score.score.caveat
    for doubt in implausible_embodied(report):
        yield f"embodied emissions are implausible: {doubt}"
    yield from not_measured(report)
    gpu = report.meters["gpu"]
    if gpu.provenance is Provenance.ABSENT and (report.environment.gpus or is_known_about(gpu)):
        yield "the machine's GPU was not measured"
    unmeasured = [each for each in left_out if each.is_unmeasured]
    if missing := score.unmeasured + len(unmeasured):
        yield f"unmeasured and left out: {missing} tests or sections of this model"
    measured = [each for each in left_out if not each.is_unmeasured]
    if measured:
        total_j = math.fsum(each.energy_j or 0.0 for each in measured)
        counts = Counter(each.reason for each in measured)
        reasons = ", ".join(f"{count} {reason}" for reason, count in counts.items())
        used = units.quantity(total_j, "J", digits=report.digits)
        yield f"left out of the score: {used} in tests of this model ({reasons})"
    if len(machines) > 1:
        yield f"mixed hardware: {'; '.join(machines)}"
