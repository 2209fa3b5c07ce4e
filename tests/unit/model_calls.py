"""Calls of models with round figures, for the tests of what reads them."""

from __future__ import annotations

from typing import Any

from reports import entry, measured

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.model_calls import ModelCall, ModelFacts
from pytest_scer.report.model import TestEntry


def generation(
    prefill_j: float = 40.0,
    decode_j: float = 60.0,
    *,
    batch: int = 1,
    tokens: float = 100.0,
    prompt_tokens: float = 50.0,
    device: str = "cpu",
    **more: Any,
) -> ModelCall:
    """A generation of 10 s."""
    parts: dict[str, Measurement] = {
        "measurement": measured(prefill_j + decode_j),
        "prefill": measured(prefill_j, 2.0),
        "decode": measured(decode_j, 8.0),
    }
    return ModelCall(
        task="generation",
        units={"token": tokens, "request": float(batch), "prompt_token": prompt_tokens},
        facts=ModelFacts(
            architecture="GPT2LMHeadModel",
            parameters=7_000_000_000,
            dtype="float32",
            device=device,
            attention="sdpa",
            strategy="greedy_search",
            batch=batch,
            prompt_length=50,
            context=150,
            peak_memory={"cpu": 3 * 2**30},
        ),
        **{**parts, **more},
    )


def calling(*calls: ModelCall, name: str = "test_it") -> TestEntry:
    """A test that made these calls."""
    return entry("gpt2", measured(200.0), nodeid=f"t.py::{name}", model_calls=list(calls))
