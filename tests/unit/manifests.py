"""Manifests of reports with round figures, and every change of one of their leaves."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from typing import Any

import reports
import yaml

from pytest_scer.formats.manifest.answers import ANSWERS
from pytest_scer.formats.manifest.checking import Original
from pytest_scer.formats.manifest.hashes import sha256_of
from pytest_scer.formats.manifest.writing import dump, dump_report, facts_of_report
from pytest_scer.meters.accuracy import CHIP_UNKNOWN, RAM_CONSTANT
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance, TrackingMode
from pytest_scer.report.model import Report
from pytest_scer.report.to_json import dump_report as dump_json
from pytest_scer.scoring.sci import Embodied, EmbodiedComponent, EmbodiedRate

Document = dict[str, Any]
Path = tuple[str | int, ...]

PARTS = Embodied(
    (
        EmbodiedRate(36.0),
        EmbodiedComponent(1.2e6, 26280.0, 1.0, 8.0),
        EmbodiedComponent(6e5, 35040.0, reserved_h=3.0),
    )
)
SIGNED = {
    "attestation.statement": "The figures are true and complete to my knowledge.",
    "attestation.name": "Ada Example",
    "attestation.role": "Head of engineering",
    "attestation.date": "2026-03-02",
}


def documents(made: Report) -> list[Document]:
    return list(yaml.safe_load_all("".join(dump_report(made))))


def complete_report() -> Report:
    """Three models, M in three parts, a PUE, and the source of each."""
    made = reports.three_models()
    made.pue, made.pue_source = 1.2, "annual report of the operator, 2025"
    made.embodied, made.embodied_source = PARTS, "carbon footprint sheet of the vendor, 2023"
    return made


def answers() -> dict[str, str]:
    return {**{answer.path: f"about {answer.what}" for answer in ANSWERS}, **SIGNED}


def complete(made: Report | None = None) -> list[Document]:
    """Manifests in which nothing is missing."""
    facts = facts_of_report(made or complete_report())
    return list(yaml.safe_load_all("".join(dump(facts, answers(), ["nothing else"]))))


def estimated_report() -> Report:
    """Two models on a machine without counters, with all that a score of a real machine has."""
    modelled = MeterInfo(
        "CPU time x 4 W per hardware thread", Provenance.MODELLED, TrackingMode.PROCESS, 1e-6,
        "this CPU is not in its table", accuracy=CHIP_UNKNOWN,
    )  # fmt: skip
    constant = MeterInfo(
        "20 W constant", Provenance.CONSTANT, TrackingMode.MACHINE, 1e-9,
        "CodeCarbon's model for 32 GB", accuracy=RAM_CONSTANT,
    )  # fmt: skip
    made = complete_report()
    made.meters = {"cpu": modelled, "gpu": ABSENT, "ram": constant}
    for test in made.tests:
        assert test.measurement is not None
        test.measurement.uncertainty_j = 0.2 * (test.measurement.total_j or 0.0)
    made.tests.append(reports.entry("small", unmeasured="a hosted API"))
    made.session.commit = "0123456789abcdef0123456789abcdef01234567"
    return made


def original(made: Report) -> Original:
    """A report as it is read from its file."""
    text = "".join(dump_json(made))
    return Original(made, hashlib.sha256(text.encode()).hexdigest())


def leaves(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf of a document; an empty list or mapping is one."""
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from leaves(value, (*path, key))
    elif isinstance(node, list) and node:
        for number, value in enumerate(node):
            yield from leaves(value, (*path, number))
    else:
        yield path, node


def changed(value: Any) -> Iterator[Any]:
    """Other values of a leaf."""
    if value is None:
        yield from ("something", 1.5)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value * 1.1 + 1, None)
    elif isinstance(value, str):
        yield from (f"{value} indeed", None)
    else:
        yield ["one more"]


def with_leaf(document: Document, path: Path, value: Any) -> Document:
    """A copy with another value at a place."""
    document = copy.deepcopy(document)
    node: Any = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return document


def forged(document: Document) -> Document:
    """The same with the hash of its record calculated again, as a forger would."""
    document["integrity"]["sha256"] = sha256_of(document["record"])
    return document


def dotted(path: Path) -> str:
    return ".".join(map(str, path))
