"""Clients of model servers, wrapped so that each request is noticed.

No client library is imported: whatever has methods of these names is a client.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, Protocol

from pytest_scer.models.usage import usage_of

if TYPE_CHECKING:
    from typing_extensions import Self

_REQUESTS: Final = frozenset({"create", "parse", "generate", "embed", "chat", "post"})
"""Methods that send a request. Those of ``openai`` come first; ``post`` is of HTTP clients."""
_COPIES: Final = frozenset({"with_options", "copy"})
"""Methods that return another client."""
_STREAMS: Final = frozenset({"stream"})
"""Methods that return a context manager, in which the response arrives."""
_FINAL: Final = ("get_final_completion", "get_final_response", "get_final_message")


class Request(Protocol):
    """A request that is under way."""

    def end(self, usage: Mapping[str, float] | None, model: str | None = None) -> None:
        """The response is complete.

        Args:
            usage: What it counted; None if it does not say.
            model: The model that has answered, if it says.
        """

    def fail(self) -> None:
        """There is no response."""


Begin = Callable[[str | None], Request]
"""Begins a request to a model."""


def wrapped(client: Any, begin: Begin) -> Any:
    """Return what behaves as a client does, and notices its requests.

    Args:
        client: The client, or a function that sends a request.
        begin: Called when a request begins.
    """
    return _Proxy(client, begin, type(client), ())


class _Proxy:
    """A client, or a part of it such as ``client.chat.completions``."""

    def __init__(self, target: Any, begin: Begin, client: type, path: tuple[str, ...]) -> None:
        object.__setattr__(self, "_scer", (target, begin, client, path))

    def __getattribute__(self, name: str) -> Any:
        target, begin, client, path = object.__getattribute__(self, "_scer")
        if name == "__class__":  # isinstance() of a library that is handed the client
            return type(target)
        if name.startswith("__") and name.endswith("__"):
            return getattr(target, name)
        value = getattr(target, name)
        if callable(value) and inspect.isroutine(value):
            if name in _REQUESTS:
                return _noticed(value, begin, (*path, name))
            if name in _STREAMS:
                return _noticed_stream(value, begin)
            if name in _COPIES:
                return lambda *args, **kwargs: _Proxy(value(*args, **kwargs), begin, client, path)
            return value
        if _is_part(value, client):
            return _Proxy(value, begin, client, (*path, name))
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_target(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_target(self), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        target, begin, _, path = object.__getattribute__(self, "_scer")
        if path and path[-1] not in _REQUESTS:
            return target(*args, **kwargs)
        return _noticed(target, begin, path)(*args, **kwargs)

    def __repr__(self) -> str:
        return repr(_target(self))

    def __dir__(self) -> list[str]:
        return dir(_target(self))

    def __enter__(self) -> Self:
        _target(self).__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        return _target(self).__exit__(*error)

    async def __aenter__(self) -> Self:
        await _target(self).__aenter__()
        return self

    async def __aexit__(self, *error: object) -> Any:
        return await _target(self).__aexit__(*error)


def _target(proxy: _Proxy) -> Any:
    return object.__getattribute__(proxy, "_scer")[0]


def _is_part(value: object, client: type) -> bool:
    """Whether an attribute is a part of the client, whose methods may send requests."""
    if isinstance(value, type):
        return False
    if isinstance(value, SimpleNamespace) or any(hasattr(type(value), name) for name in _REQUESTS):
        return True
    return type(value).__module__.partition(".")[0] == client.__module__.partition(".")[0]


def _noticed(send: Callable[..., Any], begin: Begin, path: tuple[str, ...]) -> Callable[..., Any]:
    """A method that sends a request, which is noticed."""

    def call(*args: Any, **kwargs: Any) -> Any:
        hides_usage = _ask_for_usage(kwargs, path)
        request = begin(_model(kwargs.get("model")))
        try:
            result = send(*args, **kwargs)
        except BaseException:
            request.fail()
            raise
        if inspect.isawaitable(result):
            return _awaited(result, request, hides_usage=hides_usage)
        return _received(result, request, hides_usage=hides_usage)

    return call


def _ask_for_usage(kwargs: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Ask a stream of completions for its usage; whether the user did not ask for it.

    OpenAI's API sends it in a last chunk without choices, only with this option.
    """
    if kwargs.get("stream") is not True or "completions" not in path:
        return False
    given = kwargs.get("stream_options")
    options = dict(given) if isinstance(given, Mapping) else {}
    if "include_usage" in options:
        return False
    kwargs["stream_options"] = {**options, "include_usage": True}
    return True


