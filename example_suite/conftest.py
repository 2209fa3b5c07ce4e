"""Settings and models that the whole suite shares."""

from __future__ import annotations

import os

import pytest
import torch

# Before a test module imports transformers, which reads it once: every model here is installed
# from PyPI or made on the spot, and a test that tries to download one shall fail.
os.environ["HF_HUB_OFFLINE"] = "1"

from .encoder import Encoder

# One thread: two that wait for each other spin, and when something else takes a core, that waiting
# is billed to the test. Measured: up to ten times the CPU time for the same training.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def seeded() -> None:
    """The same random numbers for every test, whichever tests ran before it."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """MiniLM, loaded once: a row of its own in the report, and in no test's figure."""
    return Encoder.pretrained()
