"""The figures of calls of models, as text: the same columns for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.model_calls import INFERENCE, REQUEST, TEXT, ModelCall
from pytest_scer.core.units import counted
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Report

_MEMORY: Final = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


@dataclass(frozen=True)
class Figures:
    """A column of figures.

    Attributes:
        header: Its header.
        cells: Its cells, one per call; ``-`` where there is no figure.
        rank: How soon it may be left out: 0 for never, the highest first.
    """

    header: str
    cells: Sequence[str]
    rank: int

    @property
    def is_known(self) -> bool:
        """Whether any call has a figure."""
        return any(cell != "-" for cell in self.cells)


def calls_of(report: Report) -> list[tuple[str, ModelCall]]:
    """The calls of a report with the node IDs of their tests, the most expensive first."""
    made = [
        (test.nodeid, call) for test in last_attempts(report.tests) for call in test.model_calls
    ]
    return sorted(made, key=lambda row: -row[1].measurement.known_j)


def figures(calls: Sequence[ModelCall], digits: int) -> list[Figures]:
    """The columns that any of the calls has figures for, at least the first.

    Args:
        calls: The calls.
        digits: How many digits energies deserve.
    """

    def joules(values: list[float | None]) -> list[str]:
        return units.in_one_unit(values, "J", digits=digits)

    first_s = [call.time_to_first_token_s for call in calls]
    columns = [
        Figures("per token", joules([call.j_per_token for call in calls]), 0),
        Figures("per request", joules([_j_per_request(call) for call in calls]), 1),
        Figures("prompt token", joules([call.j_per_prompt_token for call in calls]), 3),
        Figures("tokens/s", [_rate(call.tokens_per_s) for call in calls], 1),
        Figures("to first", units.in_one_unit(first_s, "s", digits=2), 2),
        Figures("batch", [_number(call.facts.batch) for call in calls], 2),
        Figures("context", [_number(call.facts.context) for call in calls], 4),
        Figures("first call", joules([_first_call_j(call) for call in calls]), 5),
        Figures("memory", [_memory(call) for call in calls], 6),
        Figures("dtype", [call.facts.dtype or "-" for call in calls], 7),
        Figures("device", [call.facts.device or "-" for call in calls], 7),
        Figures("attention", [call.facts.attention or "-" for call in calls], 8),
        Figures("strategy", [call.facts.strategy or "-" for call in calls], 8),
        Figures("parameters", [_number(call.facts.parameters) for call in calls], 8),
        Figures("per GFLOP", joules([_j_per_gflop(call) for call in calls]), 6),
    ]
    return [column for column in columns if column.is_known] or columns[:1]


def runs(call: ModelCall) -> str:
    """How many runs the figures of a call are the median of, behind its name."""
    return "" if call.runs == 1 else f" ({counted(call.runs, 'run')})"


def problems(calls: Iterable[ModelCall]) -> list[str]:
    """Why nothing was counted in some calls, each reason once."""
    return list(dict.fromkeys(call.problem for call in calls if call.problem))


def _j_per_request(call: ModelCall) -> float | None:
    """Joules of a request, or of a text or an inference."""
    for unit in (REQUEST, TEXT, INFERENCE):
        count = call.units.get(unit)
        if count and call.measurement.complete:
            return call.measurement.known_j / count
    return None


def _j_per_gflop(call: ModelCall) -> float | None:
    each = call.j_per_flop
    return None if each is None else 1e9 * each


def _rate(value: float | None) -> str:
    return "-" if value is None else units.significant(value, 3) if value < 1e5 else f"{value:.2g}"


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _first_call_j(call: ModelCall) -> float | None:
    first = call.first_call
    return None if first is None or not first.complete else first.known_j


def _memory(call: ModelCall) -> str:
    peak = call.facts.peak_memory
    on_gpus = sum(size for device, size in peak.items() if device != "cpu")
    total = on_gpus or peak.get("cpu", 0)
    for size, name in _MEMORY:
        if total >= size:
            return f"{total / size:.3g} {name}"
    return "-"
