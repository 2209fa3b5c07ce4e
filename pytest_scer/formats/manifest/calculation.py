"""The calculation of a manifest: ``((E x I) + M) per R`` with its numbers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pytest_scer.core import COMPONENTS
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.formats.manifest.method import is_measured, meter_in_words
from pytest_scer.scoring.sci import OPERATIONAL_ONLY, EmbodiedComponent, EmbodiedRate, fixed_point

Document = dict[str, Any]


def calculation(facts: Facts) -> Document:
    """Score, energy, carbon intensity, operational and embodied emissions."""
    return {
        "score": _score(facts),
        "energy": _energy(facts),
        "carbon_intensity": _carbon_intensity(facts),
        "operational_emissions": {
            "value": facts.score.operational_g,
            "unit": "gCO2eq",
            "calculation": "energy.value x carbon_intensity.value",
        },
        "embodied_emissions": _embodied(facts),
    }


def _score(facts: Facts) -> Document:
    stated = facts.stated
    m_g = stated.embodied_g
    r = f"({stated.units:.12g} / {stated.unit.per:.12g})"
    m, m_value = ("", "") if m_g is None else (" + M", f" + {fixed_point(m_g, 6)} g")
    is_sci = not facts.missing
    return {
        "value": stated.value_g,
        "unit": f"gCO2eq per {stated.unit.readable}",
        "text": facts.text,
        "claim": facts.claim,
        "is_sci": is_sci,
        "missing": [str(gap) for gap in facts.missing],
        "caveats": list(facts.caveats),
        "uncertainty": facts.uncertainty_g,
        "uncertainty_is": "half-width of the 95 % interval of what a repeat would show",
        "date": facts.date,
        "formula": f"(E x I{m}) per R, with E x I = energy.value x carbon_intensity.value",
        "calculation": f"({fixed_point(stated.operational_g, 6)} g{m_value}) / {r} = "
        f"{fixed_point(stated.value_g, 6)} g",
        "specification": "SCI 1.1 (ISO/IEC 21031:2024)"
        if is_sci
        else f"{'all' if m_g is not None else 'the operational part'} of SCI 1.1 "
        "(ISO/IEC 21031:2024), as a draft",
    }


def _energy(facts: Facts) -> Document:
    present = [c for c in COMPONENTS if c in facts.components_kwh]
    around_kwh = facts.uncertainty_kwh
    return {
        "value": facts.energy_kwh,
        "unit": "kWh",
        "uncertainty_kwh": None if around_kwh is None else around_kwh * facts.pue,
        "plausible_kwh": None
        if facts.plausible_kwh is None
        else dict(
            zip(("low", "high"), (end * facts.pue for end in facts.plausible_kwh), strict=True)
        ),
        "estimated_share": facts.estimated_share,
        "all_runs": {"runs": facts.runs, "it_energy_kwh": facts.runs_kwh},
        "methodology": "counters or models of each component, read at the start and end of each "
        "run; the median of repeated runs; IT energy times PUE",
        "pue": facts.pue,
        "pue_source": facts.pue_source,
        "components": [
            {
                "name": component,
                "energy_kwh": facts.components_kwh[component],
                "provenance": facts.meters[component].provenance.value,
                "data_source": meter_in_words(facts.meters[component]),
                "accuracy": None
                if (accuracy := facts.meters[component].accuracy) is None
                else asdict(accuracy),
            }
            for component in present
        ],
        "data_sources": [
            {
                "name": f"CodeCarbon {facts.codecarbon}".strip(),
                "type": "measurement" if is_measured(facts.meters, present) else "calculation",
                "description": "; ".join(meter_in_words(facts.meters[each]) for each in present),
            }
        ],
    }


def _carbon_intensity(facts: Facts) -> Document:
    grid = facts.grid
    return {
        "value": grid.g_per_kwh,
        "unit": "gCO2eq/kWh",
        "location": grid.location,
        "approach": grid.approach,
        "methodology": grid.method,
        "data_sources": [
            {
                "name": grid.source,
                "type": "grid-data",
                "value": grid.g_per_kwh,
                "year": facts.grid_year,
            }
        ],
    }


def _embodied(facts: Facts) -> Document:
    if facts.embodied is None or facts.score.embodied_g is None:
        return {
            "value": None,
            "unit": "gCO2eq",
            "reason": f"not given (--scer-embodied): {OPERATIONAL_ONLY}",
        }
    return {
        "value": facts.score.embodied_g,
        "unit": "gCO2eq",
        "methodology": "M = TE x (TiR / EL) x (RR / ToR), time-shared over the runs that count",
        "data_source": facts.embodied_source,
        "hardware_components": [
            _part(part, number, facts) for number, part in enumerate(facts.embodied.parts, 1)
        ],
    }


def _part(part: EmbodiedRate | EmbodiedComponent, number: int, facts: Facts) -> Document:
    share = facts.measured_s / facts.session_s
    hours = facts.session_s / 3600 * share
    if isinstance(part, EmbodiedRate):
        terms: Document = {"grams_per_hour": part.g_per_h, "time_reserved_hours": hours}
    else:
        terms = {
            "embodied_total": part.total_g,
            "expected_lifespan_hours": part.lifespan_h,
            "time_reserved_hours": hours if part.reserved_h is None else part.reserved_h * share,
            "resource_share": part.reserved_resources / part.total_resources,
        }
    return {
        "name": f"part {number}",
        **terms,
        "allocated_emissions": part.run_g(facts.session_s) * share,
        "calculation": str(part),
    }
