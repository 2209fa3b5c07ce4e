"""The disclosure of a score: a manifest that another person can check.

The keys are those of the Impact Manifest Protocol 1.0 (Green Software Foundation, SCI
self-certification programme, 2026). The manifest answers the seven points that a reviewer of an SCI
report asks for: identity and scope, score, functional unit, energy and carbon intensity, embodied
emissions, method with assumptions and limitations, attestation. What only a person can fill in is
marked with :data:`pytest_scer.formats.manifest_todo.TODO`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from pytest_scer import __version__
from pytest_scer.core import COMPONENTS
from pytest_scer.formats.manifest_method import (
    Document,
    is_measured,
    meter_in_words,
    methodology,
)
from pytest_scer.formats.manifest_todo import TODO
from pytest_scer.meters.base import Provenance
from pytest_scer.report.model import Report
from pytest_scer.report.ratings import RatedScore, rated_scores
from pytest_scer.scoring.sci import (
    JOULES_PER_KWH,
    OPERATIONAL_ONLY,
    EmbodiedRate,
    SciScore,
    fixed_point,
)

_HEAD: Final = f"""\
# A disclosure in the form of the Impact Manifest Protocol 1.0, made by pytest-scer {__version__}.
# It is not reviewed. Replace each `{TODO}`, then run `pytest-scer manifest --check FILE`.
"""
_NO_M: Final = f"{TODO}: embodied emissions of the hardware (--scer-embodied); {OPERATIONAL_ONLY}"


def dump_report(report: Report) -> Iterator[str]:
    """Yield a manifest for each score of a report, as YAML documents."""
    yield from dump_rows(report, rated_scores(report))


def dump_rows(report: Report, rows: Iterable[RatedScore]) -> Iterator[str]:
    """Yield a manifest for each of these scores, as YAML documents."""
    from pytest_scer.formats.yaml_documents import dump_document

    yield _HEAD
    for row in rows:
        if row.score.score is not None:
            yield "---\n" + dump_document(manifest(report, row, row.score.score))


def manifest(report: Report, row: RatedScore, stated: SciScore) -> Document:
    """Return the manifest of one score.

    Args:
        report: The report.
        row: The score with its rating and caveats.
        stated: ``row.score.score``.
    """
    score = row.score
    slug = re.sub(r"[^a-z0-9]+", "-", f"{row.title}-per-{score.unit}".lower()).strip("-")[:100]
    return {
        "name": slug,
        "description": f"{row.title}: {row.stated}, measured by the tests listed under "
        f"functional_unit. {'; '.join(row.caveats)}".strip(),
        "tags": {
            "kind": "sci",
            "category": "ml-training" if score.phase == "training" else "ml-inference",
            "domain": score.category or f"{TODO}: the task of the model",
            "phase": score.phase or f"{TODO}: training or inference",
            "score_of": stated.role or f"{TODO}: consumer or provider",
        },
        "submission": _submission(report, row),
        "boundary": _boundary(report, row),
        "functional_unit": _functional_unit(row, stated),
        "calculation": {
            "score": _score(row, stated),
            "energy": _energy(report, row),
            "carbon_intensity": _carbon_intensity(report),
            "operational_emissions": {
                "value": stated.operational_g,
                "unit": "gCO2eq",
                "calculation": "energy.value x carbon_intensity.value",
            },
            "embodied_emissions": _embodied(report, row, stated),
        },
        "methodology": methodology(report, row),
        "rating": {
            "letter": row.rating.letter,
            "scale": row.rating.scale,
            "peers_compared": row.rating.n,
            "basis": row.basis,
            "notes": list(row.rating.notes),
        },
        "attestation": {
            "statement": f"{TODO}: that the figures are true and complete to your knowledge",
            "name": TODO,
            "role": TODO,
            "date": TODO,
        },
    }


def _submission(report: Report, row: RatedScore) -> Document:
    session = report.session
    end = datetime.fromisoformat(session.started_at) + timedelta(seconds=session.duration_s)
    return {
        "applicant": {"organization": TODO, "contact_name": TODO, "contact_email": TODO},
        "software": {
            "name": row.score.model,
            "version": f"{TODO}: version or commit that was measured",
            "description": f"{TODO}: what it does, and for whom",
        },
        "measurement_period": {
            "start_date": row.date,
            "end_date": end.date().isoformat(),
            "duration_hours": session.duration_s / 3600,
        },
        "report": {"session": session.id, "generator": f"pytest-scer {__version__}"},
    }


def _boundary(report: Report, row: RatedScore) -> Document:
    absent = [c for c in COMPONENTS if report.meters[c].provenance is Provenance.ABSENT]
    return {
        "included": [
            {
                "component": component,
                "description": meter_in_words(report.meters[component]),
                "justification": "draws power while the model runs",
            }
            for component in COMPONENTS
            if component not in absent
        ],
        "excluded": [
            *(
                {
                    "component": component,
                    "description": "not in the figures",
                    "rationale": "no such component was found, or --scer-components excludes it",
                }
                for component in absent
            ),
            {
                "component": "disks, network, clients, power supply",
                "description": "not in the figures",
                "rationale": f"{TODO}: pytest-scer cannot measure them; why they may be left out",
            },
            {
                "component": "collection, fixtures of wider scope and other tests",
                "description": "in the totals of the report, but not in any score",
                "rationale": "the score covers only the runs of the model itself",
            },
        ],
        "hardware": list(row.hardware),
        "not_measured": [caveat for caveat in row.caveats if caveat.startswith("unmeasured")],
    }


def _functional_unit(row: RatedScore, stated: SciScore) -> Document:
    unit = stated.unit
    method = f"counted by carbon.count() in {', '.join(row.score.sources)}"
    tokens = f"; {TODO}: tokenizer, whether special tokens count, gross or effective"
    return {
        "unit": str(unit),
        "unit_symbol": unit.name,
        "rationale": f"{TODO}: why this unit represents what the software delivers",
        "measurement_method": method + (tokens if "token" in unit.name else ""),
        "total_units": float(stated.units),
        "units_per_functional_unit": float(unit.per),
        "runs": row.score.runs,
    }


def _score(row: RatedScore, stated: SciScore) -> Document:
    energy_kwh = "energy.value x carbon_intensity.value"
    r = f"({stated.units:.12g} / {stated.unit.per:.12g})"
    m_g = stated.embodied_g
    m = " + M" if m_g is not None else ""
    m_value = f" + {fixed_point(m_g, 6)} g" if m_g is not None else ""
    return {
        "value": stated.value_g,
        "unit": stated.measure,
        "text": row.stated,
        "is_sci": stated.caveat is None,
        "caveats": list(row.caveats),
        "uncertainty": row.score.uncertainty_g,
        "date": row.date,
        "formula": f"(E x I{m}) per R, with E x I = {energy_kwh}",
        "calculation": f"({fixed_point(stated.operational_g, 6)} g{m_value}) / {r} = "
        f"{fixed_point(stated.value_g, 6)} g",
        "specification": "SCI 1.1 (ISO/IEC 21031:2024)"
        if stated.caveat is None
        else "the operational part of SCI 1.1 (ISO/IEC 21031:2024)",
    }


def _energy(report: Report, row: RatedScore) -> Document:
    present = [c for c in COMPONENTS if c in row.score.components_j]
    return {
        "value": row.score.energy_j / JOULES_PER_KWH * report.pue,
        "unit": "kWh",
        "plausible_kwh": None
        if row.plausible_j is None
        else dict(
            zip(
                ("low", "high"),
                (end / JOULES_PER_KWH * report.pue for end in row.plausible_j),
                strict=True,
            )
        ),
        "methodology": "counters or models of each component, read at the start and end of each "
        "run; the median of repeated runs; IT energy times PUE",
        "pue": report.pue,
        "pue_source": "--scer-pue or CodeCarbon's configuration"
        if report.pue != 1
        else "1: no data-centre overhead was given; N/A for your own machine",
        "components": [
            {
                "name": component,
                "energy_kwh": row.score.components_j[component] / JOULES_PER_KWH,
                "provenance": report.meters[component].provenance.value,
                "data_source": meter_in_words(report.meters[component]),
                "accuracy": None
                if (accuracy := report.meters[component].accuracy) is None
                else asdict(accuracy),
            }
            for component in present
        ],
        "data_sources": [
            {
                "name": f"CodeCarbon {report.environment.versions.get('codecarbon', '')}".strip(),
                "type": "measurement" if is_measured(report, present) else "calculation",
                "description": "; ".join(meter_in_words(report.meters[each]) for each in present),
            }
        ],
    }


def _carbon_intensity(report: Report) -> Document:
    grid = report.carbon_intensity
    return {
        "value": grid.g_per_kwh,
        "unit": "gCO2eq/kWh",
        "location": grid.location,
        "approach": "location-based" if "location-based" in grid.method else grid.method,
        "methodology": grid.method,
        "data_sources": [
            {
                "name": grid.source,
                "type": "grid-data",
                "value": grid.g_per_kwh,
                "year": grid.year or f"{TODO}: the year of the figure",
            }
        ],
    }


def _embodied(report: Report, row: RatedScore, stated: SciScore) -> Document:
    if report.embodied is None or stated.embodied_g is None:
        return {"value": None, "unit": "gCO2eq", "reason": _NO_M}
    run_s = report.session.duration_s
    share = row.score.duration_s / run_s
    parts = []
    for number, part in enumerate(report.embodied.parts, 1):
        hours = run_s / 3600 * share
        if isinstance(part, EmbodiedRate):
            terms: Document = {"grams_per_hour": part.g_per_h, "time_reserved_hours": hours}
        else:
            reserved_h = hours if part.reserved_h is None else part.reserved_h * share
            terms = {
                "embodied_total": part.total_g,
                "expected_lifespan_hours": part.lifespan_h,
                "time_reserved_hours": reserved_h,
                "resource_share": part.reserved_resources / part.total_resources,
            }
        parts.append(
            {
                "name": f"part {number}",
                **terms,
                "allocated_emissions": part.run_g(run_s) * share,
                "calculation": str(part),
                "data_source": f"{TODO}: where the figure of --scer-embodied comes from",
            }
        )
    return {
        "value": stated.embodied_g,
        "unit": "gCO2eq",
        "methodology": "M = TE x (TiR / EL) x (RR / ToR), time-shared over the runs that count",
        "hardware_components": parts,
    }
