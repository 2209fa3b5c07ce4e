"""How many tokens a response of a model server says that it took."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

CACHED: Final = "cached_token"
"""Tokens of the prompt that the server had in its cache; they are part of ``prompt_token``."""
_NAMES: Final = (
    ("prompt_tokens", "completion_tokens"),  # OpenAI: chat, completions, embeddings
    ("input_tokens", "output_tokens"),  # OpenAI: responses; Anthropic
)
_TOP_NAMES: Final = (
    ("prompt_eval_count", "eval_count"),  # Ollama, /api/generate and /api/chat
    ("tokens_evaluated", "tokens_predicted"),  # llama.cpp, /completion
)
_EVENTS: Final = ("response", "chunk", "message")
"""What events of a stream hold a response or its part in."""
_DETAILS: Final = ("prompt_tokens_details", "input_tokens_details")
# Anthropic counts these apart from input_tokens.
_READ_FROM_CACHE: Final = "cache_read_input_tokens"
_WRITTEN_TO_CACHE: Final = "cache_creation_input_tokens"


def usage_of(response: object) -> dict[str, float] | None:
    """The units that a response counts: ``prompt_token``, ``token`` and ``cached_token``.

    Args:
        response: An object of a client library, a dictionary of the same form, or an HTTP response
            with such a dictionary as its JSON.

    Returns:
        The counts by the singular name of each unit; None if the response does not say.
    """
    usage = field_of(response, "usage")
    for name in _EVENTS if usage is None else ():
        usage = field_of(field_of(response, name), "usage") if usage is None else usage
    if usage is not None:
        return _counts(usage, _NAMES)
    found = _counts(response, _TOP_NAMES)
    return found if found is not None else _of_http(response)


def _of_http(response: object) -> dict[str, float] | None:
    """The usage in the body of an HTTP response."""
    response = getattr(response, "http_response", response)  # of openai's raw responses
    read = getattr(response, "json", None)
    if not callable(read) or not hasattr(response, "status_code"):
        return None
    if getattr(response, "_content", None) is False:  # of requests: a stream that is not read yet
        return None
    with suppress(Exception):  # no JSON, or with httpx a stream that is not read yet
        body = read()
        return usage_of(body) if isinstance(body, Mapping) else None
    return None


def field_of(holder: object, name: str) -> Any:
    """An item of a dictionary, or an attribute of an object; None if it has none."""
    if isinstance(holder, Mapping):
        return holder.get(name)
    try:
        return getattr(holder, name, None)
    except Exception:  # a property that has no value yet; a test must not fail for it
        return None


def _counts(usage: object, names: tuple[tuple[str, str], ...]) -> dict[str, float] | None:
    for prompt_name, generated_name in names:
        prompt, generated = _number(usage, prompt_name), _number(usage, generated_name)
        if prompt is None and generated is None:
            continue
        read, written = _number(usage, _READ_FROM_CACHE), _number(usage, _WRITTEN_TO_CACHE)
        details = (_number(field_of(usage, each), "cached_tokens") for each in _DETAILS)
        cached = read or next((each for each in details if each is not None), 0.0)
        counts = {}
        if prompt is not None:
            counts["prompt_token"] = prompt + (read or 0.0) + (written or 0.0)
        if generated is not None:
            counts["token"] = generated
        if cached:
            counts[CACHED] = cached
        return counts
    return None


def _number(holder: object, name: str) -> float | None:
    value = field_of(holder, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None
