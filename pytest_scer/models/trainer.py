"""A callback for the ``Trainer`` of transformers that measures its training."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any, Final, Protocol

from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.models.batches import counts_of
from pytest_scer.models.libraries import loaded_module

STATE: Final = "scer_training.json"
"""The file in a checkpoint that says what the training had used up to then."""
_NEEDS_TRANSFORMERS: Final = (
    "carbon.trainer_callback() needs transformers: import its Trainer before you call it"
)


class Run(Protocol):
    """What the callback uses of :class:`pytest_scer.recording.training.TrainingRun`."""

    @property
    def stopped(self) -> object | None:
        """Why the training was stopped."""

    @property
    def is_used_up(self) -> bool:
        """Whether its limit is used up."""

    def begin_epoch(self) -> None:
        """Begin an epoch."""

    def end_epoch(self, done: float | None = None) -> None:
        """End an epoch."""

    def step(self) -> None:
        """Count a step."""

    def count(self, **units: float) -> None:
        """Count what was processed."""

    def log(self, metrics: Mapping[str, float], /) -> None:
        """Report metrics."""

    def check(self) -> None:
        """Stop if the limit is used up."""

    def add_loading(self, measured: Measurement) -> None:
        """Add the loading of a batch."""

    def add_section(self, name: str, measured: Measurement) -> None:
        """Add a section."""

    def state_dict(self, done: float | None = None) -> dict[str, Any]:
        """What a resumed run needs."""


def trainer_callback(
    training: Callable[..., AbstractContextManager[Run]], read: Callable[..., Reading]
) -> Any:
    """Make a callback, which has to be a subclass of what the test imported.

    Args:
        training: Opens the section of a training.
        read: Takes a reading.

    Raises:
        RuntimeError: transformers is not imported.
    """
    base = (loaded_module("transformers.trainer_callback") or {}).get("TrainerCallback")
    if not isinstance(base, type):
        raise RuntimeError(_NEEDS_TRANSFORMERS)
    return type("ScerCallback", (_Events, base), {})(training, read)


class _Events:
    """What happens at the events of a training.

    An epoch ends with the evaluation and the checkpoint that follow it, so where the next one
    begins.
    """

    def __init__(
        self,
        training: Callable[..., AbstractContextManager[Run]],
        read: Callable[..., Reading],
    ) -> None:
        self._training, self._read_meter = training, read
        self._section: AbstractContextManager[Run] | None = None
        self._mark: Reading | None = None
        self._hook: Any = None
        self._is_between = False
        self._counts: dict[str, Any] = {}
        self.run: Any = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Open the section; a resumed training goes on where the checkpoint was saved."""
        self._section = self._training(
            epochs=state.num_train_epochs,
            total_steps=state.max_steps,
            resume=_earlier(args, state) if state.global_step else None,
        )
        self.run = self._section.__enter__()
        register = getattr(given.get("model"), "register_forward_pre_hook", None)
        if register is not None:
            self._hook = register(self._forward, with_kwargs=True)

    def _forward(self, model: Any, args: tuple[Any, ...], inputs: dict[str, Any]) -> None:
        """Count what the model is trained with; sums on a device are read when the epoch ends."""
        if model.training:
            for unit, count in counts_of(inputs or args).items():
                self._counts[unit] = self._counts.get(unit, 0) + count

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """End the epoch before it, and begin this one."""
        self._end_epoch(state)
        self._obey(control)
        self.run.begin_epoch()
        self._is_between = False
        self._mark = self._read()

    def on_step_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """The batch of the step has been loaded."""
        self.run.add_loading(self._since_mark())

    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Count the step."""
        self.run.step()
        self._is_between = float(state.epoch).is_integer()  # the last one of its epoch
        self._obey(control)
        self._mark = self._read()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """From here on until the next epoch, evaluation and checkpoint follow."""
        self._is_between = True
        self._obey(control)
        self._mark = self._read()

    def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """An evaluation is done."""
        if self._mark is not None:  # not one before or after the training
            self.run.add_section("evaluation", self._since_mark())
            self.run.log(_numbers(given.get("metrics")))
            self._obey(control)

    def on_save(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """A checkpoint is saved."""
        self.run.add_section("checkpoint", self._since_mark())
        if state.is_world_process_zero:
            with suppress(OSError):
                path = os.path.join(_checkpoint(args, state), STATE)
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(self.run.state_dict(state.epoch), file)
        self._obey(control)

    def on_log(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Metrics are logged, such as the loss."""
        if self.run is not None:
            self.run.log(_numbers(given.get("logs")))

    def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Close the section, which fails the test or warns if the training was stopped."""
        if self._hook is not None:
            self._hook.remove()
        self._end_epoch(state)
        self._mark = None
        section, self._section = self._section, None
        if section is not None:
            section.__exit__(None, None, None)

    def _end_epoch(self, state: Any) -> None:
        counts, self._counts = self._counts, {}
        if counts:
            self.run.count(**{unit: float(count) for unit, count in counts.items()})
        self.run.end_epoch(state.epoch)

    def _obey(self, control: Any) -> None:
        """Stop the trainer if the limit is used up; an epoch that is through counts as done."""
        if self._is_between:
            stops = self.run.is_used_up
        else:
            self.run.check()
            stops = self.run.stopped is not None
        if stops:
            control.should_training_stop = True

    def _read(self) -> Reading:
        return self._read_meter(settle=False)

    def _since_mark(self) -> Measurement:
        """What was used since the last mark, which moves to now."""
        now = self._read()
        before, self._mark = self._mark or now, now
        return Measurement.between(before, now)


def _numbers(metrics: Mapping[str, Any] | None) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in (metrics or {}).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _checkpoint(args: Any, state: Any) -> str:
    return os.path.join(args.output_dir, f"checkpoint-{state.global_step}")


def _earlier(args: Any, state: Any) -> dict[str, Any]:
    """What the training had used when the checkpoint was saved; unknown without its file."""
    for folder in (_checkpoint(args, state), args.resume_from_checkpoint):
        if isinstance(folder, str):
            with suppress(OSError, ValueError):
                with open(os.path.join(folder, STATE), encoding="utf-8") as file:
                    found: dict[str, Any] = json.load(file)
                return found
    done = float(state.epoch or 0.0)
    lap = {"done": done, "size": done, "energy_j": None, "duration_s": 0.0, "work": 0.0}
    return {
        "version": 1,
        "unit": "epoch",
        "laps": [lap],
        "steps": float(state.global_step),
        "energy_j": None,
        "duration_s": 0.0,
        "reached": None,
    }
