"""A GPT-2 in three sizes: trained on the spot, then generating.

Training and inference are two phases, which the report rates apart. The sizes share one category
and one functional unit, the token, so that the report can say which gives a token for least.
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

# The marker of a parameter names the model; it is merged with the markers of function and module.
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
    """The trained model of each size, as far as the training tests have come."""
    return {}


@pytest.fixture
def model(size: Size, checkpoints: dict[Size, Any]) -> Any:
    """A trained model. If its training test has not run here (`-k`, `-n 2`), it is trained now.

    That is the setup of the test that asks; its budget, which reads the call, is untouched by it.
    """
    if size not in checkpoints:
        checkpoints[size] = train(size.build(), TIMETABLE).model
    return checkpoints[size]


@pytest.mark.scer("60 mgCO2e per 1000 tokens", phase="training")
def test_training_learns_the_timetable(
    carbon: Carbon, size: Size, checkpoints: dict[Size, Any]
) -> None:
    """Training runs once, so it is not given to `carbon(...)`: the budget reads the whole test."""
    training = train(size.build(), TIMETABLE)
    carbon.count(tokens=training.tokens)
    assert training.losses[-1] < training.losses[0] / 10
    checkpoints[size] = training.model


@pytest.mark.scer("0.6 mgCO2e per token", "5 J per token", phase="inference", repeats=5)
def test_generating_completes_the_sentence(carbon: Carbon, model: Any) -> None:
    """Per generated token, the one that ends the sentence included and the prompt left out."""
    prompt = encode(PROMPT)
    tokens = carbon(model.generate, **prompt, max_new_tokens=48, do_sample=False)
    carbon.count(tokens=tokens.shape[-1] - prompt["input_ids"].shape[-1])
    assert decode(tokens[0]) == SENTENCE


@pytest.mark.scer(phase="inference")
def test_prefill_and_decode(carbon: Carbon, model: Any) -> None:
    """The two halves of generation: reading the prompt at once, then writing token by token.

    Sections are open to assertions of your own: joules, grams and seconds.
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
