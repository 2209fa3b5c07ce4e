"""The foot of a report: how its figures were obtained, and how far the total may be off."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from pytest_scer.core import COMPONENTS
from pytest_scer.formats.accuracy import true_figure
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.meters.base import Provenance
from pytest_scer.report.model import Report
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

_CALLED: Final = {"cpu": "CPU", "gpu": "GPU", "ram": "memory"}


def lines(report: Report, screen: Screen) -> Iterator[Line]:
    """Yield what is measured, modelled, constant and absent, and what the total may really be."""
    yield from screen.wrap(bases(report), most=3)
    plausible = true_total(report)
    if plausible is not None:
        yield from screen.wrap(f"{plausible}: see pytest-scer doctor.", most=2)
    if report.embodied is None:
        yield from screen.wrap(OPERATIONAL_ONLY)


def true_total(report: Report) -> str | None:
    """How far the total may be off, as a sentence without its end; None if that is unknown."""
    total_j = report.totals.total_j
    is_known = total_j is not None and math.isfinite(total_j)
    plausible = true_figure(report.plausible_j, total_j) if is_known else None
    return None if plausible is None else f"{plausible[0].upper()}{plausible[1:]}"


def bases(report: Report) -> str:
    """What is measured, modelled, constant and absent."""
    found: dict[Provenance, list[str]] = defaultdict(list)
    for name in COMPONENTS:
        info = report.meters[name]
        is_absent = info.provenance is Provenance.ABSENT
        source = "" if is_absent else f" ({info.source.removesuffix(' constant')})"
        found[info.provenance].append(_CALLED[name] + source)
    return "; ".join(
        f"{provenance.value}: {', '.join(found[provenance])}"
        for provenance in Provenance
        if provenance in found
    )