async def _awaited(result: Awaitable[Any], request: Request, *, hides_usage: bool) -> Any:
    try:
        response = await result
    except BaseException:
        request.fail()
        raise
    return _received(response, request, hides_usage=hides_usage)


def _received(response: Any, request: Request, *, hides_usage: bool) -> Any:
    """End the request with its response, or once that has arrived."""
    usage = usage_of(response)
    if usage is None and hasattr(type(response), "__next__"):
        return _Stream(response, request, hides_usage=hides_usage)
    if usage is None and hasattr(type(response), "__anext__"):
        return _AsyncStream(response, request, hides_usage=hides_usage)
    request.end(usage, _model(_attribute(response, "model")))
    return response


def _model(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _attribute(holder: object, name: str) -> object:
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)


class _Arriving:
    """A response that arrives in chunks."""

    def __init__(self, stream: Any, request: Request, *, hides_usage: bool) -> None:
        self._stream = stream
        self._request = request
        self._hides_usage = hides_usage
        self._usage: Mapping[str, float] | None = None
        self._model: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _take(self, chunk: Any) -> bool:
        """Look at a chunk; whether the user gets it."""
        self._model = self._model or _model(_attribute(chunk, "model"))
        usage = usage_of(chunk)
        if usage is None:
            return True
        self._usage = usage
        return bool(_attribute(chunk, "choices")) or not self._hides_usage

    def _end(self) -> None:
        self._request.end(self._usage, self._model)


class _Stream(_Arriving):
    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        while True:
            try:
                chunk = next(self._stream)
            except StopIteration:
                self._end()
                raise
            except BaseException:
                self._request.fail()
                raise
            if self._take(chunk):
                return chunk

    def close(self) -> None:
        """Close the stream: the rest of the response is not wanted."""
        with suppress(AttributeError):
            self._stream.close()
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _AsyncStream(_Arriving):
    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        while True:
            try:
                chunk = await self._stream.__anext__()
            except StopAsyncIteration:
                self._end()
                raise
            except BaseException:
                self._request.fail()
                raise
            if self._take(chunk):
                return chunk

    async def close(self) -> None:
        """Close the stream: the rest of the response is not wanted."""
        with suppress(AttributeError):
            await self._stream.close()
        self._end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _noticed_stream(open_stream: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    """A method that returns a context manager, in which the response arrives."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return _Manager(open_stream(*args, **kwargs), begin, _model(kwargs.get("model")))

    return call


class _Manager:
    def __init__(self, manager: Any, begin: Begin, model: str | None) -> None:
        self._manager = manager
        self._begin = begin
        self._model = model
        self._request: Request | None = None
        self._stream: Any = None

    def __enter__(self) -> Any:
        self._request = self._begin(self._model)
        self._stream = self._manager.__enter__()
        return self._stream

    def __exit__(self, *error: object) -> Any:
        assert self._request is not None
        usage = None
        for name in _FINAL if error[0] is None else ():
            with suppress(Exception):  # it was not read to its end
                usage = usage or usage_of(getattr(self._stream, name)())
        self._request.end(usage, self._model)
        return self._manager.__exit__(*error)

    async def __aenter__(self) -> Any:
        self._request = self._begin(self._model)
        self._stream = await self._manager.__aenter__()
        return self._stream

    async def __aexit__(self, *error: object) -> Any:
        assert self._request is not None
        usage = None
        for name in _FINAL if error[0] is None else ():
            with suppress(Exception):
                usage = usage or usage_of(await getattr(self._stream, name)())
        self._request.end(usage, self._model)
        return await self._manager.__aexit__(*error)
