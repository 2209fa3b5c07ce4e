"""Count the floating-point operations of a call, with PyTorch's own counter."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from pytest_scer.models.libraries import MISSING, loaded_module
from pytest_scer.models.random_numbers import same_random_numbers


def flops_of(fn: Callable[[], Any]) -> int:
    """Run a call under ``torch.utils.flop_counter.FlopCounterMode`` and return what it counted.

    It counts matrix products, convolutions and attention, a multiply and an add as two operations.
    The counter sees every operation from Python, so a call under it costs more than without: what
    it counts belongs to the call, what it costs does not. Random numbers are afterwards as before.

    Args:
        fn: The call.

    Raises:
        RuntimeError: torch is not loaded.
    """
    if loaded_module("torch") is None:
        raise RuntimeError(MISSING.format("counting FLOPs", "torch"))
    counter = import_module("torch.utils.flop_counter").FlopCounterMode(display=False)
    with same_random_numbers(), counter:
        fn()
    return int(counter.get_total_flops())
