"""Measure ``generate`` of transformers: prefill and decode apart, with the tokens of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.model_calls import FLOP, PROMPT_TOKEN, REQUEST, TOKEN, ModelCall
from pytest_scer.models.compilation import Compilations, compilations
from pytest_scer.models.counting import (
    Prefixes,
    Row,
    generated_tokens,
    prompt_width,
    surplus_tokens,
)
from pytest_scer.models.describing import describe
from pytest_scer.models.flops import flops_of
from pytest_scer.models.libraries import MISSING, loaded_module
from pytest_scer.models.prompts import Prompts, all_of, encode, is_encoder_decoder
from pytest_scer.models.warming import run_on_one_token

Complete = Callable[[str], bool]
"""Whether a text is a complete answer, after which nothing has to be generated."""
CACHES: Final = ("cache", "past_key_values")
"""The argument of ``generate`` that is a key-value cache: its name now, and in transformers 4."""


@dataclass
class FirstToken:
    """Watches for the first generated token: a stopping criterion that never stops.

    ``generate`` asks its stopping criteria after each token, in every mode: greedy, sampling,
    beams, assisted, with any cache.

    Attributes:
        read: Takes a reading.
        reading: The reading after the first token; None so far, or if there was none.
        length: The length of the sequences then.
    """

    read: Callable[[], Reading]
    reading: Reading | None = None
    length: int = 0

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Note the first call, and let generation go on."""
        if self.reading is None:
            self.reading, self.length = self.read(), int(input_ids.shape[1])
        return input_ids.new_zeros(input_ids.shape[0]).bool()


@dataclass
class Run:
    """One run of ``generate``, as it was measured.

    Attributes:
        output: What it returned.
        prompts: What it read.
        start: The reading before the prompts were encoded.
        encoded: The reading after that.
        first: What was seen of the first token.
        end: The reading at the end.
        compiled: The compilations.
        cached: How many tokens of each prompt were in the key-value cache that it was given.
    """

    output: Any
    prompts: Prompts
    start: Reading
    encoded: Reading
    first: FirstToken
    end: Reading
    compiled: Compilations
    cached: int = 0


