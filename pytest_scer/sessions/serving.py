"""The servers of a session, imported when a test opens the first one."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from pytest_scer.meters.base import Meter
from pytest_scer.recording.serving import OnDemand, Servers


def servers_of(
    config: pytest.Config, meter: Meter, session: Collection[int] = (), *, reports: bool = False
) -> OnDemand:
    """The servers that the tests of this process may open.

    Args:
        config: The pytest config object.
        meter: The meter of this process.
        session: The processes whose children the session's total includes, besides this one.
        reports: Whether another process meters the session, so that it must be told.
    """

    def make() -> Servers:
        from pytest_scer.workers.servers import Servers as Known

        servers = Known(meter, session, reports=reports)
        config.add_cleanup(servers.close)
        return servers

    return OnDemand(make)
