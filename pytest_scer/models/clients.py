"""Clients of model servers, wrapped so that each request is noticed.

No client library is imported: whatever has methods of these names is a client.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from pytest_scer.models.streams import Manager, Request, arriving, name_of_model
from pytest_scer.models.usage import field_of, usage_of

if TYPE_CHECKING:
    from typing_extensions import Self

_REQUESTS: Final = frozenset({"create", "parse", "generate", "embed", "chat", "post"})
"""Methods that send a request. Those of ``openai`` come first; ``post`` is of HTTP clients."""
_COPIES: Final = frozenset({"with_options", "copy"})
"""Methods that return another client."""
_STREAMS: Final = frozenset({"stream"})
"""Methods that return a context manager, in which the response arrives."""
_OF_HTTP: Final = "post"
"""The one among :data:`_REQUESTS` whose first argument is an address."""


Begin = Callable[[str | None, str | None], Request]
"""Begins a request to a model, whose name may be known, at an address, which may be, too."""


def wrapped(client: Any, begin: Begin) -> Any:
    """Return what behaves as a client does, and notices its requests.

    Args:
        client: The client, or a function that sends a request.
        begin: Called when a request begins.

    Raises:
        TypeError: It is neither.
    """
    if client is None or isinstance(client, type | str | bytes | int | float):
        raise TypeError(f"carbon.openai({client!r}): expected a client, or a function")
    if type(client) is _Proxy:  # wrapped before, for another test: each request counts once
        client = _target(client)
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
        model, url = _asked_of(args, kwargs, path)
        if inspect.iscoroutinefunction(inspect.unwrap(send)):  # nothing is sent before an await
            return _awaited(send(*args, **kwargs), partial(begin, model, url), hides_usage)
        request = begin(model, url)
        try:
            result = send(*args, **kwargs)
        except BaseException:
            request.fail()
            raise
        if inspect.isawaitable(result):
            return _awaited(result, lambda: request, hides_usage)
        return _received(result, request, hides_usage=hides_usage)

    return call


def _asked_of(
    args: tuple[Any, ...], kwargs: Mapping[str, Any], path: tuple[str, ...]
) -> tuple[str | None, str | None]:
    """The model that a request names, and the address that it goes to, as far as it says."""
    model = kwargs.get("model") or field_of(kwargs.get("json"), "model")
    url = (*args, kwargs.get("url"))[0] if path[-1:] == (_OF_HTTP,) else None
    return name_of_model(model), None if url is None else str(url)


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


async def _awaited(result: Awaitable[Any], begin: Callable[[], Request], hides_usage: bool) -> Any:
    request = begin()
    try:
        response = await result
    except BaseException:
        request.fail()
        raise
    return _received(response, request, hides_usage=hides_usage)


def _received(response: Any, request: Request, *, hides_usage: bool) -> Any:
    """End the request with its response, or once that has arrived."""
    usage = usage_of(response)
    stream = None if usage else arriving(response, request, hides_usage=hides_usage)
    if stream is not None:
        return stream
    request.end(usage, name_of_model(field_of(response, "model")))
    return response


def _noticed_stream(open_stream: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    """A method that returns a context manager, in which the response arrives."""

    def call(*args: Any, **kwargs: Any) -> Any:
        model = name_of_model(kwargs.get("model"))
        return Manager(open_stream(*args, **kwargs), partial(begin, model, None))

    return call
