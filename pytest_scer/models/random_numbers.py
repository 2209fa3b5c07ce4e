"""Extra runs of a model that leave torch's random numbers alone."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from pytest_scer.models.cuda import devices_in_use
from pytest_scer.models.libraries import function_of


def same_random_numbers() -> AbstractContextManager[Any]:
    """Afterwards torch draws the random numbers that it would have drawn before.

    Only the GPUs in use are asked for theirs: torch warns where it has to ask all of several.
    """
    fork = function_of("torch.random", "fork_rng")
    return nullcontext() if fork is None else fork(devices=list(devices_in_use()))
