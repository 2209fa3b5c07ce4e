"""Embodied emissions that no hardware has, so that they cannot make a score small.

The bounds are judgements, far from what manufacturers publish: life cycle assessments of laptops
state some 200 to 400 kg, those of servers 1,000 kg and more, over 3 to 6 years.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.scoring.sci import (
    HOURS_PER_YEAR,
    SECONDS_PER_HOUR,
    Embodied,
    EmbodiedComponent,
    EmbodiedRate,
)

LEAST_TE_G: Final = 1000.0
"""Grams: no device takes less to make."""
LONGEST_EL_H: Final = 15 * HOURS_PER_YEAR
"""Hours: no device is in use for longer."""
LEAST_RATE_G_PER_H: Final = LEAST_TE_G / LONGEST_EL_H
"""Grams per hour: the rate of these two."""


def doubts(embodied: Embodied, run_s: float | None = None) -> Iterator[str]:
    """Yield what cannot be true of embodied emissions.

    Args:
        embodied: The embodied emissions.
        run_s: The duration of the run in seconds; None if it is not known yet.
    """
    for part in embodied.parts:
        if isinstance(part, EmbodiedRate):
            if part.g_per_h < LEAST_RATE_G_PER_H:
                yield (
                    f"{part.g_per_h:g} g per hour is less than {LEAST_RATE_G_PER_H:.2g}, the rate "
                    "of 1 kg over 15 years"
                )
        else:
            yield from _of_component(part, run_s)


def _of_component(part: EmbodiedComponent, run_s: float | None) -> Iterator[str]:
    if part.total_g < LEAST_TE_G:
        yield f"TE={part.total_g:g} g is less than 1 kg for a device"
    if part.lifespan_h > LONGEST_EL_H:
        yield f"EL={part.lifespan_h / HOURS_PER_YEAR:.3g} y is longer than 15 years"
    reserved_s = None if part.reserved_h is None else part.reserved_h * SECONDS_PER_HOUR
    if reserved_s is not None and run_s is not None and reserved_s < run_s:
        yield f"TiR={reserved_s:g} s is shorter than the run of {run_s:.3g} s"
