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
    """Budget per generated token, including the end token but not the prompt."""
    prompt = encode(PROMPT)
    tokens = carbon(model.generate, **prompt, max_new_tokens=48, do_sample=False)
    carbon.count(tokens=tokens.shape[-1] - prompt["input_ids"].shape[-1])
    assert decode(tokens[0]) == SENTENCE


@pytest.mark.scer(phase="inference")
def test_prefill_and_decode(carbon: Carbon, model: Any) -> None:
    """Measure the two halves of generation: read the prompt at once, then write token by token.

    You can assert on a section's joules, grams and seconds.
    """
    prompt = encode(PROMPT)
    written: list[int] = []
    with torch.inference_mode():
        with carbon.measure("prefill") as prefill:
            step = model(**prompt, use_cache=True)
            carbon.count(prompt_tokens=prompt["input_ids"].shape[-1])
        with carbon.measure("decode") as decoding:
            while (token := int(step.logits[0, -1].argmax())) != TOKENIZER.eos_token_id:
                written.append(token)
                step = model(
                    input_ids=torch.tensor([[token]]),
                    past_key_values=step.past_key_values,
                    use_cache=True,
                )
            carbon.count(tokens=len(written))
    assert PROMPT + decode(torch.tensor(written)) == SENTENCE
    assert prefill.energy.total < 20
    assert decoding.energy.total / len(written) < 5
