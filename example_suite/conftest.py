"""Settings and models that the whole suite shares."""

from __future__ import annotations

import os

import pytest
import torch

# transformers reads this once, so it is set before a test module imports transformers. Every model
# here is installed from PyPI or built by the tests; a test that tries to download one must fail.
os.environ["HF_HUB_OFFLINE"] = "1"

from .encoder import Encoder

# Two threads spin while they wait for each other. If another process takes a core, that waiting is
# charged to the test: up to ten times the CPU time was measured for the same training.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Give every test the same random numbers, regardless of which tests ran before it."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """Load MiniLM once: it has its own row in the report and is in no test's figure."""
    return Encoder.pretrained()