@dataclass
class Generation:
    """A call of ``generate`` that can be run and measured several times.

    Attributes:
        model: The model.
        tokenizer: Its tokenizer or processor; None if the prompts are encoded.
        texts: The prompts, as :func:`pytest_scer.models.prompts.encode` takes them.
        arguments: The arguments of ``generate``.
        complete: Tells a complete answer; None if that does not matter.
        units: What is counted in each run besides tokens.
        generate: What to call; by default the model's method.
    """

    model: Any
    tokenizer: Any
    texts: Any
    arguments: dict[str, Any]
    complete: Complete | None = None
    units: dict[str, float] = field(default_factory=dict)
    generate: Callable[..., Any] | None = None
    _kept: dict[str, Any] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Check what was given.

        Raises:
            RuntimeError: transformers is not loaded.
            TypeError: The model cannot generate, or ``complete`` has no text to read.
        """
        if loaded_module("transformers") is None:
            raise RuntimeError(MISSING.format("carbon.generate", "transformers"))
        if not callable(getattr(self.model, "generate", None)):
            raise TypeError(f"{type(self.model).__name__} has no generate(): measure it otherwise")
        if self.complete is not None and self.tokenizer is None:
            raise TypeError("complete= reads text: pass the tokenizer")
        self.texts = all_of(self.texts)
        if self._decoder is not None and self._setting("stop_strings"):
            self.arguments = {"tokenizer": self._decoder, **self.arguments}  # it has to be told

    @property
    def task(self) -> str:
        """What it does."""
        return "generation"

    def encode(self) -> Prompts:
        """Encode the prompts."""
        padding = self._setting("pad_token_id")
        return encode(
            self.model, self.tokenizer, self.texts, None if padding in self._ends() else padding
        )

    def keep_inputs(self) -> None:
        """Have each run begin with the key-value cache as it is now: a run fills it further."""
        self._kept = deepcopy(self._caches)

    def warm_up(self) -> None:
        """Run the model on one token, so that it loads and allocates what it does only once."""
        run_on_one_token(self.model, self.encode())

    def count_flops(self) -> None:
        """Count the floating-point operations of one run."""
        prompts = self.encode()
        arguments = {**prompts.inputs, **self.arguments, **deepcopy(self._kept)}
        arguments.pop("streamer", None)
        flops = flops_of(lambda: self._generate(**arguments))
        self.units[FLOP] = float(flops)

    def run(self, read: Callable[[], Reading]) -> Run:
        """Run it once.

        Args:
            read: Takes a reading.
        """
        first = FirstToken(read)
        arguments = {**self._arguments(first), **deepcopy(self._kept)}
        cached = max(map(_length, (self._kept or self._caches).values()), default=0)
        with compilations(read) as compiled:
            start = read()
            prompts = self.encode()
            encoded = read() if prompts.tokenized else start
            output = self._generate(**{**prompts.inputs, **arguments})
            end = read()
        return Run(output, prompts, start, encoded, first, end, compiled, cached)

    def call_of(self, run: Run, prefixes: Prefixes | None) -> ModelCall:
        """Count what a run read and wrote, and take its parts from its readings.

        Args:
            run: The run.
            prefixes: What the test's calls read so far; None if this run repeats another.
        """
        prompts, work = run.prompts, run.compiled.work
        rows = self._generated(run)
        counts = [self._count(row) for row in rows]
        facts = describe(self.model, self.arguments)
        facts.batch, facts.prompt_length = prompts.requests, prompts.length or None
        width = max(map(len, rows), default=0)
        facts.context = (prompts.length + width) or None
        units = {TOKEN: float(sum(counts)), REQUEST: float(prompts.requests), **self.units}
        if prompts.mask:
            units[PROMPT_TOKEN] = float(prompts.tokens)
        call = ModelCall(self.task, work(run.start, run.end), units, facts)
        call.compilations = run.compiled.within(run.start, run.end)
        if run.first.reading is not None:
            call.prefill = work(run.start, run.first.reading)
            call.decode = work(run.first.reading, run.end)
        if prompts.tokenized:
            call.tokenization = Measurement.between(run.start, run.encoded)
        call.padding_tokens = prompts.padding
        call.idle_tokens = sum(width - count for count in counts)
        if prefixes is not None:
            call.shared_prefix_tokens = prefixes.shared(prompts.unpadded, run.cached)
        if self.complete is not None:
            call.surplus_tokens = self._surplus(rows, counts, self.complete)
        return call

    # --- counting -----------------------------------------------------------------------------

    def _generated(self, run: Run) -> list[Row]:
        """The tokens of each returned sequence without its prompt."""
        sequences = getattr(run.output, "sequences", run.output).tolist()
        prompts = run.prompts.rows
        if is_encoder_decoder(self.model):
            given = run.prompts.inputs.get("decoder_input_ids")
            given = self.arguments.get("decoder_input_ids", given)
            prompts = None if given is None else given.tolist()
        observed = run.first.length - 1 if run.first.reading is not None else None
        if is_encoder_decoder(self.model) and self._is_assisted:
            observed = 1  # several tokens may have come at once
        width = prompt_width(sequences, prompts, observed)
        return [row[width:] for row in sequences]

    def _count(self, row: Row) -> int:
        count = generated_tokens(
            row, self._ends(), self._setting("pad_token_id"), may_stop_early=self._may_stop_early
        )
        stops = self._setting("stop_strings") or ()
        stops = [stops] if isinstance(stops, str) else stops
        if count and row[count - 1] in self._ends():
            # Where padding is the end token, what follows a stop string looks like an end.
            text = self._text(row[: count - 1]) if stops else ""
            count -= any(stop in text for stop in stops)
        return count

    def _surplus(self, rows: list[Row], counts: list[int], complete: Complete) -> int:
        ends = self._ends()
        return sum(
            surplus_tokens(
                [token for token in row[:count] if token not in ends], self._text, complete
            )
            for row, count in zip(rows, counts, strict=True)
        )

    @property
    def _decoder(self) -> Any:
        """What turns tokens into text: the tokenizer, also that of a processor."""
        return getattr(self.tokenizer, "tokenizer", self.tokenizer)

    def _text(self, row: Row) -> str:
        decoder: Any = self.arguments.get("tokenizer") or self._decoder
        return str(decoder.decode(row, skip_special_tokens=True))

    @property
    def _generate(self) -> Callable[..., Any]:
        return self.generate or self.model.generate

    @property
    def _caches(self) -> dict[str, Any]:
        """The key-value caches that are given, with the prompts or as an argument."""
        prompts = self.texts if isinstance(self.texts, Mapping) else {}
        given = {**prompts, **self.arguments}
        return {name: given[name] for name in CACHES if given.get(name) is not None}

    # --- arguments ----------------------------------------------------------------------------

    def _arguments(self, first: FirstToken) -> dict[str, Any]:
        """The arguments of ``generate``, with the watch for the first token if it takes one."""
        if self._setting("cache_implementation") == "paged":  # continuous batching takes none
            return self.arguments
        module: Mapping[str, Any] = loaded_module("transformers.generation.stopping_criteria") or {}
        kind = module.get("StoppingCriteriaList", list)
        own = self.arguments.get("stopping_criteria")
        given = [] if own is None else list(own) if isinstance(own, list) else [own]
        return {**self.arguments, "stopping_criteria": kind([*given, first])}

    def _setting(self, name: str) -> Any:
        """A setting of this generation: of the call, of its configuration, of the model's."""
        if name in self.arguments:
            return _plain(self.arguments[name])
        for holder in (self.arguments.get("generation_config"), self.model):
            config = getattr(holder, "generation_config", holder)
            value = getattr(config, name, None)
            if value is not None:
                return _plain(value)
        return None

    def _ends(self) -> frozenset[int]:
        ends = self._setting("eos_token_id")
        return (
            frozenset() if ends is None else frozenset(ends if isinstance(ends, list) else [ends])
        )

    @property
    def _may_stop_early(self) -> bool:
        return bool(self._setting("stop_strings") or self.arguments.get("stopping_criteria"))

    @property
    def _is_assisted(self) -> bool:
        return bool(
            self.arguments.get("assistant_model") or self._setting("prompt_lookup_num_tokens")
        )


def _length(cache: Any) -> int:
    """How many tokens of each sequence a key-value cache holds; 0 if it does not say."""
    with suppress(Exception):
        return int(cache.get_seq_length())
    return 0


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value
