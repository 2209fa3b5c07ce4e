"""Sentence embedding and semantic search with a real model, MiniLM.

These tests check correctness and cost together: an answer must be right and within budget.
`pytestmark` holds what all tests in the file share, and each test adds its own marker.
"""

from __future__ import annotations

import pytest
import torch

from pytest_scer.carbon import Carbon

from .encoder import Encoder

pytestmark = pytest.mark.scer(phase="inference", model="all-MiniLM-L6-v2")

HANDBOOK = (
    "You can pay by card, by bank transfer or in cash.",
    "Our shop opens at nine in the morning and closes at six.",
    "Parcels arrive within three working days.",
    "You may return any article within thirty days and get your money back.",
    "We delete your personal data as soon as you close your account.",
    "The guarantee on electrical devices lasts two years.",
    "Dogs are welcome on the ground floor.",
    "For group discounts, please write to our sales team.",
)
QUESTIONS = {
    "How long does shipping take?": "Parcels arrive within three working days.",
    "Do you accept credit cards?": "You can pay by card, by bank transfer or in cash.",
    "May I bring my puppy?": "Dogs are welcome on the ground floor.",
    "What happens to my information when I leave?": (
        "We delete your personal data as soon as you close your account."
    ),
}


def test_vectors_have_unit_length(encoder: Encoder) -> None:
    """A test that does not use the plugin: `scer_budgets` in `pytest.ini` sets its budget."""
    torch.testing.assert_close(encoder.embed(HANDBOOK).norm(dim=1), torch.ones(len(HANDBOOK)))


@pytest.mark.scer("8 mgCO2e", "60 J")
def test_a_paraphrase_is_nearer_than_another_topic(encoder: Encoder) -> None:
    """Stay within two budgets for the whole test, one in CO2e and one in energy."""
    sentence, paraphrase, other = encoder.embed(
        ["A man is eating food.", "A man eats something.", "The stock market fell sharply."]
    )
    assert sentence @ paraphrase > 0.6
    assert sentence @ other < 0.3


@pytest.mark.scer("0.6 mgCO2e per text", "0.4 J per token", repeats=5)
def test_embedding_the_handbook(carbon: Carbon, encoder: Encoder) -> None:
    """Use budgets per functional unit: `carbon.embed` counts the texts and their tokens.

    The budgets read the median run. Warm-up and repeats are only part of the test's energy.
    """
    vectors = carbon.embed(encoder.embed, encoder.tokenizer, HANDBOOK)
    assert vectors.shape == (len(HANDBOOK), 384)


@pytest.mark.scer("2 J per flop")
def test_operations_of_an_embedding(carbon: Carbon, encoder: Encoder) -> None:
    """Relate energy to work: `carbon.flops` counts operations with PyTorch's own counter."""
    carbon(encoder.embed, HANDBOOK)
    assert carbon.flops(encoder.embed, HANDBOOK) > 1e9


@pytest.mark.scer("2.5 mgCO2e per question", covers="all")
def test_search_finds_the_right_paragraph(carbon: Carbon, encoder: Encoder) -> None:
    """Charge setup and teardown too (`covers="all"`), but not the model that the session shares."""
    found = encoder.embed(list(QUESTIONS)) @ encoder.embed(HANDBOOK).T
    carbon.count(questions=len(QUESTIONS))
    answers = [HANDBOOK[int(best)] for best in found.argmax(dim=1)]
    assert dict(zip(QUESTIONS, answers, strict=True)) == QUESTIONS


def test_padding_changes_nothing(carbon: Carbon, encoder: Encoder) -> None:
    """Measure two parts of a test as sections, to compare their costs."""
    with carbon.measure("one batch"):
        together = encoder.embed(HANDBOOK)
    with carbon.measure("one by one"):
        alone = torch.cat([encoder.embed([sentence]) for sentence in HANDBOOK])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
