"""Measure embedding and classifying texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.model_calls import FLOP, TOKEN, ModelCall
from pytest_scer.models.compilation import Compilations, compilations
from pytest_scer.models.counting import Prefixes
from pytest_scer.models.describing import describe
from pytest_scer.models.flops import flops_of
from pytest_scer.models.libraries import no_grad
from pytest_scer.models.prompts import Prompts, all_of, encode
from pytest_scer.models.warming import run_on_one_token


@dataclass
class Run:
    """One run, as it was measured.

    Attributes:
        output: What the model returned.
        prompts: What it read; None if it encoded the texts itself.
        start: The reading before.
        encoded: The reading after encoding the texts.
        end: The reading after.
        compiled: The compilations.
    """

    output: Any
    prompts: Prompts | None
    start: Reading
    encoded: Reading
    end: Reading
    compiled: Compilations


@dataclass
class Texts:
    """A call of a model on texts that can be run and measured several times.

    Attributes:
        model: A torch module of transformers; what has ``encode``, as in sentence-transformers;
            or any function of a list of texts.
        tokenizer: The tokenizer; None where the model has its own.
        texts: The texts.
        task: ``embedding`` or ``classification``.
        unit: What is counted for each text.
        arguments: More arguments of the model.
        units: What is counted in each run besides texts and tokens.
    """

    model: Any
    tokenizer: Any
    texts: Any
    task: str
    unit: str
    arguments: dict[str, Any]
    units: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what was given.

        Raises:
            TypeError: The model is none, or has no tokenizer.
            ValueError: There are no texts.
        """
        if not (hasattr(self.model, "encode") or callable(self.model)):
            raise TypeError(f"{type(self.model).__name__} is no model: it cannot be called")
        self.texts = [self.texts] if isinstance(self.texts, str) else all_of(self.texts)
        if isinstance(self.texts, list) and not self.texts:
            raise ValueError("no texts: expected at least one")
        if self._is_module and self.tokenizer is None and isinstance(self.texts, list):
            raise TypeError(f"{type(self.model).__name__} reads tokens: pass its tokenizer")

    def keep_inputs(self) -> None:
        """Each run reads the same texts anyway."""

    @property
    def _is_module(self) -> bool:
        return hasattr(self.model, "parameters") and not hasattr(self.model, "encode")

    def warm_up(self) -> None:
        """Run the model on one text, so that it loads and allocates what it does only once."""
        if self._is_module:
            run_on_one_token(self.model, encode(self.model, self.tokenizer, self.texts))
        else:
            self._call(None, self.texts[:1])

    def count_flops(self) -> None:
        """Count the floating-point operations of one run."""
        self.units[FLOP] = float(flops_of(lambda: self._call(self._encode())))

    def _encode(self) -> Prompts | None:
        return encode(self.model, self.tokenizer, self.texts) if self._is_module else None

    def _call(self, prompts: Prompts | None, texts: Any = None) -> Any:
        if prompts is not None:
            with no_grad():
                return self.model(**prompts.inputs, **self.arguments)
        function = getattr(self.model, "encode", self.model)
        return function(self.texts if texts is None else texts, **self.arguments)

    def run(self, read: Callable[[], Reading]) -> Run:
        """Run it once.

        Args:
            read: Takes a reading.
        """
        with compilations(read) as compiled:
            start = read()
            prompts = self._encode()
            encoded = read() if prompts is not None else start
            output = self._call(prompts)
            end = read()
        return Run(output, prompts, start, encoded, end, compiled)

    def call_of(self, run: Run, prefixes: Prefixes | None) -> ModelCall:
        """Count what a run read.

        Args:
            run: The run.
            prefixes: Not used: texts are read as a whole.
        """
        facts = describe(self.model)
        texts = len(self.texts) if run.prompts is None else run.prompts.requests
        units = {self.unit: float(texts), **self.units}
        if (lengths := self._lengths(run.prompts)) is not None:
            units[TOKEN] = float(sum(lengths))
            facts.prompt_length = facts.context = max(lengths, default=None)
        facts.batch = texts if run.prompts is not None else None
        call = ModelCall(self.task, run.compiled.work(run.start, run.end), units, facts)
        call.compilations = run.compiled.within(run.start, run.end)
        if run.prompts is not None:
            call.padding_tokens = run.prompts.padding
            if run.prompts.tokenized:
                call.tokenization = Measurement.between(run.start, run.encoded)
        return call

    def _lengths(self, prompts: Prompts | None) -> list[int] | None:
        """The tokens of each text, also for a model that encodes them itself; None if unknown."""
        if prompts is not None:
            return [sum(row) for row in prompts.mask]
        tokenizer = self.tokenizer or getattr(self.model, "tokenizer", None)
        if not callable(tokenizer):
            return None
        longest = getattr(self.model, "max_seq_length", None)
        limit = {} if longest is None else {"truncation": True, "max_length": longest}
        return [len(row) for row in tokenizer(list(self.texts), **limit)["input_ids"]]
