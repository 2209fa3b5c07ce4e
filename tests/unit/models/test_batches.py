"""What a batch holds, whatever library it comes from."""

from __future__ import annotations

import math
from typing import Any, NoReturn
from unittest.mock import MagicMock

import numpy as np
import pytest

from pytest_scer.models.batches import counts_of, total_counts

IDS = np.ones((2, 5))
MASK = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])


class Hostile:
    """Raises whatever it is asked."""

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError(name)


@pytest.mark.parametrize(
    ("batch", "counts"),
    [
        (IDS, {"samples": 2}),
        ((IDS, np.ones(2)), {"samples": 2}),
        ([("a", "b"), np.ones(3)], {"samples": 3}),
        ({"input_ids": IDS, "attention_mask": MASK}, {"samples": 2, "tokens": 8}),
        ({"input_ids": IDS}, {"samples": 2, "tokens": 10}),
        ({"pixels": np.ones((4, 3, 8, 8))}, {"samples": 4}),
        ({"input_ids": np.ones(5)}, {"samples": 5}),
        (3, {}),
        ("text", {}),
        (None, {}),
        ([[[[IDS]]]], {}),
        (np.float64(3), {}),
    ],
)
def test_samples_and_tokens(batch: Any, counts: dict[str, float]) -> None:
    assert counts_of(batch) == counts


def test_sums_are_numbers_or_left_out() -> None:
    counts = {"samples": np.int64(3), "tokens": "many", "steps": math.nan, "images": -1}
    assert total_counts(counts) == {"samples": 3}


def test_objects_of_any_kind() -> None:
    assert counts_of(Hostile()) == {}
    assert counts_of(MagicMock()) == {}
