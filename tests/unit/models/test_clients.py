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
        self.urls: list[str | None] = []
        self.ended: list[Mapping[str, float] | None] = []
        self.models: list[str | None] = []
        self.failed = 0

    def begin(self, model: str | None, url: str | None) -> Logged:
        self.begun.append(model)
        self.urls.append(url)
        return Logged(self)


class Logged:
    """A request; only its first end counts."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._has_ended = False

    def _ends(self) -> bool:
        before, self._has_ended = self._has_ended, True
        return not before

    def end(self, usage: Mapping[str, float] | None, model: str | None = None) -> None:
        if self._ends():
            self._log.ended.append(usage)
            self._log.models.append(model)

    def fail(self) -> None:
        self._log.failed += self._ends()


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


def test_a_coroutine_that_is_not_awaited_calls_nobody() -> None:
    log = Log()

    class Completions:
        async def create(self) -> Any:
            return {"usage": USAGE}

    async def ask() -> None:
        later = wrapped(Completions(), log.begin).create()
        assert log.begun == []
        await later

    asyncio.run(ask())
    assert log.ended == [COUNTED]


def test_an_http_client_says_where_a_request_goes_and_to_which_model() -> None:
    log = Log()

    class Http:
        def post(self, url: str, json: dict[str, Any]) -> Any:
            return {"usage": USAGE, "url": url, **json}

    client = wrapped(Http(), log.begin)
    client.post("http://localhost:8080/v1/completions", json={"model": "asked"})
    client.post(url="http://localhost:8081/v1", json={})
    assert log.urls == ["http://localhost:8080/v1/completions", "http://localhost:8081/v1"]
    assert log.begun == ["asked", None]


def test_a_client_that_is_wrapped_twice_counts_once() -> None:
    first, second, client = Log(), Log(), Client()
    wrapped(wrapped(client, first.begin), second.begin).chat.completions.create()
    assert (first.ended, second.ended) == ([], [COUNTED])


@pytest.mark.parametrize("client", [None, Client, "http://localhost", 8080])
def test_what_sends_no_requests_is_refused(client: object) -> None:
    with pytest.raises(TypeError, match=r"carbon\.openai\(.*expected a client"):
        wrapped(client, Log().begin)


class Manager:
    """As the ``stream`` methods of ``openai`` return it."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> Any:
        if isinstance(self.stream, Exception):
            raise self.stream
        return self.stream

    def __exit__(self, *_: object) -> None:
        pass


def _streaming(log: Log, stream: Any) -> Any:
    chat = SimpleNamespace(stream=lambda **_: Manager(stream))
    return wrapped(SimpleNamespace(chat=chat), log.begin).chat


def test_events_of_a_stream_helper_are_watched() -> None:
    log = Log()
    events = iter([SimpleNamespace(), SimpleNamespace(chunk={"usage": USAGE})])
    with _streaming(log, events).stream(model="asked") as stream:
        assert len(list(stream)) == 2
        assert log.ended == [COUNTED]  # and not after what the test does with it
    assert (log.begun, log.ended) == (["asked"], [COUNTED])


def test_the_rest_of_a_stream_is_not_read_for_its_usage() -> None:
    log = Log()

    def final() -> None:
        pytest.fail("the rest of the stream was read")

    stream = SimpleNamespace(
        get_final_completion=final, current_completion_snapshot={"usage": USAGE}
    )
    with _streaming(log, stream).stream():
        pass
    assert log.ended == [COUNTED]


def test_a_stream_that_cannot_be_opened_is_no_request() -> None:
    log = Log()
    with pytest.raises(ConnectionError), _streaming(log, ConnectionError()).stream():
        pass
    assert (log.failed, log.ended) == (1, [])


def test_the_prompt_may_be_counted_in_the_first_chunk_and_the_rest_in_the_last() -> None:
    """As Anthropic does."""
    log = Log()
    events = [
        {"type": "message_start", "message": {"usage": {"input_tokens": 9, "output_tokens": 1}}},
        {"type": "message_delta", "usage": {"output_tokens": 5}},
    ]
    list(wrapped(lambda: iter(events), log.begin)())
    assert log.ended == [{"prompt_token": 9, "token": 5}]
