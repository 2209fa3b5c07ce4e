"""Convert calls of models to JSON and back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, fields
from typing import Any, Final

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.model_calls import ModelCall, ModelFacts

Json = dict[str, Any]

PARTS: Final = ("measurement", "prefill", "decode", "tokenization", "first_call")
"""The measurements of a call."""
DERIVED: Final = (
    "time_to_first_token_s",
    "tokens_per_s",
    "j_per_prompt_token",
    "j_per_token",
    "decode_j_per_token",
    "j_per_request",
    "j_per_flop",
)
"""What is calculated from its measurements and units."""
COUNTS: Final = (
    "runs",
    "batches",
    "padding_tokens",
    "idle_tokens",
    "surplus_tokens",
    "shared_prefix_tokens",
)


def dump_call(call: ModelCall, dump: Callable[[Measurement | None], Json | None]) -> Json:
    """Convert a call to an entry of ``model_calls``.

    Args:
        call: The call.
        dump: Converts a measurement.
    """
    return {
        "task": call.task,
        **asdict(call.facts),
        "units": call.units,
        **{name: dump(getattr(call, name)) for name in PARTS},
        **{name: getattr(call, name) for name in COUNTS},
        **{name: getattr(call, name) for name in DERIVED},
        "problem": call.problem,
    }


def load_call(
    data: Json, load: Callable[..., Measurement | None], absent: Collection[str]
) -> ModelCall:
    """Read an entry of ``model_calls``.

    Args:
        data: The entry.
        load: Reads a measurement.
        absent: The components that the session did not have.
    """
    facts = ModelFacts(**{each.name: data[each.name] for each in fields(ModelFacts)})
    parts: dict[str, Any] = {name: load(data[name], absent) for name in PARTS}
    counts = {name: data[name] for name in COUNTS}
    return ModelCall(
        task=data["task"],
        units=data["units"],
        facts=facts,
        problem=data["problem"],
        **parts,
        **counts,
    )
