"""Messages between two processes."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from pytest_scer.ab.channel import DESCRIPTOR, Channel, Closed, Message
from pytest_scer.plugin import AB


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    pair = tuple(map(Channel, socket.socketpair()))
    yield pair[0], pair[1]
    for end in pair:
        end.close()


def test_messages_arrive_in_order_and_whole(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    sent: list[Message] = [{"run": "test\n"}, {"long": "x" * 100_000}, {"end": True}]
    for message in sent:
        one.send(message)
    assert [other.receive() for _ in sent] == sent


def test_an_end_that_is_gone_is_told(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    other.close()
    with pytest.raises(Closed):
        one.receive()
    with pytest.raises(Closed):
        one.send({"x": "y" * 10_000_000})
    with pytest.raises(Closed):
        other.receive()


def test_a_process_that_ended_is_not_waited_for(ends: tuple[Channel, Channel]) -> None:
    """A child of it may hold its end open."""
    one, _ = ends
    with pytest.raises(Closed):
        one.receive(lambda: False)


def test_what_a_process_said_before_it_ended_arrives(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    other.send({"last": "words"})
    assert one.receive(lambda: False) == {"last": "words"}


def test_the_descriptor_is_inherited_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert AB == DESCRIPTOR
    one, other = socket.socketpair()
    monkeypatch.setenv(DESCRIPTOR, str(other.detach()))
    inherited = Channel.inherited()
    assert inherited is not None
    assert DESCRIPTOR not in os.environ
    assert Channel.inherited() is None
    inherited.send({"a": 1})
    mine = Channel(one)
    assert mine.receive() == {"a": 1}
    mine.close()
    inherited.close()
