"""Compare full precision with int8: what does quantization save, and what does it change?"""

from __future__ import annotations

import pytest
import torch

from pytest_scer.carbon import Carbon

from .encoder import Encoder
from .test_embedding import HANDBOOK, QUESTIONS

# Large enough that the model's work outweighs Python's overhead, as in production.
BATCH = (*HANDBOOK, *QUESTIONS) * 2

pytestmark = pytest.mark.scer(phase="inference")


@pytest.fixture(scope="module")
def int8_encoder(encoder: Encoder) -> Encoder:
    """Quantize the encoder once for this file; its cost is measured separately from the tests."""
    return encoder.quantized()


@pytest.mark.parametrize(
    "fixture",
    [
        pytest.param("encoder", id="float32", marks=pytest.mark.scer(model="MiniLM-float32")),
        pytest.param(
            "int8_encoder",
            id="int8",
            marks=pytest.mark.scer("0.25 mgCO2e per text", model="MiniLM-int8"),
        ),
    ],
)
@pytest.mark.scer("0.6 mgCO2e per text", category="sentence-embedding", repeats=5)
def test_embedding(carbon: Carbon, fixture: str, request: pytest.FixtureRequest) -> None:
    """Run one workload on two models of one category and unit, so the report can rate them.

    The budget of a parameter set overrides the function's: int8 must be cheaper.
    """
    encoder: Encoder = request.getfixturevalue(fixture)
    vectors = carbon.embed(encoder.embed, encoder.tokenizer, BATCH)
    assert torch.isfinite(vectors).all()


@pytest.mark.scer("60 J")
def test_int8_agrees_for_less_energy(
    carbon: Carbon, encoder: Encoder, int8_encoder: Encoder
) -> None:
    """Compare two variants in turn, so that other load on the machine affects both alike.

    The report has a table with the ratio, its interval and the quality. Quality is the smallest
    cosine between a sentence's vector and that of full precision.
    """
    expected = encoder.embed(BATCH)
    compared = carbon.compare(
        {"float32": encoder.embed, "int8": int8_encoder.embed},
        BATCH,
        units={"sentences": len(BATCH)},
        quality=lambda vectors: float((vectors * expected).sum(dim=1).min()),
        repeats=10,
    )
    assert compared["int8", "float32"] < 0.9

    actual = compared.results["int8"]
    assert (expected * actual).sum(dim=1).min() > 0.85, "each vector points where it did"
    questions, handbook = actual[len(HANDBOOK) :], actual[: len(HANDBOOK)]
    best = (questions[: len(QUESTIONS)] @ handbook.T).argmax(dim=1)
    assert [HANDBOOK[int(index)] for index in best] == list(QUESTIONS.values())
