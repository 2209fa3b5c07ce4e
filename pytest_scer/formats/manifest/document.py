"""A manifest: a function of what was measured and of what a person knows.

The keys are those of the Impact Manifest Protocol 1.0 (Green Software Foundation, SCI
self-certification programme, 2026). The manifest answers the seven points that a reviewer of an SCI
report asks for: identity and scope, score, functional unit, energy and carbon intensity, embodied
emissions, method with assumptions and limitations, attestation. ``record`` at its end holds the
facts that all of it is calculated from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from pytest_scer.core import COMPONENTS
from pytest_scer.formats.manifest import record
from pytest_scer.formats.manifest.answers import ANSWERS
from pytest_scer.formats.manifest.calculation import calculation
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.formats.manifest.hashes import sha256_of
from pytest_scer.formats.manifest.method import meter_in_words, methodology
from pytest_scer.meters.base import Provenance
from pytest_scer.scoring.peers import Peer

Document = dict[str, Any]
INTEGRITY: Final = (
    "of the record as JSON with sorted keys; it shows edits, not who made the figures: compare "
    "with the report (--check --report)"
)


def document(facts: Facts, answers: Mapping[str, str], remarks: Sequence[Any] = ()) -> Document:
    """Return the manifest of one score.

    Args:
        facts: What was measured.
        answers: What a person wrote, by its path; the rest is marked as missing.
        remarks: What else a person wants to say.
    """
    written = {answer.path: answers.get(answer.path, answer.mark) for answer in ANSWERS}
    facts_record = record.dump(facts)
    return {
        "name": facts.name,
        "description": f"{facts.title}: {facts.text} ({facts.claim}), measured by the tests listed "
        "in record.tests",
        "tags": {
            "kind": "sci",
            "category": "ml-training" if facts.phase == "training" else "ml-inference",
            "domain": facts.category,
            "phase": facts.phase,
            "score_of": facts.score.role,
        },
        "submission": _submission(facts, written),
        "boundary": _boundary(facts, written),
        "functional_unit": _functional_unit(facts, written),
        "calculation": calculation(facts),
        "methodology": {
            **methodology(facts),
            "batch_and_concurrency": written["methodology.batch_and_concurrency"],
            "remarks": list(remarks),
        },
        "rating": _rating(facts),
        "attestation": {
            key: written[f"attestation.{key}"] for key in ("statement", "name", "role", "date")
        },
        "record": facts_record,
        "integrity": {"sha256": sha256_of(facts_record), "meaning": INTEGRITY},
    }


def _submission(facts: Facts, written: Mapping[str, str]) -> Document:
    return {
        "applicant": {
            key: written[f"submission.applicant.{key}"]
            for key in ("organization", "contact_name", "contact_email")
        },
        "software": {
            "name": facts.model,
            "version": written["submission.software.version"],
            "description": written["submission.software.description"],
        },
        "measurement_period": {
            "start_date": facts.date,
            "end_date": facts.end_date,
            "duration_hours": facts.session_s / 3600,
        },
        "report": {
            "session": facts.session,
            "sha256": facts.report_sha256,
            "commit_of_the_tests": facts.commit,
            "generator": facts.generator,
        },
    }


def _boundary(facts: Facts, written: Mapping[str, str]) -> Document:
    absent = [c for c in COMPONENTS if facts.meters[c].provenance is Provenance.ABSENT]
    return {
        "included": [
            {
                "component": component,
                "description": meter_in_words(facts.meters[component]),
                "justification": "draws power while the model runs",
            }
            for component in COMPONENTS
            if component not in absent
        ],
        "excluded": [
            {
                "component": "disks, network, clients, power supply",
                "description": "not in the figures: pytest-scer cannot measure them",
                "rationale": written["boundary.excluded.0.rationale"],
            },
            *(
                {
                    "component": component,
                    "description": "not in the figures",
                    "rationale": facts.meters[component].detail
                    or "no such component was found, or --scer-components excludes it",
                }
                for component in absent
            ),
            {
                "component": "collection, fixtures of wider scope and other tests",
                "description": "in the totals of the report, but not in any score",
                "rationale": "the score covers only the runs of the model itself",
            },
        ],
        "hardware": list(facts.hardware),
        "left_out": [asdict(each) for each in facts.left_out],
        "unmeasured_tests": facts.evidence.missing,
    }


def _functional_unit(facts: Facts, written: Mapping[str, str]) -> Document:
    unit = facts.stated.unit
    tokenizer = written["functional_unit.tokenizer"]
    return {
        "unit": unit.readable,
        "unit_symbol": unit.name,
        "rationale": written["functional_unit.rationale"],
        "measurement_method": f"counted by carbon.count() in {', '.join(facts.tests)}",
        "protocol": facts.candidate.protocol,
        **({"tokenizer": tokenizer} if "token" in unit.name else {}),
        "total_units": facts.units,
        "units_per_functional_unit": float(unit.per),
        "runs": facts.runs,
    }


def _figures(peer: Peer) -> Document:
    """The figures of a model, as they are compared."""
    names = ("model", "value", "unit", "uncertainty", "energy_wh", "energy_uncertainty_wh")
    return {name: getattr(peer, name) for name in (*names, "date", "origin")}


def _rating(facts: Facts) -> Document:
    rating = facts.rating
    return {
        "letter": rating.letter,
        "scale": rating.scale,
        "peers_compared": rating.n,
        "percentile": rating.percentile,
        "basis": rating.basis,
        "notes": list(rating.notes),
        "compared": _figures(facts.candidate),
        "peers_are": "chosen by the user" if facts.peers_chosen else "the models of the session",
        "peers": list(map(_figures, facts.outcome.peers)),
        "energy_rating": {
            "letter": facts.outcome.energy_rating.letter,
            "basis": facts.outcome.energy_rating.basis,
            "notes": list(facts.outcome.energy_rating.notes),
        },
    }
