"""Small real models for the tests: built from a configuration, without a download."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    ByT5Tokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

# Bytes are tokens, so a hand count of a text is its bytes and the end token.
TOKENIZER: Any = ByT5Tokenizer(extra_ids=0)
ENDS = [TOKENIZER.eos_token_id, *range(40, 100)]
"""Many tokens end a sequence, so that untrained models end some."""
torch.set_num_threads(1)  # two threads wait for each other longer than these models compute
SIZE: dict[str, Any] = {
    "vocab_size": len(TOKENIZER),
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": 1,
}


@cache
def gpt2(seed: int = 0) -> Any:
    """A decoder."""
    torch.manual_seed(seed)
    config = GPT2Config(n_positions=256, n_layer=1, n_head=2, n_embd=16, **SIZE)
    return GPT2LMHeadModel(config).eval()


@cache
def llama() -> Any:
    """A decoder that supports static caches."""
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=256,
        **SIZE,
    )
    return LlamaForCausalLM(config).eval()


@cache
def t5(seed: int = 0) -> Any:
    """An encoder with a decoder."""
    torch.manual_seed(seed)
    config = T5Config(
        d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, decoder_start_token_id=0, **SIZE
    )
    return T5ForConditionalGeneration(config).eval()


@cache
def classifier() -> Any:
    """An encoder with two classes."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(TOKENIZER),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
    )
    return BertForSequenceClassification(config).eval()


def bert() -> Any:
    """An encoder."""
    return classifier().bert


def chat_tokenizer() -> Any:
    """A tokenizer with a chat template."""
    tokenizer: Any = ByT5Tokenizer(extra_ids=0)
    tokenizer.chat_template = (
        "{% for message in messages %}{{ message.role[0] }}:{{ message.content }};{% endfor %}"
        "{% if add_generation_prompt %}a:{% endif %}"
    )
    return tokenizer
