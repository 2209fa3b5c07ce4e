"""Compare full precision with int8: what does quantization save, and what does it change?"""

from __future__ import annotations

from statistics import median

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


@pytest.mark.scer("600 J")
def test_int8_agrees_for_less_energy(
    carbon: Carbon, encoder: Encoder, int8_encoder: Encoder
) -> None:
    """Alternate two sections, so that other load on the machine affects both alike.

    The JSON report has the median run of each: int8 takes about half the energy here. The assertion
    compares CPU energy, because a constant such as the memory's depends more on other load.
    """
    full_j: list[float] = []
    int8_j: list[float] = []
    for _ in range(5):
        with carbon.measure("float32") as full:
            expected = encoder.embed(BATCH)
        full_j.append(full.energy.cpu or 0.0)
        with carbon.measure("int8") as int8:
            actual = int8_encoder.embed(BATCH)
        int8_j.append(int8.energy.cpu or 0.0)

    assert (expected * actual).sum(dim=1).min() > 0.85, "each vector points where it did"
    questions, handbook = actual[len(HANDBOOK) :], actual[: len(HANDBOOK)]
    best = (questions[: len(QUESTIONS)] @ handbook.T).argmax(dim=1)
    assert [HANDBOOK[int(index)] for index in best] == list(QUESTIONS.values())
    assert median(int8_j) < median(full_j)
