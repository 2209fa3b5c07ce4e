"""One call of a model: what it read and wrote, on what, and what each part of it used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from typing import Any, Final

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.sections import Units
from pytest_scer.lazy_dataclass import dataclass

REQUEST: Final = "request"
PROMPT_TOKEN: Final = "prompt_token"  # noqa: S105 - no password
TOKEN: Final = "token"  # noqa: S105
TEXT: Final = "text"
INFERENCE: Final = "inference"
FLOP: Final = "flop"


@dataclass(slots=True)
class ModelFacts:
    """What a figure per token depends on besides the machine; None if unknown.

    Attributes:
        architecture: The class of the model.
        parameters: How many parameters it has; shared ones count once.
        dtype: The type of its weights, such as ``bfloat16``.
        device: Where it ran, such as ``cuda:0``; several devices are joined with commas.
        attention: Its attention implementation, such as ``sdpa``.
        strategy: How tokens were chosen, such as ``greedy_search``, as transformers names it.
        cache: The kind of its key-value cache, if the call named one.
        assistant: The class of the model that drafted, in assisted generation.
        batch: How many requests it worked on at once.
        prompt_length: Tokens of the longest prompt of the call.
        context: Tokens of the longest sequence, prompt and output together.
        peak_memory: The most bytes in use at once, by device: on a GPU those that PyTorch
            allocated, on the CPU all of the process.
    """

    architecture: str | None = None
    parameters: int | None = None
    dtype: str | None = None
    device: str | None = None
    attention: str | None = None
    strategy: str | None = None
    cache: str | None = None
    assistant: str | None = None
    batch: int | None = None
    prompt_length: int | None = None
    context: int | None = None
    peak_memory: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class ModelCall:
    """One measured call of a model; of several runs, the median run.

    Attributes:
        task: ``generation``, ``embedding``, ``classification`` or ``pipeline``.
        measurement: The whole run, without first-call costs.
        units: What it read and wrote.
        facts: What it ran on.
        prefill: From the start of the run to the first generated token, tokenization included.
        decode: From the first generated token to the end.
        tokenization: The part of ``prefill`` that turned texts into tokens.
        first_call: What only the first call of the model costs: loading lazily, allocating,
            compiling. It is in none of the other figures.
        runs: How many runs were measured.
        padding_tokens: Prompt positions that held padding.
        idle_tokens: Output positions of requests that were finished while others were not.
        surplus_tokens: Tokens generated after the answer was complete; None without a test for
            complete answers.
        shared_prefix_tokens: Prompt tokens that begin a prompt as an earlier one of the test began.
        batches: How many batches it worked on, one after the other.
        problem: Why nothing was counted; None if everything was.
        compilations: What compiling used, each time; not in a report.
    """

    task: str
    measurement: Measurement
    units: dict[str, float]
    facts: ModelFacts = field(default_factory=ModelFacts)
    prefill: Measurement | None = None
    decode: Measurement | None = None
    tokenization: Measurement | None = None
    first_call: Measurement | None = None
    runs: int = 1
    padding_tokens: int = 0
    idle_tokens: int = 0
    surplus_tokens: int | None = None
    shared_prefix_tokens: int = 0
    batches: int = 1
    problem: str | None = None
    compilations: list[Measurement] = field(default_factory=list)

    @property
    def time_to_first_token_s(self) -> float | None:
        """Seconds from the call to its first generated token; of several batches, their mean."""
        return None if self.prefill is None else self.prefill.duration_s / self.batches

    @property
    def tokens_per_s(self) -> float | None:
        """Generated tokens per second of the whole run, all requests together."""
        tokens, duration_s = self.units.get(TOKEN, 0.0), self.measurement.duration_s
        return tokens / duration_s if tokens and duration_s > 0 else None

    @property
    def j_per_prompt_token(self) -> float | None:
        """Joules of the prefill per prompt token."""
        return None if self.prefill is None else _each(self.prefill, self.units, PROMPT_TOKEN)

    @property
    def j_per_token(self) -> float | None:
        """Joules of the whole run per generated token, as a budget per token reads it."""
        return _each(self.measurement, self.units, TOKEN)

    @property
    def decode_j_per_token(self) -> float | None:
        """Joules of decoding alone per generated token."""
        return None if self.decode is None else _each(self.decode, self.units, TOKEN)

    @property
    def j_per_request(self) -> float | None:
        """Joules of the whole run per request."""
        return _each(self.measurement, self.units, REQUEST)

    @property
    def j_per_flop(self) -> float | None:
        """Joules of the whole run per floating-point operation; None if they were not counted."""
        return _each(self.measurement, self.units, FLOP)


def _each(measured: Measurement, units: dict[str, float], unit: str) -> float | None:
    count, total_j = units.get(unit, 0.0), measured.total_j
    return total_j / count if count and measured.complete and total_j is not None else None


def median_call(calls: Sequence[ModelCall]) -> ModelCall:
    """The run in the middle by energy, of an even number the cheaper one of the two.

    Runs without a figure are left out, unless none has one.

    Args:
        calls: The runs of one call, at least one; or calls that each stand for several runs.
    """
    measured = [call for call in calls if call.measurement.complete] or list(calls)
    ranked = sorted(measured, key=lambda call: call.measurement.known_j)
    return replace(
        ranked[(len(ranked) - 1) // 2],
        runs=sum(call.runs for call in calls),
        first_call=total_of(call.first_call for call in calls if call.first_call is not None),
    )


def joined(calls: Sequence[ModelCall]) -> ModelCall:
    """Several calls of one model, one after the other, as one; without what lies between them.

    Args:
        calls: At least one.
    """
    first, *others = calls
    facts, units = first.facts, Units()
    for call in calls:
        units.add(call.units)
    surplus = [call.surplus_tokens for call in calls if call.surplus_tokens is not None]

    def longest(name: str) -> Any:
        known = [each for call in calls if (each := getattr(call.facts, name)) is not None]
        return max(known, default=None)

    return replace(
        first,
        measurement=sum((call.measurement for call in others), first.measurement),
        units=units.counts,
        facts=replace(
            facts,
            batch=longest("batch"),
            prompt_length=longest("prompt_length"),
            context=longest("context"),
        ),
        prefill=total_of(call.prefill for call in calls if call.prefill is not None),
        decode=total_of(call.decode for call in calls if call.decode is not None),
        padding_tokens=sum(call.padding_tokens for call in calls),
        idle_tokens=sum(call.idle_tokens for call in calls),
        surplus_tokens=sum(surplus) if surplus else None,
        shared_prefix_tokens=sum(call.shared_prefix_tokens for call in calls),
        batches=len(calls),
        compilations=[each for call in calls for each in call.compilations],
    )


def total_of(parts: Iterable[Measurement]) -> Measurement | None:
    """The sum of some measurements; None without any."""
    total: Measurement | None = None
    for part in parts:
        total = part if total is None else total + part
    return total
