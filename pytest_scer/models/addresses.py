"""Where a client sends its requests, as far as the client says."""

from __future__ import annotations

import ipaddress
import platform
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import psutil

from pytest_scer.core.text import printable

_PORTS: Final = {"http": 80, "https": 443}
_URLS: Final = ("base_url", "_base_url", "api_base", "host")
"""The attributes of clients that hold an address."""


@dataclass(frozen=True)
class Address:
    """The host and port of a server.

    Attributes:
        host: Its name or IP address.
        port: Its TCP port.
        is_here: Whether that is this machine.
    """

    host: str
    port: int
    is_here: bool


def address_of(client: object) -> Address | None:
    """Where a client sends its requests; None if it does not say."""
    found = (address_in(str(getattr(client, name, None) or "")) for name in _URLS)
    return next((address for address in found if address is not None), None)


def address_in(url: str) -> Address | None:
    """The address in a URL; None if it is relative, or no URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not (parts.hostname and port):
        return None
    return Address(printable(parts.hostname), port, is_here(parts.hostname))


def is_here(host: str) -> bool:
    """Whether a host name or IP address means this machine, without network requests."""
    if host == platform.node() or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if address.is_loopback or address.is_unspecified:
        return True
    return any(
        own.address.partition("%")[0] == str(address)
        for each in psutil.net_if_addrs().values()
        for own in each
    )
