"""A call that runs several times, and the calls of models that it makes in each run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

from pytest_scer.core.sections import Runs

if TYPE_CHECKING:  # what only some tests use
    from pytest_scer.core.model_calls import ModelCall


@dataclass(slots=True)
class RepeatedCall(Runs):
    """All runs of ``carbon(fn)``, of a call of a model, or of a variant.

    Attributes:
        model_calls: The calls of models in each run.
    """

    model_calls: list[list[ModelCall]] = field(default_factory=list)

    def median_model_calls(self) -> Iterator[ModelCall]:
        """Yield each call of a model once, as the median of the runs that made it."""
        if not any(self.model_calls):
            return
        from pytest_scer.core.model_calls import median_call

        for calls in zip_longest(*self.model_calls):
            yield median_call([call for call in calls if call is not None])
