"""Have a model do what it does only once: load lazily, allocate, choose kernels."""

from __future__ import annotations

from typing import Any

from pytest_scer.models.libraries import no_grad
from pytest_scer.models.prompts import Prompts, is_encoder_decoder
from pytest_scer.models.random_numbers import same_random_numbers


def run_on_one_token(model: Any, prompts: Prompts) -> None:
    """Run a model on the first token of some prompts.

    With a GPT-2 of 3 million parameters on one CPU core, the first call of ``generate`` took five
    times as long to its first token as the second; after this, as long (measured, torch 2.13).
    In training mode, dropout draws random numbers; those of the test stay what they are without it.

    Args:
        model: A model of transformers.
        prompts: The prompts.
    """
    first = prompts.unpadded[0][:1]  # a padding token would need a mask
    ids = prompts.inputs["input_ids"].new_tensor([first])
    more = {"decoder_input_ids": ids} if is_encoder_decoder(model) else {}
    with no_grad(), same_random_numbers():
        model(input_ids=ids, **more)


def is_compiled(model: Any) -> bool:
    """Whether calling a model compiles it, for the shape of each input."""
    try:
        return any(
            each._compiled_call_impl is not None  # noqa: SLF001 - how torch marks them
            or hasattr(each, "_orig_mod")
            or hasattr(vars(each).get("forward"), "_torchdynamo_orig_callable")
            for each in model.modules()
        )
    except Exception:
        return True  # not known: better no extra call
