"""One session of the benchmark: two generations with the same model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    ByT5Tokenizer,
    GPT2Config,
    GPT2LMHeadModel,
)

torch.set_num_threads(1)
PROMPT = "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday. Monday, Tuesday,"


@pytest.fixture(scope="module")
def model_and_tokenizer() -> tuple[Any, Any]:
    """A GPT-2 with random weights, or Gemma as the example suite keeps it."""
    torch.manual_seed(0)
    if os.environ["MODEL"] == "gemma":
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = cache / "pytest-scer-example" / "gemma-3-270m"
        if not folder.exists():
            pytest.fail("run `pytest -m gemma example_suite` once: it unpacks the model")
        model = AutoModelForCausalLM.from_pretrained(folder).eval()
        return model, AutoTokenizer.from_pretrained(folder)
    tokenizer: Any = ByT5Tokenizer(extra_ids=0)
    config = GPT2Config(vocab_size=len(tokenizer), n_layer=6, n_head=6, n_embd=384, pad_token_id=0)
    return GPT2LMHeadModel(config).eval(), tokenizer


def test_generation(carbon: Any, model_and_tokenizer: tuple[Any, Any]) -> None:
    """Generate twice; all the tokens are wanted, so that calls have equal work."""
    prompts, tokens = [PROMPT] * int(os.environ["BATCH"]), int(os.environ["TOKENS"])
    for _ in range(2):
        carbon.generate(
            *model_and_tokenizer,
            prompts,
            do_sample=False,
            max_new_tokens=tokens,
            min_new_tokens=tokens,
        )
