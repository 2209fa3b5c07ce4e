"""Train a GPT-2 in three sizes, then generate text with it.

Training and inference are two phases, and the report rates them separately. The sizes share one
category and one functional unit, the token, so the report can compare their cost per token.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

from pytest_scer.carbon import Carbon

from .language_model import TOKENIZER, Size, decode, encode, train

SIZES = (
    Size("gpt2-xs", layers=1, heads=2, width=64),
    Size("gpt2-s", layers=2, heads=4, width=128),
    Size("gpt2-m", layers=4, heads=8, width=256),
)
TIMETABLE = [
    "The ferry leaves the harbour at nine.",
    "The night train leaves the station at ten.",
    "The last bus leaves the village at noon.",
    "The museum opens its doors at eight.",
]
PROMPT, SENTENCE = "The night train", TIMETABLE[1]

# The marker of each parameter set names the model and merges with the function's and module's.
pytestmark = [
    pytest.mark.scer(category="text-generation"),
    pytest.mark.parametrize(
        "size",
        [
            pytest.param(size, id=size.name, marks=pytest.mark.scer(model=size.name))
            for size in SIZES
        ],
    ),
]


@pytest.fixture(scope="module")
def checkpoints() -> dict[Size, Any]:
    """Collect the trained model of each size from the training tests."""
    return {}


@pytest.fixture
def model(size: Size, checkpoints: dict[Size, Any]) -> Any:
    """Return a trained model; train it now if its training test has not run here (`-k`, `-n 2`).

    Such training is part of the test's setup. The budget is unaffected, because it reads the call.
    """
    if size not in checkpoints:
        checkpoints[size] = train(size.build(), TIMETABLE).model
    return checkpoints[size]


@pytest.mark.scer("60 mgCO2e per 1000 tokens", phase="training")
def test_training_learns_the_timetable(
    carbon: Carbon, size: Size, checkpoints: dict[Size, Any]
) -> None:
    """Train once, without `carbon(...)`, so that the budget reads the whole test."""
    training = train(size.build(), TIMETABLE)
    carbon.count(tokens=training.tokens)
    assert training.losses[-1] < training.losses[0] / 10
    checkpoints[size] = training.model


@pytest.mark.scer("0.6 mgCO2e per token", "5 J per token", phase="inference", repeats=5)
def test_generating_completes_the_sentence(carbon: Carbon, model: Any) -> None:
    """Budget per generated token: `carbon.generate` counts them, and returns what `generate` does.

    The end token counts. The prompt does not; its tokens are counted as `prompt_token`.
    """
    tokens = carbon.generate(model, TOKENIZER, encode(PROMPT), max_new_tokens=48, do_sample=False)
    assert decode(tokens[0]) == SENTENCE


@pytest.mark.scer(phase="inference")
def test_prefill_and_decode(carbon: Carbon, model: Any) -> None:
    """Look at the two halves of generation: read the prompt at once, then write token by token.

    With `complete=`, the report says what was generated after the answer was complete.
    """
    carbon.generate(
        model,
        TOKENIZER,
        encode(PROMPT),
        max_new_tokens=48,
        do_sample=False,
        complete=lambda text: text.endswith("."),
    )
    call = carbon.model_calls[-1]
    assert call.prefill is not None
    assert call.decode is not None
    assert (call.prefill.total_j or 0.0) < 20
    assert (call.decode_j_per_token or 0.0) < 5
    assert call.surplus_tokens == 0


@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.scer(phase="inference")
def test_generating_in_batches(carbon: Carbon, model: Any, batch: int) -> None:
    """Generate for one request and for eight: the report compares the costs per token."""
    prompts = [encode(PROMPT)["input_ids"][0]] * batch
    tokens = carbon.generate(
        model, TOKENIZER, torch.stack(prompts), max_new_tokens=48, do_sample=False
    )
    assert {decode(row) for row in tokens} == {SENTENCE}
