"""What a model on another machine may have used, as EcoLogits estimates it.

EcoLogits (Rincé, Banse and others, ecologits.ai) models a request from the number of parameters of
the model, the tokens that it generates, and how long it takes. Most providers publish none of
this, so parameters are guessed as a range, and the estimate is one.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

from pytest_scer.core.hosted import HostedUse, Range
from pytest_scer.core.text import printable
from pytest_scer.core.units import JOULES_PER_KWH

UNKNOWN: Final = "unknown provider"
_PROVIDERS: Final = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.mistral.ai": "mistralai",
    "api.cohere.com": "cohere",
    "api.cohere.ai": "cohere",
    "generativelanguage.googleapis.com": "google_genai",
    "api-inference.huggingface.co": "huggingface_hub",
    "router.huggingface.co": "huggingface_hub",
}
"""EcoLogits' names of providers, by the host of their API."""


MISSING: Final = "no estimate without EcoLogits: pip install 'pytest-scer[ecologits]'"
"""Why there is no estimate if the extra is not installed."""


UNCOUNTED: Final = "no estimate: how many tokens it generated is unknown"
"""Why there is no estimate of a response without usage: it is not free."""


class HostedRequest(NamedTuple):
    """A request to a model on another machine.

    Attributes:
        provider: Who hosts the model, by EcoLogits' name.
        model: The name of the model.
        tokens: How many tokens it generated; None if unknown.
        seconds: How long the request took; None if unknown.
    """

    provider: str
    model: str
    tokens: float | None
    seconds: float | None


def provider_at(host: str) -> str | None:
    """Who hosts the models behind an API, by EcoLogits' name; None if that is unknown."""
    return _PROVIDERS.get(host)


def estimated(request: HostedRequest) -> HostedUse:
    """A request to a hosted model, with EcoLogits' estimate if there is one."""
    provider, model = printable(request.provider), printable(request.model)
    use = HostedUse(provider, model, 1.0, request.tokens)
    try:
        if find_spec("ecologits") is None:
            return _without(use, MISSING)
        if request.tokens is None:
            return _without(use, UNCOUNTED)
        # EcoLogits takes a time only where it is shorter than the one that it expects.
        seconds = math.inf if request.seconds is None else request.seconds
        return _with_estimate(use, request.tokens, seconds)
    except Exception as error:  # another release of EcoLogits, or something that stands in for it
        return _without(use, f"EcoLogits has no estimate: {type(error).__name__}: {error}")


def _without(use: HostedUse, reason: str) -> HostedUse:
    return replace(use, reason=printable(reason))


def _with_estimate(use: HostedUse, tokens: float, seconds: float) -> HostedUse:
    llm_impacts, providers = _ecologits()
    if use.provider not in providers:
        known = ", ".join(sorted(providers))
        return _without(use, f"EcoLogits does not know this provider (known: {known})")
    impacts = llm_impacts(use.provider, use.model, round(tokens), seconds)
    if impacts.errors:
        return _without(use, f"EcoLogits has no estimate: {_messages(impacts.errors)}")
    # Of the CO2e only the electricity's, as everywhere in the report; in kg.
    energy_j = _range(impacts.usage.energy.value, JOULES_PER_KWH)
    co2e_g = _range(impacts.usage.gwp.value, 1e3)
    doubts = printable(_messages(impacts.warnings)) if impacts.warnings else None
    return replace(use, energy_j=energy_j, co2e_g=co2e_g, source=_source(), reason=doubts)


def _ecologits() -> tuple[Callable[..., Any], Mapping[str, Any]]:
    """EcoLogits' estimator, and its providers.

    Importing it replaces the class of all loggers that are created later; that is undone.
    """
    logger_class = logging.getLoggerClass()
    try:
        from ecologits.tracers.utils import PROVIDER_CONFIG_MAP, llm_impacts
    finally:
        logging.setLoggerClass(logger_class)
    return llm_impacts, PROVIDER_CONFIG_MAP


def _source() -> str:
    try:
        return f"EcoLogits {version('ecologits')}"
    except PackageNotFoundError:
        return "EcoLogits"


def _messages(notes: Any) -> str:
    return " ".join(str(getattr(note, "message", note)) for note in notes)


def _range(value: Any, scale: float) -> Range:
    """A range of EcoLogits, which is a single number where nothing is uncertain.

    Raises:
        ValueError: It is not a finite number.
    """
    low, high = (float(getattr(value, end, value)) * scale for end in ("min", "max"))
    if not (math.isfinite(low) and math.isfinite(high) and 0 <= low <= high):
        raise ValueError(f"{value!r} is no range")
    return Range(low, high)
