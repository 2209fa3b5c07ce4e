"""Small networks on the CPU; torch on one thread, so that two cores are enough for two runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from planting import planted

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    """Three linear layers."""
    torch.manual_seed(0)
    layers = [torch.nn.Linear(256, 512), torch.nn.ReLU(), torch.nn.Linear(512, 64)]
    return torch.nn.Sequential(*layers).eval()


@pytest.mark.parametrize("rows", [1, 64, 4096])
def test_forward(network: torch.nn.Module, rows: int) -> None:
    data = torch.ones(rows, 256)

    def work() -> float:
        with torch.inference_mode():
            return float(sum(network(data).sum() for _ in range(6)))

    planted(work)


def test_training() -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(64, 128), torch.nn.Tanh(), torch.nn.Linear(128, 1)
    )
    data, wanted = torch.ones(256, 64), torch.zeros(256, 1)

    def work() -> float:
        # By hand: an optimizer imports a compiler first, which takes longer than the suite.
        weights = list(network.parameters())
        for _ in range(150):
            loss = torch.nn.functional.mse_loss(network(data), wanted)
            with torch.no_grad():
                for weight, slope in zip(weights, torch.autograd.grad(loss, weights), strict=True):
                    weight.sub_(0.01 * slope)
        return float(loss.detach())

    planted(work)


OPERATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "matmul": lambda square: square @ square,
    "softmax": lambda square: square.repeat(8, 1).softmax(dim=1),
    "sort": lambda square: square.sort(dim=1).values,
    "svd": lambda square: torch.linalg.svdvals(square[:160, :160]),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation(name: str) -> None:
    square = torch.rand(500, 500, generator=torch.Generator().manual_seed(0))
    planted(lambda: [OPERATIONS[name](square) for _ in range(8)])


def test_attention() -> None:
    queries = torch.rand(1, 8, 256, 64, generator=torch.Generator().manual_seed(0))
    attend = torch.nn.functional.scaled_dot_product_attention
    planted(lambda: [attend(queries, queries, queries) for _ in range(30)])
