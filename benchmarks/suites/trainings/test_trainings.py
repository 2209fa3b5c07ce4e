"""One real training; the environment says which."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import torch

from pytest_scer.carbon import Carbon

NUMBER, EPOCHS = int(os.environ.get("TRAINING", "0")), int(os.environ.get("EPOCHS", "20"))
torch.set_num_threads(1)


def tabular() -> tuple[Any, Any, Callable[[Any, Any], Any]]:
    inputs = torch.randn(8000, 64)
    labels = (inputs[:, :8].sum(dim=1) > 0).long()
    model = torch.nn.Sequential(
        torch.nn.Linear(64, 512), torch.nn.ReLU(), torch.nn.Linear(512, 512), torch.nn.ReLU(),
        torch.nn.Linear(512, 2),
    )  # fmt: skip
    return model, torch.utils.data.TensorDataset(inputs, labels), _classified(model)


def images() -> tuple[Any, Any, Callable[[Any, Any], Any]]:
    inputs = torch.randn(600, 1, 24, 24)
    labels = (inputs.mean(dim=(1, 2, 3)) > 0).long()
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(16, 32, 3), torch.nn.ReLU(), torch.nn.Flatten(),
        torch.nn.Linear(32 * 9 * 9, 2),
    )  # fmt: skip
    return model, torch.utils.data.TensorDataset(inputs, labels), _classified(model)


def text() -> tuple[Any, Any, Callable[[Any, Any], Any]]:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(vocab_size=128, n_positions=32, n_layer=2, n_head=4, n_embd=96)
    model = GPT2LMHeadModel(config)
    tokens = torch.randint(0, 128, (192, 32))
    data = torch.utils.data.TensorDataset(tokens, tokens)
    return model, data, lambda ids, labels: model(input_ids=ids, labels=labels).loss


def _classified(model: Any) -> Callable[[Any, Any], Any]:
    return lambda inputs, labels: torch.nn.functional.cross_entropy(model(inputs), labels)


MADE = (tabular, images, text)


@pytest.mark.scer(phase="training")
@pytest.mark.parametrize("make", [MADE[NUMBER % len(MADE)]])
def test_training(carbon: Carbon, make: Callable[[], Any]) -> None:
    torch.manual_seed(NUMBER)
    model, data, loss_of = make()
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    loader = torch.utils.data.DataLoader(data, batch_size=32, shuffle=True)
    with carbon.training(epochs=EPOCHS) as run:
        for _ in run:
            for inputs, labels in run.batches(loader):
                loss = loss_of(inputs, labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            with run.evaluation(), torch.inference_mode():
                run.log(loss=float(loss_of(*data[:64])))
