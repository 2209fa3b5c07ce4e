"""Train a small GPT-2: after each epoch, the cost of the whole training is predicted.

`stop_after` ends a training that costs more than expected before it has used everything.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader

from pytest_scer.carbon import Carbon

from .language_model import TOKENIZER, Size

SENTENCES = [
    f"The {vehicle} leaves the {place} at {hour}."
    for vehicle in ("ferry", "bus", "train")
    for place in ("harbour", "station", "village", "museum")
    for hour in ("eight", "nine", "noon")
]
EPOCHS = 8

pytestmark = pytest.mark.scer(phase="training", category="text-generation", model="gpt2-xs")


def batches() -> DataLoader[Any]:
    """Return the sentences in batches, in another order each epoch."""
    return DataLoader(
        SENTENCES,
        batch_size=6,
        shuffle=True,
        collate_fn=lambda texts: TOKENIZER(texts, padding=True, return_tensors="pt"),
    )


def loss_of(model: Any, batch: Any) -> torch.Tensor:
    """Return the mean loss of the batch's tokens, without padding."""
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    loss: torch.Tensor = model(**batch, labels=labels).loss
    return loss


@pytest.mark.scer("60 mgCO2e per 1000 tokens", "300 J per epoch")
def test_training_learns_within_its_budget(carbon: Carbon) -> None:
    """Measure epochs, steps, samples and tokens, and predict the cost of the whole training."""
    model = Size("gpt2-xs", layers=1, heads=2, width=64).build()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    loader = batches()
    with carbon.training(epochs=EPOCHS, metric="loss < 1.0", stop_after="1 gCO2e") as run:
        for _ in run:
            for batch in run.batches(loader):
                loss = loss_of(model, batch)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            with run.evaluation(), torch.inference_mode():
                run.log(loss=float(loss_of(model, next(iter(loader)))))

    assert run.reached is not None, "the loss was never under 1.0"
    after_three = run.predictions[2]
    assert after_three is not None
    assert after_three.energy.low <= after_three.energy.value <= after_three.energy.high


@pytest.mark.scer("300 J per epoch")
def test_training_stops_when_its_energy_is_used_up(carbon: Carbon) -> None:
    """Stop a training that would cost far more than is left for it; the test gets a warning.

    A budget of the whole test would not be checked: a part of the work shows too little.
    """
    model = Size("gpt2-xs", layers=1, heads=2, width=64).build()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    loader = batches()

    def train() -> float:
        with carbon.training(epochs=1000, stop_after="5 J") as run:
            for _ in run:
                for batch in run.batches(loader):
                    loss_of(model, batch).backward()
                    optimizer.step()
                    optimizer.zero_grad()
        return run.record.done

    with pytest.warns(UserWarning, match="Training stopped"):
        assert train() < 1000
