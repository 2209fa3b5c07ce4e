"""Run variants in turn, so that what the machine does meanwhile affects all of them alike."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pytest_scer.core.repeats import RepeatPlan
from pytest_scer.recording.progress import Progress
from pytest_scer.recording.repeated import RepeatedCall

ROUNDS: Final = 10
"""The rounds that a comparison has at least, unless the user wants another number: the fewest from
which wild runs at either end are left out."""
MOST_ROUNDS: Final = 1000
"""More rounds improve no ratio: what is particular to the process stays."""


@dataclass(eq=False)
class Variant:
    """A variant that takes part in a comparison.

    Attributes:
        name: Its name.
        fn: One run of it.
        runs: Its measured runs.
        count: Counts the functional units of a run from what it returned; no part of the run.
        result: What its last run returned.
    """

    name: str
    fn: Callable[[], object]
    runs: RepeatedCall
    count: Callable[[Any], None] = lambda _: None
    result: object = None

    @property
    def spent_s(self) -> float:
        """How long its measured runs took."""
        return sum(run.measurement.duration_s for run in self.runs.runs)


@contextmanager
def naming(variant: str) -> Iterator[None]:
    """Add the name of a variant to what the block raises, as a note (from Python 3.11 on)."""
    try:
        yield
    except Exception as error:
        if sys.version_info >= (3, 11):
            error.add_note(f"raised by {variant!r}")
        raise


class Turn(Protocol):
    """Runs a variant once."""

    def __call__(self, variant: Variant, *, is_warmup: bool) -> float:
        """Return its duration in seconds."""


@dataclass(frozen=True)
class Rounds:
    """How often each variant runs.

    Attributes:
        least: Rounds to run.
        min_time_s: After these, rounds go on until the variants ran for this time on average.
        max_time_s: No round starts after this time for each variant, warm-up included; one is
            always run.
        warmup: Unmeasured runs of each variant before these.
    """

    least: int
    min_time_s: float
    max_time_s: float
    warmup: int

    @classmethod
    def of(cls, plan: RepeatPlan, repeats: int | None) -> Rounds:
        """The rounds of a comparison: what the call asks for, else the marker or the options.

        Args:
            plan: The repeat plan of the test. One run is its default, and no comparison.
            repeats: The number of rounds that the call asks for.

        Raises:
            ValueError: That is not a whole number of at least 1.
        """
        if repeats is not None:
            if not (isinstance(repeats, int) and repeats >= 1):
                raise ValueError(f"repeats={repeats!r}: expected a whole number of at least 1")
            return cls(repeats, 0.0, plan.max_time_s, plan.warmup)
        least = plan.repeats if isinstance(plan.repeats, int) and plan.repeats > 1 else ROUNDS
        return cls(least, plan.min_time_s, plan.max_time_s, plan.warmup)


def order(number: int, count: int) -> list[int]:
    """The order of the variants in a round.

    Every second round runs in the reverse order of the one before, and each pair of rounds begins
    with another variant. A steady drift, and what a position does, fall on all alike.

    Args:
        number: The round, from 0.
        count: The number of variants.
    """
    first = number // 2 % count
    forwards = [(first + index) % count for index in range(count)]
    return forwards[::-1] if number % 2 else forwards


def take_turns(
    variants: Sequence[Variant],
    rounds: Rounds,
    run: Turn,
    progress: Progress,
) -> None:
    """Warm up each variant, then run all of them in turn.

    Args:
        variants: The variants.
        rounds: How often each runs.
        run: Runs a variant once.
        progress: Where to show what takes long.
    """
    spent_s, most_s = 0.0, rounds.max_time_s * len(variants)

    def run_round(number: int, name: str, *, is_warmup: bool) -> float:
        duration_s = 0.0
        for index in order(number, len(variants)):
            variant = variants[index]
            progress.show(f"{variant.name}: {name}, for at most {most_s:g} s in all")
            duration_s += run(variant, is_warmup=is_warmup)
        return duration_s

    for number in range(rounds.warmup):
        if spent_s < most_s:
            spent_s += run_round(number, "warm-up", is_warmup=True)
    for number in range(max(rounds.least, MOST_ROUNDS)):
        has_enough = number >= rounds.least and _enough(variants, rounds)
        if number and (has_enough or spent_s >= most_s):
            return
        spent_s += run_round(number, f"round {number + 1}", is_warmup=False)


def _enough(variants: Sequence[Variant], rounds: Rounds) -> bool:
    spent_s = sum(variant.spent_s for variant in variants)
    return spent_s >= rounds.min_time_s * len(variants)
