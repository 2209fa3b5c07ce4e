"""The language models under test: GPT-2's architecture, small enough to train within seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from transformers import ByT5Tokenizer, GPT2Config, GPT2LMHeadModel

# Each token is a byte of UTF-8, so this tokenizer has no vocabulary to download.
TOKENIZER: Any = ByT5Tokenizer(extra_ids=0)


@dataclass(frozen=True)
class Size:
    """The size of a model, and its name in the report."""

    name: str
    layers: int
    heads: int
    width: int

    def build(self) -> Any:
        """Build a model of this size with random weights; without dropout, so it can memorize."""
        return GPT2LMHeadModel(
            GPT2Config(
                vocab_size=len(TOKENIZER),
                n_positions=64,
                n_layer=self.layers,
                n_head=self.heads,
                n_embd=self.width,
                bos_token_id=TOKENIZER.eos_token_id,
                eos_token_id=TOKENIZER.eos_token_id,
                pad_token_id=TOKENIZER.pad_token_id,
                resid_pdrop=0.0,
                embd_pdrop=0.0,
                attn_pdrop=0.0,
            )
        )


@dataclass(frozen=True)
class Training:
    """The result of a training run: the model, the loss of each step, and the tokens read."""

    model: Any
    losses: list[float]
    tokens: int


def train(model: Any, sentences: list[str], steps: int = 100) -> Training:
    """Train a model on all the sentences in each step."""
    batch = TOKENIZER(sentences, padding=True, return_tensors="pt")
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)  # -100: no loss
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    losses = []
    model.train()
    for _ in range(steps):
        loss = model(**batch, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        losses.append(loss.item())
    return Training(model.eval(), losses, tokens=steps * int(batch["attention_mask"].sum()))


def encode(prompt: str) -> dict[str, torch.Tensor]:
    """Return the model inputs for the start of a sentence."""
    return dict(TOKENIZER(prompt, add_special_tokens=False, return_tensors="pt"))


def decode(tokens: torch.Tensor) -> str:
    """Return the text of a row of tokens, up to its end."""
    return str(TOKENIZER.decode(tokens, skip_special_tokens=True))
