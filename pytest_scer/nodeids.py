"""Node ids that are the same in every mode, so that patterns and baselines match."""

from __future__ import annotations

import pytest


def plain(nodeid: str, config: pytest.Config) -> str:
    """A node id as it is without workers.

    With ``--dist=loadgroup`` pytest-xdist 3.8 appends the name of the test's group to it, on those
    versions of pytest that let it: ``test_it.py::test_it[a]@group``.
    """
    # The controller has `dist`; a worker is told of this mode only.
    in_groups = config.getoption("loadgroup", default=False)
    if not in_groups and config.getoption("dist", default="no") != "loadgroup":
        return nodeid
    test, _, group = nodeid.rpartition("@")
    return nodeid if not test or "]" in group or "::" in group else test
