"""Sweep over a parameter: which batch size needs the least energy per token?"""

from __future__ import annotations

import pytest
import torch

from pytest_scer.carbon import Carbon

from .language_model import TOKENIZER, Size, encode


@pytest.mark.scer("40 J", phase="inference", category="text-generation", model="gpt2-untrained")
def test_larger_batches_cost_less_per_token(carbon: Carbon) -> None:
    """Generate with batches of 1 to 8 in turn, and compare joules per generated token.

    The weights of the model are read once per step, however many sequences it writes. Costs are per
    generated token, because `carbon.generate` counts them.
    """
    torch.manual_seed(0)
    model = Size("gpt2-untrained", layers=2, heads=4, width=128).build().eval()
    prompt = encode("The night train")

    def generate(batch: int) -> None:
        inputs = {name: tensor.repeat(batch, 1) for name, tensor in prompt.items()}
        carbon.generate(
            model, TOKENIZER, inputs, min_new_tokens=16, max_new_tokens=16, do_sample=False
        )

    curve = carbon.sweep(generate, batch=[1, 2, 4, 8], repeats=5)
    assert curve.cheapest is not None
    assert curve.cheapest["batch"] > 1
    assert curve.points[0].ratio > 1.2, "a batch of one costs clearly more per token"
