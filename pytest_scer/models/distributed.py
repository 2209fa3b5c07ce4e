"""Processes that train one model together with ``torch.distributed``, and what each used."""

from __future__ import annotations

import os
from typing import Any, TypeVar

from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.models.libraries import function_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Group:
    """The processes that train together.

    Attributes:
        rank: Which of them this is, from 0.
        size: How many there are.
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def current(cls) -> Group:
        """The process group of ``torch.distributed``, if it is initialized; else this process."""
        is_initialized = function_of("torch.distributed", "is_initialized")
        get_rank = function_of("torch.distributed", "get_rank")
        get_world_size = function_of("torch.distributed", "get_world_size")
        if not (is_initialized and get_rank and get_world_size):
            return cls()
        try:
            return cls(get_rank(), get_world_size()) if is_initialized() else cls()
        except Exception:
            return cls()

    def gather(self, value: T) -> list[T] | None:
        """Return what all processes pass, in the order of their ranks; waits for all of them.

        None if the others' values are unknown, because the group is gone or failed.
        """
        if self.size == 1:
            return [value]
        all_gather: Any = function_of("torch.distributed", "all_gather_object")
        values: list[Any] = [None] * self.size
        try:
            all_gather(values, value)
        except Exception:
            return None
        return values


@dataclass(frozen=True, slots=True)
class Launch:
    """How ``torchrun`` started this process, as its environment says.

    Attributes:
        rank: Which of all processes this is, from 0.
        local: How many of them run on this host.
    """

    rank: int = 0
    local: int = 1

    @classmethod
    def current(cls) -> Launch:
        """The launch of this process; a single one if ``torchrun`` did not start it."""
        if "TORCHELASTIC_RUN_ID" not in os.environ:
            return cls()
        try:
            return cls(int(os.environ["RANK"]), max(int(os.environ["LOCAL_WORLD_SIZE"]), 1))
        except (KeyError, ValueError):
            return cls()
