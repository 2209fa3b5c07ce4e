from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from pytest_scer.models.usage import usage_of


@pytest.mark.parametrize(
    ("response", "units"),
    [
        (
            {"usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}},
            {"prompt_token": 7, "token": 3},
        ),
        ({"usage": {"prompt_tokens": 7, "total_tokens": 7}}, {"prompt_token": 7}),
        (
            {"usage": {"input_tokens": 5, "output_tokens": 0}},
            {"prompt_token": 5, "token": 0},
        ),
        (
            {
                "usage": {
                    "prompt_tokens": 9,
                    "completion_tokens": 1,
                    "prompt_tokens_details": {"cached_tokens": 8},
                }
            },
            {"prompt_token": 9, "token": 1, "cached_token": 8},
        ),
        (
            {
                "usage": {
                    "input_tokens": 2,
                    "output_tokens": 4,
                    "cache_read_input_tokens": 30,
                    "cache_creation_input_tokens": 10,
                }
            },
            {"prompt_token": 42, "token": 4, "cached_token": 30},
        ),
        ({"prompt_eval_count": 4, "eval_count": 6}, {"prompt_token": 4, "token": 6}),
        ({"tokens_evaluated": 4, "tokens_predicted": 6}, {"prompt_token": 4, "token": 6}),
        (
            {"type": "response.completed", "response": {"usage": {"output_tokens": 2}}},
            {"token": 2},
        ),
        (
            {"type": "chunk", "chunk": {"usage": {"prompt_tokens": 3, "completion_tokens": 4}}},
            {"prompt_token": 3, "token": 4},
        ),
    ],
    ids=[
        "chat",
        "embeddings",
        "responses",
        "cached",
        "anthropic",
        "ollama",
        "llama.cpp",
        "last event",
        "event with a chunk",
    ],
)
def test_tokens_are_read_from_dictionaries_and_objects(
    response: dict[str, Any], units: dict[str, float]
) -> None:
    assert usage_of(response) == units
    assert usage_of(_as_object(response)) == units


def _as_object(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return SimpleNamespace(**{name: _as_object(each) for name, each in value.items()})


@pytest.mark.parametrize(
    "response",
    [
        None,
        "text",
        {},
        {"usage": None},
        {"usage": {"prompt_tokens": "7", "completion_tokens": True}},
        {"usage": {"prompt_tokens": -1, "completion_tokens": float("nan")}},
        MagicMock(),
    ],
)
def test_what_does_not_say_counts_nothing(response: object) -> None:
    assert usage_of(response) is None


def test_the_body_of_an_http_response_is_read() -> None:
    body = {"usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    assert usage_of(SimpleNamespace(status_code=200, json=lambda: body)) == {
        "prompt_token": 1,
        "token": 2,
    }

    def fails() -> None:
        raise ValueError("no JSON")

    assert usage_of(SimpleNamespace(status_code=200, json=fails)) is None
    raw = SimpleNamespace(http_response=SimpleNamespace(status_code=200, json=lambda: body))
    assert usage_of(raw) == {"prompt_token": 1, "token": 2}


def test_a_stream_of_requests_is_not_read_for_its_usage() -> None:
    def reads() -> None:
        pytest.fail("the rest of the stream was read")

    assert usage_of(SimpleNamespace(status_code=200, _content=False, json=reads)) is None


def test_a_property_that_raises_says_nothing() -> None:
    class Closed:
        @property
        def usage(self) -> object:
            raise RuntimeError("closed")

    assert usage_of(Closed()) is None
