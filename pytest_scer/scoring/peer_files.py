"""Files of peers: this project's JSON, and the CSV files of AI Energy Score."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import date as Date  # noqa: N812 - a parameter is called date
from typing import Any, Final

from pytest_scer.core.claims import without_claims
from pytest_scer.core.json_text import brief, parse_json
from pytest_scer.scoring.dates import check_date
from pytest_scer.scoring.peers import LARGEST, ComponentBasis, Peer
from pytest_scer.scoring.protocols import ai_energy_score

PEERS_VERSION: Final = 1

AI_ENERGY_SCORE_UNIT: Final = "Wh per query"
AI_ENERGY_SCORE_BOUNDARY: Final = "gpu"
AI_ENERGY_SCORE_ENVIRONMENT: Final = "NVIDIA H100 80GB, batch size 1"
AI_ENERGY_SCORE_COMPONENTS: Final = (ComponentBasis("gpu", "measured", source="CodeCarbon, NVML"),)
"""AI Energy Score measures GPUs with CodeCarbon, which reads nvidia-smi's interface (documentation
of AI Energy Score, section Experimental Setup, retrieved in 2026)."""

# The two columns differ by a factor of 1,000: the leaderboard's data file contains kWh per 1,000
# queries, which is Wh per query; the table that it displays and exports contains Wh per 1,000.
_AI_ENERGY_SCORE_QUERIES = {"total_gpu_energy": 1.0, "gpu energy (wh) per 1k tasks": 1000.0}
_AI_ENERGY_SCORE_CLASSES = ("class", "model class (only for text generation)")

_NUMBERS: Final = frozenset(
    ("value", "uncertainty", "g_per_kwh", "pue", "embodied_g_per_h", "energy_wh",
     "energy_uncertainty_wh")
)  # fmt: skip
_OPTIONAL: Final = _NUMBERS | {"category", "phase", "protocol", "place", "components"}


def peers_to_json(peers: Iterable[Peer]) -> str:
    """The content of a peers file, as JSON."""
    entries = [asdict(peer) for peer in peers]
    return json.dumps({"peers_version": PEERS_VERSION, "peers": entries}, indent=2) + "\n"


def parse_peers(
    text: str, *, category: str, origin: str, date: str, today: Date | None = None
) -> tuple[Peer, ...]:
    """Parse a peers file: this project's JSON, or a CSV of AI Energy Score.

    Files of earlier releases state less: what they leave out is None.

    Args:
        text: The content of the file.
        category: Category of the entries of a CSV, which does not name its task.
        origin: Origin of the entries of a CSV.
        date: Date of the entries of a CSV.
        today: The current day, after which nothing can have been measured; None to skip the check.

    Raises:
        ValueError: The text is neither, or an entry is invalid; the message names the entry and
            the expected value.
    """
    if text.lstrip().startswith("{"):
        peers = _parse_json(text)
    else:
        peers = parse_ai_energy_score(text, category=category, origin=origin, date=date)
    for index, peer in enumerate(peers):
        try:
            check_date(peer.date, today or Date.max)
        except ValueError as error:
            raise ValueError(f"peers[{index}].date ({brief(peer.model)}): {error}") from None
    return peers


def _parse_json(text: str) -> tuple[Peer, ...]:
    try:
        data = parse_json(text)
    except ValueError as error:
        raise ValueError(f"peers: not JSON: {error}") from None
    version = data.get("peers_version")
    known = type(version) is int and version == PEERS_VERSION
    if not known or not isinstance(data.get("peers"), list):
        raise ValueError(f"peers: expected `peers_version` {PEERS_VERSION} and a list `peers`")
    return tuple(_parse_entry(index, entry) for index, entry in enumerate(data["peers"]))


def _parse_entry(index: int, entry: object) -> Peer:
    names = [field.name for field in fields(Peer)]
    if not isinstance(entry, dict) or not set(entry) <= set(names):
        raise ValueError(f"peers[{index}]: expected an object of {', '.join(names)}")
    try:
        for name, value in entry.items():
            _check(name, value)
            without_claims(value if isinstance(value, str) else "")
        components = entry.get("components")
        return _in_range(
            Peer(**{**entry, "components": components and tuple(map(_component, components))})
        )
    except _WrongType as error:
        raise ValueError(f"peers[{index}].{error}") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"peers[{index}]: {error}") from error


class _WrongType(ValueError):
    """A field has another type than it should have."""


def _check(name: str, value: object, optional: frozenset[str] = _OPTIONAL) -> None:
    if value is None and name in optional:
        return
    if name == "components":
        expected, right = "a list", isinstance(value, list)
    elif name in _NUMBERS or name == "watts":
        # In Python, a bool is an int, but it is not a figure.
        expected, right = "a number", type(value) in (int, float)
    else:
        expected, right = "a string", isinstance(value, str)
    if not right:
        raise _WrongType(f"{name}: expected {expected}, not {brief(repr(value))}")


def _component(entry: object) -> ComponentBasis:
    names = [field.name for field in fields(ComponentBasis)]
    if not isinstance(entry, dict) or not {"component", "provenance"} <= set(entry) <= set(names):
        raise _WrongType(f"components: expected objects of {', '.join(names)}")
    for name, value in entry.items():
        _check(name, value, frozenset(("tracking_mode", "watts")))
    return ComponentBasis(**entry)


def _in_range(peer: Peer) -> Peer:
    """Check that scales can calculate with a peer's figures.

    Raises:
        ValueError: They cannot.
    """
    figures: Mapping[str, Any] = {name: getattr(peer, name) for name in _NUMBERS}
    for name, number in figures.items():
        if number is not None and not 0 <= number <= LARGEST:  # never for NaN
            kind = "a score" if name in ("value", "uncertainty") else name
            raise ValueError(f"{kind} of {brief(number)} is out of range")
    return peer


def parse_ai_energy_score(
    text: str,
    *,
    category: str,
    date: str,
    origin: str = "AI Energy Score",
    environment: str = AI_ENERGY_SCORE_ENVIRONMENT,
) -> tuple[Peer, ...]:
    """Parse a CSV of AI Energy Score (Hugging Face and others, 2025) as Wh per query.

    The energy covers only the GPUs, over 1,000 queries with batch size 1 on H100. Text generation
    is scored within size classes, so the class becomes part of the category. A row without a figure
    becomes a peer without a value.

    Args:
        text: CSV with the columns `model` and either `total_gpu_energy`, as in the leaderboard's
            data file (kWh per 1,000 queries = Wh per query), or `GPU Energy (Wh) per 1k tasks`, as
            in its exported table.
        category: The task, which the file does not contain.
        date: Date of the leaderboard, as in `2025-02`.
        origin: Where the figures come from.
        environment: Hardware and settings.

    Raises:
        ValueError: A column is missing, or a figure is not a number.
    """
    try:
        return tuple(_rows(csv.DictReader(io.StringIO(text)), category, date, origin, environment))
    except csv.Error as error:
        raise ValueError(f"AI Energy Score: not CSV: {error}") from None


def _rows(
    reader: csv.DictReader[str], category: str, date: str, origin: str, environment: str
) -> Iterator[Peer]:
    columns = {name.strip().casefold(): name for name in reader.fieldnames or ()}
    energy = next((name for name in _AI_ENERGY_SCORE_QUERIES if name in columns), None)
    if energy is None or "model" not in columns:
        raise ValueError(
            "AI Energy Score: expected the columns `model` and `total_gpu_energy` (Wh per query) "
            f"or `GPU Energy (Wh) per 1k tasks`, not {brief(', '.join(columns) or 'none')}"
        )
    size_class = next((columns[name] for name in _AI_ENERGY_SCORE_CLASSES if name in columns), "")
    for row in reader:
        total = _number(row[columns[energy]] or "", reader.line_num)
        value = None if total is None else total / _AI_ENERGY_SCORE_QUERIES[energy]
        model = (row[columns["model"]] or "").strip()
        try:
            without_claims(model)
        except ValueError as error:
            raise ValueError(f"AI Energy Score, line {reader.line_num}: {error}") from None
        if not model:
            raise ValueError(f"AI Energy Score, line {reader.line_num}: no model is named")
        label = (row.get(size_class) or "").strip()
        peer = Peer(
            model=model,
            value=value,
            unit=AI_ENERGY_SCORE_UNIT,
            category=f"{category}, class {label}" if label else category,
            phase="inference",
            boundary=AI_ENERGY_SCORE_BOUNDARY,
            origin=origin,
            environment=environment,
            date=date,
            protocol=None if (protocol := ai_energy_score(category)) is None else protocol.identity,
            components=AI_ENERGY_SCORE_COMPONENTS,
            energy_wh=value,
        )
        yield _in_range(peer)


def _number(text: str, line: int) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text.replace(",", ""))  # the exported table groups thousands
    except ValueError:
        raise ValueError(
            f"AI Energy Score, line {line}: {brief(repr(text))} is not a number"
        ) from None
