from __future__ import annotations

import platform
from types import SimpleNamespace

import pytest

from pytest_scer.models.addresses import Address, address_in, address_of


@pytest.mark.parametrize(
    ("url", "host", "port", "is_here"),
    [
        ("http://localhost:8080/v1", "localhost", 8080, True),
        ("http://127.0.0.1:8000", "127.0.0.1", 8000, True),
        ("http://[::1]:8000/", "::1", 8000, True),
        ("http://0.0.0.0:11434", "0.0.0.0", 11434, True),
        ("https://api.openai.com/v1/", "api.openai.com", 443, False),
        ("http://model.internal", "model.internal", 80, False),
        ("https://192.0.2.7:8443", "192.0.2.7", 8443, False),
    ],
)
def test_a_client_says_where_its_server_is(url: str, host: str, port: int, is_here: bool) -> None:
    assert address_of(SimpleNamespace(base_url=url)) == Address(host, port, is_here)


def test_the_name_of_this_machine_is_here() -> None:
    address = address_of(SimpleNamespace(base_url=f"http://{platform.node()}:80"))
    assert address is not None
    assert address.is_here


def test_a_relative_address_says_nothing() -> None:
    assert address_in("/v1/completions") is None


@pytest.mark.parametrize(
    "client", [object(), SimpleNamespace(base_url=None), SimpleNamespace(base_url="http://[bad")]
)
def test_a_client_may_not_say(client: object) -> None:
    assert address_of(client) is None
