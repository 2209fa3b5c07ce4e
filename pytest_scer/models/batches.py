"""What a batch of training data holds, as far as its form shows it; works with any library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

_MOST_NESTED: Final = 3
"""How deep a batch is searched for its first array."""


def counts_of(batch: Any) -> dict[str, Any]:
    """Return the samples and tokens of a batch; nothing that its form does not show.

    ``samples`` is the length of the first array in it. ``tokens`` is the sum of ``attention_mask``,
    without padding, or the size of ``input_ids`` if there is no mask. They are numbers, or arrays
    of one number, which may still be calculated on a device.
    """
    try:
        return _counts(batch)
    except Exception:  # objects of any kind come out of data loaders
        return {}


def total_counts(counts: Mapping[str, Any]) -> dict[str, float]:
    """Read sums of such counts; waits for the device that calculates them."""
    total = {}
    for unit, count in counts.items():
        with suppress(Exception):  # what a library of any kind returned for a sum
            total[unit] = float(count)
    return {unit: count for unit, count in total.items() if 0 <= count < math.inf}


def _counts(batch: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    shape = _shape(batch)
    if shape:
        found["samples"] = int(shape[0])
    if isinstance(batch, Mapping) or hasattr(batch, "keys"):
        mask, ids = _get(batch, "attention_mask"), _get(batch, "input_ids")
        if len(getattr(mask, "shape", ())) == 2:
            found["tokens"] = mask.sum()
        elif len(getattr(ids, "shape", ())) == 2:
            found["tokens"] = int(ids.shape[0]) * int(ids.shape[1])
    return found


def _get(batch: Any, name: str) -> Any:
    return batch[name] if name in batch else None  # noqa: SIM401 - not all of them have get()


def _shape(batch: Any, depth: int = 0) -> Sequence[int]:
    """The shape of the first array in a batch; empty if there is none."""
    shape = getattr(batch, "shape", None)
    if isinstance(shape, Sequence):
        return shape
    if depth == _MOST_NESTED or isinstance(batch, str | bytes):
        return ()
    parts: Any = batch
    if hasattr(batch, "values"):
        parts = batch.values()
    elif not isinstance(batch, list | tuple):
        return ()
    return next((found for part in parts if (found := _shape(part, depth + 1))), ())
