"""Node IDs as reports have them: the same with and without workers, and printable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_scer.core.text import printable

if TYPE_CHECKING:  # the command does without pytest, which takes a while to import
    import pytest


def function_of(nodeid: str) -> str:
    """The node ID without its parameters: that of the test function."""
    file, separator, rest = nodeid.partition("::")  # a directory may have brackets in its name
    return file + separator + rest.partition("[")[0]


def plain(nodeid: str, config: pytest.Config) -> str:
    """The node ID as it is without workers, so that patterns and baselines match.

    With ``--dist=loadgroup``, pytest-xdist 3.8 appends the name of the test's group to the node ID
    if the pytest version allows it: ``test_it.py::test_it[a]@group``.
    """
    nodeid = printable(nodeid)
    if "@" not in nodeid:
        return nodeid
    # The controller has `dist`; workers only know whether the mode is `loadgroup`.
    in_groups = config.getoption("loadgroup", default=False)
    if not in_groups and config.getoption("dist", default="no") != "loadgroup":
        return nodeid
    test, _, group = nodeid.rpartition("@")
    return nodeid if not test or "]" in group or "::" in group else test
