"""Responses of model servers that arrive in chunks, watched for the usage that they end with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

from pytest_scer.models.usage import field_of, usage_of

if TYPE_CHECKING:
    from typing_extensions import Self

_SNAPSHOTS: Final = ("current_completion_snapshot", "current_message_snapshot")
"""What helpers of ``openai`` and ``anthropic`` have read so far; their methods for the final
response would read the rest."""


class Request(Protocol):
    """A request that is under way."""

    def end(self, usage: Mapping[str, float] | None, model: str | None = None) -> None:
        """The response is complete; only the first call counts.

        Args:
            usage: What it counted; None if it does not say.
            model: The model that has answered, if it says.
        """

    def fail(self) -> None:
        """There is no response."""


def name_of_model(value: object) -> str | None:
    """The name of a model, if this is one."""
    return value if isinstance(value, str) else None


def arriving(response: Any, request: Request, *, hides_usage: bool = False) -> Any:
    """Watch a response that arrives in chunks; None if it does not.

    Args:
        response: The response.
        request: Ended with the last chunk.
        hides_usage: Whether to leave out the chunk with the usage, which the user did not ask for.
    """
    if hasattr(type(response), "__next__"):
        return _Stream(response, request, hides_usage=hides_usage)
    if hasattr(type(response), "__anext__"):
        return _AsyncStream(response, request, hides_usage=hides_usage)
    return None


class _Arriving:
    """A response that arrives in chunks."""

    def __init__(self, stream: Any, request: Request, *, hides_usage: bool) -> None:
        self._stream = stream
        self._request = request
        self._hides_usage = hides_usage
        self._usage: dict[str, float] = {}
        self._model: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _take(self, chunk: Any) -> bool:
        """Look at a chunk; whether the user gets it."""
        self._model = self._model or name_of_model(field_of(chunk, "model"))
        usage = usage_of(chunk)
        if usage is None:
            return True
        self._usage.update(usage)  # Anthropic counts the prompt in the first chunk
        return bool(field_of(chunk, "choices")) or not self._hides_usage

    def _end(self) -> None:
        self._request.end(self._usage or _usage_so_far(self._stream), self._model)


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


def _usage_so_far(stream: Any) -> dict[str, float] | None:
    """The usage in what was read of a stream; reads nothing of the rest."""
    usage = usage_of(stream)
    for name in _SNAPSHOTS:
        with suppress(Exception):  # nothing has arrived yet
            usage = usage or usage_of(getattr(stream, name, None))
    return usage


class Manager:
    """A context manager in which a response arrives, as the ``stream`` methods return it."""

    def __init__(self, manager: Any, begin: Callable[[], Request]) -> None:
        """Begin no request yet.

        Args:
            manager: The context manager of the client.
            begin: Begins the request.
        """
        self._manager = manager
        self._begin = begin
        self._request: Request | None = None
        self._stream: Any = None

    def __enter__(self) -> Any:
        self._request = self._begin()
        try:
            return self._watched(self._manager.__enter__())
        except BaseException:
            self._request.fail()
            raise

    def __exit__(self, *error: object) -> Any:
        self._end()
        return self._manager.__exit__(*error)

    async def __aenter__(self) -> Any:
        self._request = self._begin()
        try:
            return self._watched(await self._manager.__aenter__())
        except BaseException:
            self._request.fail()
            raise

    async def __aexit__(self, *error: object) -> Any:
        self._end()
        return await self._manager.__aexit__(*error)

    def _watched(self, stream: Any) -> Any:
        assert self._request is not None
        self._stream = arriving(stream, self._request) or stream
        return self._stream

    def _end(self) -> None:
        if isinstance(self._stream, _Arriving):
            self._stream._end()  # noqa: SLF001 - its own kind
        elif self._request is not None:
            self._request.end(_usage_so_far(self._stream))
