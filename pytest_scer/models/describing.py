"""Describe a model: what its figures depend on besides the machine."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any

from pytest_scer.core.model_calls import ModelFacts
from pytest_scer.core.text import printable


def describe(model: Any, arguments: Mapping[str, Any] | None = None) -> ModelFacts:
    """Describe a model and how it is asked to generate.

    What a model does not say stays None: anything that can be called may stand for a model.

    Args:
        model: The model.
        arguments: The arguments of ``generate``; None if it does not generate.
    """
    plain = getattr(model, "_orig_mod", model)  # what torch.compile has wrapped
    name = getattr(plain, "__qualname__", type(plain).__name__)  # of a function, its own
    facts = ModelFacts(architecture=printable(str(name)))
    with suppress(Exception):
        facts.parameters = sum(int(each.numel()) for each in model.parameters()) or None
    with suppress(Exception):
        facts.dtype = printable(str(model.dtype)).removeprefix("torch.")
    with suppress(Exception):
        devices = getattr(model, "hf_device_map", None) or {"": model.device}
        facts.device = ", ".join(sorted({_device(each) for each in devices.values()}))
    with suppress(Exception):
        attention = model.config._attn_implementation  # noqa: SLF001 - no public name
        facts.attention = printable(attention) if isinstance(attention, str) else None
    if arguments is not None:
        with suppress(Exception):
            _describe_generation(facts, model, arguments)
    return facts


def _describe_generation(facts: ModelFacts, model: Any, arguments: Mapping[str, Any]) -> None:
    config = deepcopy(arguments.get("generation_config") or model.generation_config)
    config.update(**{name: value for name, value in arguments.items() if hasattr(config, name)})
    assistant = arguments.get("assistant_model")
    cache = config.cache_implementation
    cache = cache or arguments.get("cache") or arguments.get("past_key_values")
    facts.assistant = None if assistant is None else printable(type(assistant).__name__)
    if cache is not None:
        facts.cache = printable(cache if isinstance(cache, str) else type(cache).__name__)
    facts.strategy = printable(str(config.get_generation_mode(assistant).value))


def _device(device: Any) -> str:
    return f"cuda:{device}" if isinstance(device, int) else printable(str(device))
