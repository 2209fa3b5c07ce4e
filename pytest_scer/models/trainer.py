"""A callback for the ``Trainer`` of transformers that measures its training."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any, Final, NamedTuple, Protocol

from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.models.batches import counts_of
from pytest_scer.models.libraries import loaded_module

STATE: Final = "scer_training.json"
"""The file in a checkpoint that says what the training had used up to then."""
_NEEDS_TRANSFORMERS: Final = (
    "carbon.trainer_callback() needs transformers: import its Trainer before you call it"
)


class Length(NamedTuple):
    """How long a training will be.

    Attributes:
        epochs: Its epochs; None if the length of one is unknown.
        steps: Its steps.
    """

    epochs: float | None
    steps: int


class Past(NamedTuple):
    """Where a training was resumed.

    Attributes:
        epochs: How many epochs were done.
        steps: How many steps.
        saved: What :data:`STATE` of the checkpoint holds; None if it cannot be read.
    """

    epochs: float
    steps: int
    saved: Any


class Run(Protocol):
    """What the callback uses of :class:`pytest_scer.recording.training.TrainingRun`."""

    @property
    def stopped(self) -> object | None:
        """Why the training was stopped."""

    def is_used_up(self) -> bool:
        """Whether its limit is used up."""

    def begin_epoch(self) -> None:
        """Begin an epoch."""

    def end_epoch(self, done: float | None = None) -> None:
        """End an epoch."""

    def step(self) -> None:
        """Count a step, and stop if the limit is used up."""

    def add_counts(self, counts: Mapping[str, Any]) -> None:
        """Count what was processed."""

    def note(self, metrics: Mapping[str, float], done: float) -> None:
        """Note metrics."""

    def add_loading(self, measured: Measurement) -> None:
        """Add the loading of a batch."""

    def add_section(self, name: str, measured: Measurement) -> None:
        """Add a section."""

    def state_dict(self, done: float | None = None, *, together: bool = False) -> dict[str, Any]:
        """What a resumed run needs."""


Open = Callable[[Length, Past | None], AbstractContextManager[Run]]
"""Opens the section of a training."""


def trainer_callback(open_training: Open, read: Callable[..., Reading]) -> Any:
    """Make a callback, which has to be a subclass of what the test imported.

    Args:
        open_training: Opens the section of a training.
        read: Takes a reading.

    Raises:
        RuntimeError: transformers is not imported.
    """
    base = (loaded_module("transformers.trainer_callback") or {}).get("TrainerCallback")
    if not isinstance(base, type):
        raise RuntimeError(_NEEDS_TRANSFORMERS)
    return type("ScerCallback", (_Events, base), {})(open_training, read)


class _Events:
    """What happens at the events of a training.

    An epoch ends with the evaluation and the checkpoint that follow it, so where the next one
    begins. Where the length of an epoch is unknown, the training consists of steps.
    """

    def __init__(self, open_training: Open, read: Callable[..., Reading]) -> None:
        self._open, self._read_meter = open_training, read
        self._section: AbstractContextManager[Run] | None = None
        self._mark: Reading | None = None
        self._hook: Any = None
        self._is_between = False
        self._by_epoch = True
        self.run: Any = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Open the section; a resumed training goes on where the checkpoint was saved."""
        self.abandon()  # a training that an exception ended, before this one
        length = Length(_epochs(args, state, given.get("train_dataloader")), state.max_steps)
        past = None
        if state.global_step:
            past = Past(float(state.epoch or 0.0), state.global_step, _saved(args, state))
        self._by_epoch, self._is_between = length.epochs is not None, False
        self._section = self._open(length, past)
        self.run = self._section.__enter__()
        register = getattr(given.get("model"), "register_forward_pre_hook", None)
        if register is not None:
            self._hook = register(_apart_from_compilers(self._forward), with_kwargs=True)
        self._mark = self._read()
        self._obey(control)

    def _forward(self, model: Any, args: tuple[Any, ...], inputs: dict[str, Any]) -> None:
        """Count what the model is trained with; sums on a device are read when the epoch ends."""
        if model.training:
            self.run.add_counts(counts_of(inputs or args))

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """End the epoch before it, and begin this one."""
        if self._by_epoch:
            self.run.end_epoch(state.epoch)
        self._is_between = False
        self._obey(control)
        if self.run.stopped is None:
            self.run.begin_epoch()
        self._mark = self._read()

    def on_step_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """The batches of the step have been loaded."""
        self.run.add_loading(self._since_mark())

    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Count the step."""
        is_last = float(state.epoch).is_integer() or state.global_step >= state.max_steps
        self._is_between = self._by_epoch and is_last
        self.run.step(is_last=self._is_between)
        self._obey(control)
        self._mark = self._read()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """From here on until the next epoch, evaluation and checkpoint follow."""
        self._is_between = self._by_epoch
        self._obey(control)
        self._mark = self._read()

    def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """An evaluation is done."""
        if self._mark is not None:  # not one before or after the training
            self.run.add_section("evaluation", self._since_mark())
            self._note(given.get("metrics"), state)
            self._obey(control)

    def on_save(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """A checkpoint is saved."""
        if self._mark is None:
            return
        self.run.add_section("checkpoint", self._since_mark())
        saved = self.run.state_dict(state.epoch, together=True)
        if state.is_world_process_zero:
            with suppress(OSError):
                path = os.path.join(_checkpoint(args, state), STATE)
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(saved, file)
        self._obey(control)

    def on_log(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Metrics are logged, such as the loss."""
        if self._mark is not None:
            self._note(given.get("logs"), state)

    def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Close the section, which fails the test or warns if the training was stopped."""
        if self._section is not None and self._by_epoch:
            self.run.end_epoch(state.epoch)
        section = self._end()
        if section is not None:
            section.__exit__(None, None, None)

    def abandon(self) -> None:
        """End a training that an exception ended: transformers has no event for it."""
        section = self._end()
        if section is not None:
            section.__exit__(RuntimeError, RuntimeError("the training did not end"), None)

    def _end(self) -> AbstractContextManager[Run] | None:
        """Stop watching the model; returns the section if it is still open."""
        hook, self._hook, self._mark = self._hook, None, None
        if hook is not None:
            hook.remove()
        section, self._section = self._section, None
        return section

    def _note(self, metrics: Mapping[str, Any] | None, state: Any) -> None:
        done = float(state.epoch or 0.0) if self._by_epoch else float(state.global_step)
        self.run.note(_numbers(metrics), done)

    def _obey(self, control: Any) -> None:
        """Stop the trainer if the limit is used up; an epoch that is through counts as done."""
        if self.run.stopped is not None or (self._is_between and self.run.is_used_up()):
            control.should_training_stop = True

    def _read(self) -> Reading:
        return self._read_meter(settle=False)

    def _since_mark(self) -> Measurement:
        """What was used since the last mark, which moves to now."""
        now = self._read()
        before, self._mark = self._mark or now, now
        return Measurement.between(before, now)


def _apart_from_compilers(hook: Callable[..., None]) -> Callable[..., None]:
    """A hook that ``torch.compile`` does not trace."""
    disable: Any = (loaded_module("torch.compiler") or {}).get("disable")
    if disable is None or loaded_module("torch._dynamo") is None:  # it would import the compiler
        return hook
    wrapped: Callable[..., None] = disable(hook)
    return wrapped


def _numbers(metrics: Mapping[str, Any] | None) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in (metrics or {}).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _epochs(args: Any, state: Any, loader: Any) -> float | None:
    """How many epochs the steps of a training are; None if the length of one is unknown."""
    try:
        batches = len(loader)
    except Exception:  # a loader of any kind
        return None
    accumulated = max(args.gradient_accumulation_steps, 1)
    full, rest = divmod(state.max_steps, max(math.ceil(batches / accumulated), 1))
    epochs = full + min(rest * accumulated / max(batches, 1), 1.0)
    # Of what transformers divides otherwise, such as among parallel sequences, only this is known.
    whole = float(state.num_train_epochs)
    return epochs if math.ceil(epochs) == whole else whole


def _checkpoint(args: Any, state: Any) -> str:
    return os.path.join(args.output_dir, f"checkpoint-{state.global_step}")


def _saved(args: Any, state: Any) -> Any:
    """What the file of the checkpoint holds; None if it cannot be read."""
    for folder in (_checkpoint(args, state), args.resume_from_checkpoint):
        if isinstance(folder, str):
            path = os.path.join(folder, STATE)
            with (
                suppress(OSError, ValueError, RecursionError),
                open(path, encoding="utf-8") as file,
            ):
                return json.load(file)
    return None
