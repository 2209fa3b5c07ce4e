"""Peer sets: which models may be compared, and where their figures come from."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Final

from pytest_scer.core.claims import without_claims
from pytest_scer.core.json_text import brief, parse_json
from pytest_scer.scoring.figure import Figure
from pytest_scer.scoring.rating import Rating, Scale

PEERS_VERSION = 1
LARGEST: Final = 1e60
"""The largest score of a peer: products of such numbers are finite."""

AI_ENERGY_SCORE_UNIT = "Wh per query"
AI_ENERGY_SCORE_BOUNDARY = "gpu"
AI_ENERGY_SCORE_ENVIRONMENT = "NVIDIA H100 80GB, batch size 1"

# The two columns differ by a factor of 1,000: the leaderboard's data file contains kWh per 1,000
# queries, which is Wh per query; the table that it displays and exports contains Wh per 1,000.
_AI_ENERGY_SCORE_QUERIES = {"total_gpu_energy": 1.0, "gpu energy (wh) per 1k tasks": 1000.0}
_AI_ENERGY_SCORE_CLASSES = ("class", "model class (only for text generation)")


@dataclass(frozen=True, slots=True)
class Peer:
    """A model's score, with everything that decides whether it may be compared with another.

    Attributes:
        model: Name of the model.
        value: The score, smaller is better; None if not measured.
        unit: Unit of the score, as in `gCO2eq per 1000 tokens` or `Wh per query`.
        category: The task (and size class) in which the model competes.
        phase: `training` or `inference`.
        boundary: What the figure covers, as in `cpu+gpu+ram` or `gpu`.
        origin: Where the figure comes from.
        environment: Hardware and settings of the measurement.
        date: Date of the measurement in ISO format.
        uncertainty: Half-width of the 95 % interval in the same unit; None if unknown.
    """

    model: str
    value: float | None
    unit: str
    category: str | None
    phase: str | None
    boundary: str
    origin: str
    environment: str
    date: str
    uncertainty: float | None = None

    def __post_init__(self) -> None:
        Figure(self.value, self.uncertainty)

    @property
    def figure(self) -> Figure:
        """The figure that a scale rates."""
        return Figure(self.value, self.uncertainty)


def mismatch(model: Peer, peer: Peer) -> str | None:
    """Why two scores may not be compared; None if they may."""
    for name in ("category", "unit", "phase", "boundary"):
        theirs, ours = getattr(peer, name), getattr(model, name)
        if theirs != ours:
            return f"{name} is {theirs or 'not stated'}, here {ours or 'not stated'}"
    return None


def rate(model: Peer, peers: Iterable[Peer], scale: Scale) -> Rating:
    """Rate a model among the peers that may be compared with it.

    Peers with another category, unit, phase or boundary are left out; a note gives their number
    and the reason. Entries with the model's own name are ignored.

    Args:
        model: The model to rate.
        peers: Candidates of any kind; may include the model itself.
        scale: The scale to rate on.
    """
    for name in ("category", "phase"):
        if not getattr(model, name):
            return Rating(None, scale.name, 0, f"no {name} is stated, so it has no peers")
    comparable: list[Peer] = []
    refused: Counter[str] = Counter()
    for peer in peers:
        if peer.model == model.model:
            continue
        if (why := mismatch(model, peer)) is None:
            comparable.append(peer)
        else:
            refused["another category" if peer.category != model.category else why] += 1
    rating = scale.rate(model.figure, [peer.figure for peer in comparable], model.unit)
    return replace(
        rating,
        notes=(*rating.notes, *_mixed_environments(model, comparable), *_refusals(refused)),
        peers=", ".join(sorted({peer.origin for peer in comparable})) or None,
        date=_date_range([model, *comparable]),
    )


def _mixed_environments(model: Peer, peers: Sequence[Peer]) -> tuple[str, ...]:
    others = sorted({peer.environment for peer in peers} - {model.environment})
    if not others:
        return ()
    return (f"measured in different environments: {model.environment}; {'; '.join(others)}",)


def _refusals(refused: Counter[str]) -> tuple[str, ...]:
    return tuple(f"not comparable, left out: {count} ({why})" for why, count in refused.items())


def _date_range(peers: Iterable[Peer]) -> str:
    dates = sorted({peer.date for peer in peers})
    return dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"


def newest(peers: Iterable[Peer]) -> tuple[Peer, ...]:
    """The latest entry of each model, so that several reports of one model count once."""
    latest: dict[tuple[str | None, ...], Peer] = {}
    for peer in sorted(peers, key=lambda peer: peer.date):
        key = (peer.model, peer.category, peer.unit, peer.phase, peer.boundary, peer.environment)
        latest[key] = peer
    return tuple(latest.values())


def peers_to_json(peers: Iterable[Peer]) -> str:
    """The content of a peers file, as JSON."""
    entries = [asdict(peer) for peer in peers]
    return json.dumps({"peers_version": PEERS_VERSION, "peers": entries}, indent=2) + "\n"


def parse_peers(text: str, *, category: str, origin: str, date: str) -> tuple[Peer, ...]:
    """Parse a peers file: this project's JSON, or a CSV of AI Energy Score.

    Args:
        text: The content of the file.
        category: Category of the entries of a CSV, which does not name its task.
        origin: Origin of the entries of a CSV.
        date: Date of the entries of a CSV.

    Raises:
        ValueError: The text is neither, or an entry is invalid; the message names the entry and
            the expected value.
    """
    if text.lstrip().startswith("{"):
        return _parse_json(text)
    return parse_ai_energy_score(text, category=category, origin=origin, date=date)


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
    for name, value in entry.items():
        number = name in ("value", "uncertainty")
        optional = number or name in ("category", "phase")
        # In Python, a bool is an int, but it is not a figure.
        right = type(value) in (int, float) if number else isinstance(value, str)
        if not (right or (optional and value is None)):
            expected = "a number" if number else "a string"
            raise ValueError(
                f"peers[{index}].{name}: expected {expected}, not {brief(repr(value))}"
            )
    try:
        for text in entry.values():
            without_claims(text if isinstance(text, str) else "")
        return _in_range(Peer(**entry))
    except (TypeError, ValueError) as error:
        raise ValueError(f"peers[{index}]: {error}") from error


def _in_range(peer: Peer) -> Peer:
    """Check that scales can calculate with a peer's figures.

    Raises:
        ValueError: They cannot.
    """
    for number in (peer.value, peer.uncertainty):
        if number is not None and number > LARGEST:
            raise ValueError(f"a score of {brief(number)} is out of range")
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
        model = (row[columns["model"]] or "").strip()
        if not model:
            raise ValueError(f"AI Energy Score, line {reader.line_num}: no model is named")
        label = (row.get(size_class) or "").strip()
        peer = Peer(
            model=model,
            value=None if total is None else total / _AI_ENERGY_SCORE_QUERIES[energy],
            unit=AI_ENERGY_SCORE_UNIT,
            category=f"{category}, class {label}" if label else category,
            phase="inference",
            boundary=AI_ENERGY_SCORE_BOUNDARY,
            origin=origin,
            environment=environment,
            date=date,
        )
        try:
            without_claims(peer.model)
        except ValueError as error:
            raise ValueError(f"AI Energy Score, line {reader.line_num}: {error}") from None
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
