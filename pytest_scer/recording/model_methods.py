"""What the ``carbon`` fixture offers for tests of models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_scer.recording.runner import Runner

if TYPE_CHECKING:
    from pytest_scer.core.model_calls import ModelCall
    from pytest_scer.recording.model_calls import Repeats, Task
    from pytest_scer.recording.training import TrainingRun
    from pytest_scer.recording.training_plan import Earlier, Plan


class ModelMethods:
    """Methods of :class:`pytest_scer.carbon.Carbon` that call models."""

    def __init__(self, runner: Runner) -> None:
        """Create the methods for one attempt of one test.

        Args:
            runner: Runs what they measure.
        """
        self._runner = runner

    def generate(
        self,
        model: Any,
        tokenizer_or_processor: Any,
        prompts: Any,
        *,
        repeats: Repeats = None,
        warmup: int | None = None,
        complete: Callable[[str], bool] | None = None,
        flops: bool = False,
        **generate_args: Any,
    ) -> Any:
        """Generate with a transformers model; measure prefill and decode, and count the tokens.

        Counts ``prompt_token``, ``token`` and ``request``. Runs once, unless ``repeats`` or the
        test's marker says otherwise. The test's budgets read the median run, as with `carbon(fn)`.

        Args:
            model: A model with ``generate``.
            tokenizer_or_processor: Its tokenizer or processor; None if the prompts are encoded.
            prompts: A text or several, a conversation or several, or encoded inputs.
            repeats: How often to generate, or ``"auto"``.
            warmup: How often to generate before; by default never, and with repeats as usual.
            complete: Whether a text is a complete answer. The tokens after it are reported.
            flops: Whether to count floating-point operations, in an extra run.
            **generate_args: The arguments of ``model.generate``.

        Returns:
            What ``model.generate`` returns.
        """
        from pytest_scer.models.generation import Generation

        task = Generation(model, tokenizer_or_processor, prompts, generate_args, complete)
        return self._call_model(task, repeats, warmup, flops=flops)

    def pipeline(
        self,
        pipe: Any,
        inputs: Any,
        *,
        repeats: Repeats = None,
        warmup: int | None = None,
        complete: Callable[[str], bool] | None = None,
        flops: bool = False,
        **arguments: Any,
    ) -> Any:
        """Run a transformers pipeline that reads texts, and count what it read and wrote.

        Pipelines that generate are measured as in :meth:`generate`. Feature extraction counts
        ``text`` and ``token``, classification ``inference``, other tasks ``request``.

        Args:
            pipe: The pipeline.
            inputs: What it reads: one input or a list of them.
            repeats: How often to run it, or ``"auto"``.
            warmup: How often to run it before; by default never, and with repeats as usual.
            complete: Whether a generated text is a complete answer.
            flops: Whether to count floating-point operations, in an extra run.
            **arguments: More arguments of the pipeline.

        Returns:
            What the pipeline returns.
        """
        from pytest_scer.models.pipelines import PipelineCall

        task = PipelineCall(pipe, inputs, arguments, complete)
        return self._call_model(task, repeats, warmup, flops=flops)

    def embed(
        self,
        model: Any,
        tokenizer: Any,
        texts: Any,
        *,
        repeats: Repeats = None,
        warmup: int | None = None,
        flops: bool = False,
        **arguments: Any,
    ) -> Any:
        """Embed texts, and count each ``text`` and ``token``.

        Args:
            model: A transformers model; a model of sentence-transformers, or another with
                ``encode``; or any function of a list of texts.
            tokenizer: Its tokenizer; None if the model has its own.
            texts: One text or several, or encoded inputs.
            repeats: How often to run it, or ``"auto"``.
            warmup: How often to run it before; by default never, and with repeats as usual.
            flops: Whether to count floating-point operations, in an extra run.
            **arguments: More arguments of the model.

        Returns:
            What the model returns.
        """
        from pytest_scer.core.model_calls import TEXT
        from pytest_scer.models.texts import Texts

        task = Texts(model, tokenizer, texts, "embedding", TEXT, arguments)
        return self._call_model(task, repeats, warmup, flops=flops)

    def classify(
        self,
        model: Any,
        tokenizer: Any,
        texts: Any,
        *,
        repeats: Repeats = None,
        warmup: int | None = None,
        flops: bool = False,
        **arguments: Any,
    ) -> Any:
        """Classify texts, and count each ``inference`` and the tokens that were read.

        Args:
            model: A transformers model, or any function of a list of texts.
            tokenizer: Its tokenizer; None if the model has its own.
            texts: One text or several, or encoded inputs.
            repeats: How often to run it, or ``"auto"``.
            warmup: How often to run it before; by default never, and with repeats as usual.
            flops: Whether to count floating-point operations, in an extra run.
            **arguments: More arguments of the model.

        Returns:
            What the model returns.
        """
        from pytest_scer.core.model_calls import INFERENCE
        from pytest_scer.models.texts import Texts

        task = Texts(model, tokenizer, texts, "classification", INFERENCE, arguments)
        return self._call_model(task, repeats, warmup, flops=flops)

    def flops(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> int:
        """Count the floating-point operations of a call of a torch model, and count each ``flop``.

        The call runs once more for it, which is no part of what ``carbon(fn)`` measures.

        Args:
            fn: The function.
            *args: Its arguments.
            **kwargs: Its named arguments.

        Returns:
            How many operations PyTorch's counter has seen.

        Raises:
            RuntimeError: torch is not loaded.
        """
        from pytest_scer.models.flops import flops_of

        counted = flops_of(partial(fn, *args, **kwargs))
        self._runner.test.innermost_units.add({"flop": float(counted)})
        return counted

    def _call_model(
        self, task: Task, repeats: Repeats, warmup: int | None, *, flops: bool = False
    ) -> Any:
        from pytest_scer.recording.model_calls import measured_call

        return measured_call(self._runner, task, repeats, warmup, flops=flops)

    def training(
        self,
        *,
        epochs: int | None = None,
        total_steps: int | None = None,
        metric: str | None = None,
        stop_after: str | None = None,
        on_exceed: str = "warn",
        resume: Mapping[str, Any] | None = None,
    ) -> AbstractContextManager[TrainingRun]:
        """Measure a training, and predict after each epoch what the whole will use.

        Args:
            epochs: The number of epochs.
            total_steps: The number of steps; without ``epochs``, the training consists of them.
            metric: A metric that is passed to ``run.log``, and the value that it should reach, as
                in ``accuracy >= 0.9``.
            stop_after: An amount of energy or CO2e after which the training stops early.
            on_exceed: ``warn``, or ``fail`` to fail a test whose training was stopped.
            resume: What ``run.state_dict()`` returned when the training was interrupted; None
                starts a new training.

        Returns:
            A context manager that yields the run. Iterate over it for the numbers of the epochs.

        Raises:
            ValueError: An argument is wrong.
        """
        from pytest_scer.recording.training_plan import Earlier, Plan

        plan = Plan.checked(epochs, total_steps, metric, stop_after, on_exceed)
        return self._training(plan, Earlier.read(resume, plan.unit))

    def _training(self, plan: Plan, earlier: Earlier) -> AbstractContextManager[TrainingRun]:
        from pytest_scer.recording.training_section import training

        runner = self._runner
        return training(runner.test, runner.measure, plan, earlier, keep=not runner.is_warming_up)

    def trainer_callback(
        self, *, metric: str | None = None, stop_after: str | None = None, on_exceed: str = "warn"
    ) -> Any:
        """A callback for the ``Trainer`` of transformers that measures its training.

        Args:
            metric: As in :meth:`training`; metrics are those that the trainer logs.
            stop_after: As in :meth:`training`.
            on_exceed: As in :meth:`training`.

        Returns:
            An instance of ``transformers.TrainerCallback``; its ``run`` is what
            :meth:`training` yields.

        Raises:
            RuntimeError: transformers is not imported.
            ValueError: An argument is wrong.
        """
        from pytest_scer.models.trainer import trainer_callback
        from pytest_scer.recording.training_plan import Plan, of_trainer

        plan = Plan.checked(1, None, metric, stop_after, on_exceed)
        test = self._runner.test
        callback = trainer_callback(
            lambda length, past: self._training(*of_trainer(plan, length, past)), test.session.read
        )
        test.left_open.append(callback.abandon)
        return callback

    @property
    def model_calls(self) -> list[ModelCall]:
        """The measured calls of models so far, the last one last."""
        return list(self._runner.test.model_calls)
