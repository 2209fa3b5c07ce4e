"""A call that runs several times, and the calls of models that it makes in each run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_scer.core.model_calls import ModelCall, median_call
from pytest_scer.core.sections import Runs


@dataclass(slots=True)
class RepeatedCall(Runs):
    """All runs of ``carbon(fn)``, of a call of a model, or of a variant.

    Attributes:
        model_calls: The calls of models in each run.
    """

    model_calls: list[list[ModelCall]] = field(default_factory=list)

    def median_model_calls(self) -> Iterator[ModelCall]:
        """Yield each call of a model once, as the median of the runs."""
        for calls in zip(*self.model_calls, strict=False):
            yield median_call(calls)
