"""Measure pipelines of transformers that read texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pytest_scer.core.measurement import Reading
from pytest_scer.core.model_calls import FLOP, INFERENCE, REQUEST, TEXT, TOKEN, ModelCall, joined
from pytest_scer.models import generation
from pytest_scer.models.compilation import Compilations, compilations
from pytest_scer.models.counting import Prefixes
from pytest_scer.models.describing import describe
from pytest_scer.models.flops import flops_of
from pytest_scer.models.generation import Generation
from pytest_scer.models.libraries import MISSING, loaded_module
from pytest_scer.models.prompts import can_generate, encode
from pytest_scer.models.warming import run_on_one_token

EMBEDDING: Final = frozenset({"feature-extraction"})
CLASSIFICATION: Final = frozenset(
    {
        "fill-mask",
        "ner",
        "question-answering",
        "sentiment-analysis",
        "text-classification",
        "token-classification",
        "zero-shot-classification",
    }
)
"""Tasks with one answer a text."""


@dataclass
class Batch:
    """What a model read in one call of ``forward``.

    Attributes:
        texts: How many texts.
        tokens: How many tokens, padding not included.
        padding: How many positions held padding.
        length: The length of the longest text in tokens.
    """

    texts: int
    tokens: int
    padding: int
    length: int


@dataclass
class Run:
    """One run of a pipeline, as it was measured.

    Attributes:
        output: What it returned.
        start: The reading before.
        end: The reading after.
        compiled: The compilations.
        generations: The calls of ``generate`` in it.
        batches: The calls of the model in it, if it does not generate.
    """

    output: Any
    start: Reading
    end: Reading
    compiled: Compilations
    generations: list[tuple[Generation, generation.Run]]
    batches: list[Batch]


@dataclass
class PipelineCall:
    """A call of a pipeline that can be run and measured several times.

    Attributes:
        pipe: The pipeline.
        inputs: Its inputs.
        arguments: More of its arguments.
        complete: Tells a complete answer; None if that does not matter.
        units: What is counted in each run besides texts and tokens.
    """

    pipe: Any
    inputs: Any
    arguments: dict[str, Any]
    complete: generation.Complete | None = None
    units: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what was given.

        Raises:
            RuntimeError: transformers is not loaded.
            TypeError: It is not a pipeline.
        """
        if loaded_module("transformers") is None:
            raise RuntimeError(MISSING.format("carbon.pipeline", "transformers"))
        if not (callable(self.pipe) and hasattr(self.pipe, "model") and hasattr(self.pipe, "task")):
            raise TypeError(f"{type(self.pipe).__name__} is not a pipeline of transformers")

    @property
    def model(self) -> Any:
        """The model of the pipeline."""
        return self.pipe.model

    @property
    def task(self) -> str:
        """What it does, if no more is known."""
        return "pipeline"

    def keep_inputs(self) -> None:
        """Have each run read all inputs: an iterator can be read only once."""
        if isinstance(self.inputs, Iterator):
            self.inputs = list(self.inputs)

    def warm_up(self) -> None:
        """Run the model on one token, so that it loads and allocates what it does only once."""
        run_on_one_token(self.model, encode(self.model, self.pipe.tokenizer, "a"))

    def count_flops(self) -> None:
        """Count the floating-point operations of one run."""
        self.units[FLOP] = float(flops_of(self._call))

    def _call(self) -> Any:
        result = self.pipe(self.inputs, **self.arguments)
        return list(result) if isinstance(result, Iterator) else result

    def run(self, read: Callable[[], Reading]) -> Run:
        """Run it once.

        Args:
            read: Takes a reading.
        """
        generations: list[tuple[Generation, generation.Run]] = []
        batches: list[Batch] = []
        watched = self._generating(read, generations), self._reading(batches)
        with compilations(read) as compiled, watched[0], watched[1]:
            start = read()
            output = self._call()
            end = read()
        return Run(output, start, end, compiled, generations, batches)

    def call_of(self, run: Run, prefixes: Prefixes | None) -> ModelCall:
        """Count what a run read and wrote.

        Args:
            run: The run.
            prefixes: What the test's calls read so far; None if this run repeats another.
        """
        measured = run.compiled.work(run.start, run.end)
        compiling = run.compiled.within(run.start, run.end)
        if run.generations:
            call = joined([made.call_of(each, prefixes) for made, each in run.generations])
            units = {**call.units, **self.units}
            return replace(call, measurement=measured, units=units, compilations=compiling)
        units, task = self._units(run)
        facts = describe(self.model)
        facts.batch = max((batch.texts for batch in run.batches), default=None)
        facts.prompt_length = facts.context = max(
            (each.length for each in run.batches), default=None
        )
        return ModelCall(
            task,
            measured,
            units,
            facts,
            batches=max(len(run.batches), 1),
            padding_tokens=sum(batch.padding for batch in run.batches),
            compilations=compiling,
        )

    @property
    def _task(self) -> str:
        """The pipeline's task; one that was not made by ``pipeline()`` says it by its class."""
        kind = type(self.pipe).__name__.removesuffix("Pipeline")
        return self.pipe.task or re.sub("(?<!^)(?=[A-Z])", "-", kind).lower()

    def _units(self, run: Run) -> tuple[dict[str, float], str]:
        texts = 1.0 if isinstance(self.inputs, str | dict) else float(len(run.output))
        if self._task in EMBEDDING:
            tokens = float(sum(batch.tokens for batch in run.batches))
            return {TEXT: texts, TOKEN: tokens, **self.units}, "embedding"
        if self._task in CLASSIFICATION:
            return {INFERENCE: texts, **self.units}, "classification"
        return {REQUEST: texts, **self.units}, self.task

    @contextmanager
    def _generating(
        self, read: Callable[[], Reading], runs: list[tuple[Generation, generation.Run]]
    ) -> Iterator[None]:
        """Watch each call of the model's ``generate``: a pipeline makes one for each batch."""
        model = self.model
        if not can_generate(model):
            yield
            return
        own, generate = vars(model).get("generate"), model.generate

        def watched(*args: Any, **kwargs: Any) -> Any:
            if args or kwargs.get("input_ids") is None:
                return generate(*args, **kwargs)
            names = [
                name for name in ("input_ids", "attention_mask") if kwargs.get(name) is not None
            ]
            prompts = {name: kwargs.pop(name) for name in names}
            made = Generation(
                model, self.pipe.tokenizer, prompts, kwargs, self.complete, generate=generate
            )
            run = made.run(read)
            runs.append((made, run))
            return run.output

        model.generate = watched
        try:
            yield
        finally:
            if own is None:
                del model.generate
            else:
                model.generate = own

    @contextmanager
    def _reading(self, batches: list[Batch]) -> Iterator[None]:
        """Watch what the model reads, if it does not generate."""
        hook = getattr(self.model, "register_forward_pre_hook", None)
        if hook is None or can_generate(self.model):
            yield
            return

        def watch(_: Any, __: Any, kwargs: Any) -> None:
            mask = kwargs.get("attention_mask")
            if mask is not None:
                rows = mask.ne(0).int().tolist()
                tokens = [sum(row) for row in rows]
                held = sum(map(len, rows))
                batches.append(Batch(len(rows), sum(tokens), held - sum(tokens), max(tokens)))

        handle = hook(watch, with_kwargs=True)
        try:
            yield
        finally:
            handle.remove()
