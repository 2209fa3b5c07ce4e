"""Protocols: what was run, on which data and how often, so that scores are of the same work.

Half of a score is the workload. The batch size alone changes the energy of a token six to eight
times (ML.ENERGY benchmark, 2025), so only scores of equal protocols are rated together.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Final, cast

from pytest_scer.core import COMPONENTS
from pytest_scer.core.json_text import brief, parse_table
from pytest_scer.core.text import printable
from pytest_scer.lazy_dataclass import dataclass

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Protocol:
    """A named, versioned description of a measurement.

    Attributes:
        name: Its name, as in the marker.
        version: Its version.
        workload: What is run.
        data: The prompts or data that it is run on.
        data_sha256: SHA-256 of the data; None if there is no single file.
        queries: How many queries a run has; None if that is not fixed.
        batch: The batch size; None if that is not fixed.
        precision: The number format, as in `fp16`; None if that is not fixed.
        runs: The least number of runs; None if that is not fixed.
        boundary: What is measured, as in `gpu` or `cpu+gpu+ram`; None if that is not fixed.
        source: Where it is defined.
    """

    name: str
    version: str
    workload: str
    data: str
    data_sha256: str | None = None
    queries: int | None = None
    batch: int | None = None
    precision: str | None = None
    runs: int | None = None
    boundary: str | None = None
    source: str | None = None

    @property
    def identity(self) -> str:
        """Name, version and a digest of the whole description: equal only for equal protocols.

        What is not stated is no part of it, so that later fields leave it as it is.
        """
        stated = {name: value for name, value in asdict(self).items() if value is not None}
        digest = hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()
        return f"{self.name} {self.version} ({digest[:8]})"

    def departures(self, *, boundary: str, runs: int, queries: float | None) -> Iterator[str]:
        """Yield where a score departs from the protocol, as far as its figures show that.

        Args:
            boundary: What the score includes.
            runs: The number of runs behind it.
            queries: How many queries were counted in all; None if another unit was counted.
        """
        if self.boundary is not None and boundary != self.boundary:
            yield f"it measures {self.boundary}, here {boundary or 'nothing'}"
        if self.runs is not None and runs < self.runs:
            yield f"it asks for {self.runs} runs, here {runs}"
        if self.queries is not None and queries is not None and queries < self.queries:
            yield f"it asks for {self.queries} queries a run, here {queries:g} in all"


_SOURCE: Final = "AI Energy Score, documentation, https://huggingface.github.io/AIEnergyScore/"
_TASKS: Final[Mapping[str, tuple[str, str]]] = {
    "text-generation": ("WikiText, OSCAR and UltraChat", "fp16"),
    "summarization": ("CNN Daily Mail, SamSUM and ArXiv", "fp32"),
    "question-answering": ("SQuAD v2, XTreme and SquadShifts", "fp32"),
    "text-classification": ("IMDB, Tweet Eval and Yelp Reviews", "fp32"),
    "sentence-similarity": (
        "STS Benchmark, Sentence Compression and Phrase Similarity",
        "fp32",
    ),
    "image-classification": ("ImageNet ILSVRC, Food 101 and Bean Disease Dataset", "fp32"),
    "object-detection": ("COCO 2017, Visual Genome and Plastic in River", "fp32"),
    "automatic-speech-recognition": (
        "LibriSpeech, Common Voice and People's Speech",
        "fp32",
    ),
    "image-generation": ("COCO 2014 Captions, DiffusionDB and Nouns", "fp32"),
    "image-captioning": ("COCO 2014, Red Caps and New Yorker Caption Contest", "fp32"),
}
"""The tasks of AI Energy Score: the data sets that its queries are sampled from, and the precision
(tables and section Precision of its documentation, retrieved in 2026)."""
_AI_ENERGY_SCORE: Final = "ai-energy-score-"

BUILT_IN: Final[Mapping[str, Protocol]] = {
    _AI_ENERGY_SCORE + task: Protocol(
        name=_AI_ENERGY_SCORE + task,
        version="2025",
        workload=f"{task.replace('-', ' ')} in the model's default configuration",
        data=f"1,000 queries, sampled equally from {data_sets}",
        queries=1000,
        batch=1,
        precision=precision,
        runs=10,
        boundary="gpu",
        source=_SOURCE,
    )
    for task, (data_sets, precision) in _TASKS.items()
}
"""The protocols that need no declaration."""


def ai_energy_score(task: str) -> Protocol | None:
    """The protocol of a task of AI Energy Score; None if it has no such task."""
    return BUILT_IN.get(_AI_ENERGY_SCORE + task)


def named_protocol(name: str, declared: Mapping[str, Protocol]) -> Protocol:
    """The protocol with this name.

    Args:
        name: The name.
        declared: The protocols that the user declared.

    Raises:
        ValueError: There is none; the message names those that are known.
    """
    known = {**BUILT_IN, **declared}
    if name not in known:
        listed = ", ".join([*declared, *BUILT_IN])
        raise ValueError(
            f"{name!r} is unknown: expected one of {listed}; declare others in a file "
            "(--scer-protocols)"
        )
    return known[name]


def parse_protocols(text: str, digest: Callable[[str], str]) -> dict[str, Protocol]:
    """Parse a file of protocols, in TOML or JSON.

    Args:
        text: A table for each protocol, by its name, with the keys `version`, `workload` and
            `data`, and optionally `data_file` or `data_sha256`, `queries`, `batch`, `precision`,
            `runs`, `boundary` and `source`.
        digest: Returns the SHA-256 of a file that `data_file` names.

    Raises:
        ValueError: The text does not parse, or a value is invalid; the message names the protocol,
            the key and the expected value.
    """
    tables = _load(text)
    if not tables:
        raise ValueError("protocols: the file declares none; expected tables, as in `[chat]`")
    return {name: _protocol(name, table, digest) for name, table in tables.items()}


def _load(text: str) -> Mapping[str, Any]:
    try:
        return cast("Mapping[str, Any]", parse_table(text))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"protocols: neither TOML nor a JSON object: {brief(error)}") from error


_TEXTS: Final = ("version", "workload", "data", "data_sha256", "precision", "boundary", "source")
_COUNTS: Final = ("queries", "batch", "runs")
_REQUIRED: Final = ("version", "workload", "data")
_KEYS: Final = (*(each.name for each in fields(Protocol) if each.name != "name"), "data_file")


def _protocol(name: str, table: object, digest: Callable[[str], str]) -> Protocol:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{brief(repr(name))} is not a name: expected letters, digits, . _ or -")
    if name in BUILT_IN:
        raise ValueError(f"{name}: is built in; choose another name")
    if not isinstance(table, dict):
        raise ValueError(f"{name}: expected a table, as in `[{name}]`")
    if missing := [key for key in _REQUIRED if key not in table]:
        raise ValueError(f"{name}: {', '.join(missing)} missing; known are {', '.join(_KEYS)}")
    if unknown := [key for key in table if key not in _KEYS]:
        raise ValueError(f"{name}: {brief(unknown[0])} unknown; expected {', '.join(_KEYS)}")
    for key, value in table.items():
        _check(f"{name}.{key}", key, value)
    stated: dict[str, Any] = {
        key: printable(value) if isinstance(value, str) else value
        for key, value in table.items()
        if key != "data_file"
    }
    protocol = Protocol(name=name, **{**stated, "version": str(stated["version"])})
    if "data_file" not in table:
        return protocol
    found = digest(table["data_file"])
    if protocol.data_sha256 not in (None, found):
        raise ValueError(f"{name}.data_sha256: {table['data_file']} has another SHA-256, {found}")
    return replace(protocol, data_sha256=found)


def _check(where: str, key: str, value: object) -> None:
    """Check the type and range of a value."""
    if key in _COUNTS:
        # In Python, a bool is an int, but it is no count.
        if type(value) is not int or not 1 <= value <= 10**12:
            raise ValueError(f"{where}: {brief(repr(value))} is not a whole number of at least 1")
        return
    is_number = key == "version" and type(value) in (int, float)
    if not is_number and (not isinstance(value, str) or not value.strip()):
        raise ValueError(f"{where}: expected a text, not {brief(repr(value))}")
    if key == "data_sha256" and not _SHA256.fullmatch(str(value)):
        raise ValueError(f"{where}: expected 64 hexadecimal digits in lower case")
    if key == "boundary" and not _is_boundary(str(value)):
        raise ValueError(f"{where}: {value!r}; expected components, as in cpu+ram or gpu")


def _is_boundary(text: str) -> bool:
    """Whether a boundary is written as reports write it, in their order."""
    return text == "+".join(each for each in COMPONENTS if each in text.split("+"))
