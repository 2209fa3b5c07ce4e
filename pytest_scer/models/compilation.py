"""What compiling with ``torch.compile`` used, apart from the work that needed it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from pytest_scer.core.measurement import Measurement, Reading, rest
from pytest_scer.models.libraries import loaded_module


@dataclass
class Compilations:
    """The compilations in a piece of work, in order.

    Attributes:
        spans: The readings before and after each.
    """

    spans: list[tuple[Reading, Reading]] = field(default_factory=list)

    def within(self, start: Reading, end: Reading) -> list[Measurement]:
        """What compiling used between two readings."""
        return [
            Measurement.between(before, after)
            for before, after in self.spans
            if start.time_s <= before.time_s and after.time_s <= end.time_s
        ]

    def work(self, start: Reading, end: Reading) -> Measurement:
        """What was used between two readings, without compiling."""
        left = Measurement.between(start, end)
        for compiling in self.within(start, end):
            left = rest(left, compiling)
        return left


@contextmanager
def compilations(
    read: Callable[[], Reading], done: Callable[[Reading, Reading], None] | None = None
) -> Iterator[Compilations]:
    """Watch for compilations by this thread while the block runs.

    Uses the callbacks of TorchDynamo (``torch._dynamo.callback``), which surround every compilation
    and recompilation. Where a version of torch has none, no compilation is seen. Of blocks within
    each other, only the innermost sees a compilation.

    Args:
        read: Takes a reading.
        done: Is called after each compilation, with the readings around it.
    """
    seen = Compilations()
    thread, started = threading.get_ident(), list[Reading]()

    def begin(*_: Any) -> None:
        if threading.get_ident() == thread:
            started[:] = [read()]

    def end(*_: Any) -> None:
        if threading.get_ident() != thread or not started:
            return
        span = started.pop(), read()
        seen.spans.append(span)
        if done is not None:
            done(*span)

    handler = (loaded_module("torch._dynamo.callback") or {}).get("callback_handler")
    with _innermost(handler, begin, end):
        yield seen


@contextmanager
def _innermost(
    handler: Any, begin: Callable[..., None], end: Callable[..., None]
) -> Iterator[None]:
    """Have these two called around each compilation, instead of those of a block around this."""
    outer: list[tuple[list[Any], Any]] = []
    is_known = False
    with suppress(Exception):  # no torch, or a version without callbacks
        outer = [
            (calls, own)
            for calls in (handler.start_callbacks, handler.end_callbacks)
            for own in calls
            if getattr(own, "__module__", None) == __name__
        ]
        for calls, own in outer:
            calls.remove(own)
        handler.register_start_callback(begin)
        handler.register_end_callback(end)
        is_known = True
    try:
        yield
    finally:
        if is_known:
            with suppress(Exception):
                handler.remove_start_callback(begin)
                handler.remove_end_callback(end)
        for calls, own in outer:
            calls.append(own)
