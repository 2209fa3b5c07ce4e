from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from typing_extensions import Self

from pytest_scer.models.clients import wrapped

USAGE = {"prompt_tokens": 5, "completion_tokens": 2}
COUNTED = {"prompt_token": 5, "token": 2}


class Log:
    """Requests that were noticed: their model, and how they ended."""

    def __init__(self) -> None:
        self.begun: list[str | None] = []
        self.ended: list[Mapping[str, float] | None] = []
        self.models: list[str | None] = []
        self.failed = 0

    def begin(self, model: str | None) -> Log:
        self.begun.append(model)
        return self

    def end(self, usage: Mapping[str, float] | None, model: str | None = None) -> None:
        self.ended.append(usage)
        self.models.append(model)

    def fail(self) -> None:
        self.failed += 1


class Completions:
    """As ``client.chat.completions``: it remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def create(self, **asked: Any) -> Any:
        self.asked = asked
        if asked.get("fails"):
            raise ConnectionError("no server")
        if asked.get("stream"):
            return _chunks(with_usage=bool(asked.get("stream_options")))
        return SimpleNamespace(model="served", usage=SimpleNamespace(**USAGE))


def _chunks(*, with_usage: bool) -> Iterator[Any]:
    for text in "ab":
        yield SimpleNamespace(choices=[text], usage=None, model="served")
    if with_usage:
        yield SimpleNamespace(choices=[], usage=SimpleNamespace(**USAGE), model="served")


class Client:
    """As ``openai.OpenAI``."""

    def __init__(self) -> None:
        self.chat = SimpleNamespace(completions=Completions())
        self.api_key = "secret"
        self.closed = False

    def with_options(self) -> Client:
        return Client()

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _client() -> tuple[Any, Client, Log]:
    log, client = Log(), Client()
    return wrapped(client, log.begin), client, log


def test_a_response_has_its_usage_counted() -> None:
    wrapper, _, log = _client()
    response = wrapper.chat.completions.create(model="asked")
    assert response.usage.prompt_tokens == 5
    assert (log.begun, log.ended, log.models) == (["asked"], [COUNTED], ["served"])


def test_it_behaves_as_the_client() -> None:
    wrapper, client, log = _client()
    assert isinstance(wrapper, Client)
    assert wrapper.api_key == "secret"
    wrapper.api_key = "other"
    assert client.api_key == "other"
    with wrapper as entered:
        entered.chat.completions.create()
    assert client.closed
    wrapper.with_options().chat.completions.create()
    assert log.ended == [COUNTED, COUNTED]


def test_a_request_that_fails_is_noticed_and_raises() -> None:
    wrapper, _, log = _client()
    with pytest.raises(ConnectionError):
        wrapper.chat.completions.create(fails=True)
    assert (log.failed, log.ended) == (1, [])


def test_a_stream_is_asked_for_its_usage_which_its_user_does_not_see() -> None:
    wrapper, client, log = _client()
    chunks = list(wrapper.chat.completions.create(stream=True))
    assert [chunk.choices[0] for chunk in chunks] == ["a", "b"]
    assert client.chat.completions.asked["stream_options"] == {"include_usage": True}
    assert log.ended == [COUNTED]


@pytest.mark.parametrize(("asked", "chunks", "usage"), [(True, 3, COUNTED), (False, 2, None)])
def test_who_decides_about_the_usage_of_a_stream_gets_what_they_asked_for(
    asked: bool, chunks: int, usage: dict[str, float] | None
) -> None:
    wrapper, client, log = _client()
    options = {"include_usage": asked}
    if not asked:  # the server leaves it out
        client.chat.completions.create = lambda **_: _chunks(with_usage=False)
    got = list(wrapper.chat.completions.create(stream=True, stream_options=options))
    assert len(got) == chunks
    assert log.ended == [usage]


def test_a_stream_that_is_closed_early_ends_its_request() -> None:
    wrapper, _, log = _client()
    with wrapper.chat.completions.create(stream=True) as stream:
        next(stream)
    assert log.ended == [None]


def test_a_function_is_a_client() -> None:
    log = Log()
    ask = wrapped(lambda prompt: {"usage": USAGE, "model": prompt}, log.begin)
    assert ask("hello")["usage"] == USAGE
    assert (log.ended, log.models) == ([COUNTED], ["hello"])


def test_asynchronous_clients_are_awaited() -> None:
    log = Log()

    class AsyncCompletions:
        async def create(self, *, stream: bool = False, **_: Any) -> Any:
            if stream:
                return self._arrive()
            return {"usage": USAGE}

        async def _arrive(self) -> AsyncIterator[Any]:
            for chunk in _chunks(with_usage=True):
                yield chunk

    async def ask() -> int:
        client = wrapped(SimpleNamespace(completions=AsyncCompletions()), log.begin)
        await client.completions.create()
        stream = await client.completions.create(stream=True)
        return len([chunk async for chunk in stream])

    assert asyncio.run(ask()) == 2
    assert log.ended == [COUNTED, COUNTED]


def test_a_context_manager_of_a_stream_ends_with_its_final_response() -> None:
    log = Log()

    class Manager:
        def __enter__(self) -> Any:
            return SimpleNamespace(get_final_completion=lambda: {"usage": USAGE})

        def __exit__(self, *_: object) -> None:
            pass

    client = SimpleNamespace(chat=SimpleNamespace(stream=lambda **_: Manager()))
    with wrapped(client, log.begin).chat.stream(model="asked"):
        pass
    assert (log.begun, log.ended) == (["asked"], [COUNTED])
