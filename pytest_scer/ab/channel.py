"""Messages between the command and the pytest process of a side: one JSON object per line."""

from __future__ import annotations

import json
import os
import select
import socket
from collections.abc import Callable
from typing import Any, Final

Message = dict[str, Any]

DESCRIPTOR: Final = "PYTEST_SCER_AB"
"""The environment variable that names the inherited descriptor; removed as soon as it is read."""


class Closed(Exception):
    """The other end is gone."""


class Channel:
    """One end of a stream socket."""

    def __init__(self, end: socket.socket) -> None:
        """Take over a connected socket."""
        self._end = end
        self._buffer = b""

    @classmethod
    def inherited(cls) -> Channel | None:
        """The end that the command passed to this process; None if it passed none."""
        number = os.environ.pop(DESCRIPTOR, None)
        if number is None:
            return None
        end = socket.socket(fileno=int(number))
        end.set_inheritable(False)
        return cls(end)

    def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            Closed: The other end is gone, or something closed this one.
        """
        try:
            self._end.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise Closed(str(error)) from None

    def receive(self, is_alive: Callable[[], bool] = lambda: True) -> Message:
        """Wait for the next message.

        Args:
            is_alive: Whether the other process still runs. Called twice a second, since a child of
                that process may hold its end open.

        Raises:
            Closed: No more messages will come.
        """
        while b"\n" not in self._buffer:
            try:
                alive = is_alive()
                ready, _, _ = select.select([self._end], [], [], 0.5)
                data = self._end.recv(65536) if ready else None
            except (OSError, ValueError) as error:  # a test closed the descriptor
                raise Closed(str(error)) from None
            if data == b"" or (data is None and not alive):
                raise Closed("the other process ended")
            self._buffer += data or b""
        line, _, self._buffer = self._buffer.partition(b"\n")
        message: Message = json.loads(line)
        return message

    def close(self) -> None:
        """Close the stream, which shows the other end that no more messages follow."""
        self._end.close()
