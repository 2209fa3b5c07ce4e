"""Which plugins the inner sessions of the tests load.

Every process of every inner session would import all of them, and the slowest take as long to
import as pytest itself.
"""

from __future__ import annotations

from typing import Final

# By the names of their entry points.
OTHER_PLUGINS: Final = (
    "anyio",
    "asyncio",
    "fakefs",
    "html",
    "hypothesispytest",
    "metadata",
    "pytest_cov",
    "pytest_forked",
    "pytest_jsonreport",
    "pytest_reportlog",
    "randomly",
    "repeat",
    "rerunfailures",
    "time_machine",
    "timeout",
    "xdist",
    "xdist.looponfail",
)
FAKE_FILES: Final = "fakefs"
XDIST: Final = ("xdist", "xdist.looponfail")


def without_other_plugins(*but: str) -> str:
    """Options, as ``PYTEST_ADDOPTS`` holds them, that keep other plugins out of a session.

    Args:
        *but: The names of the plugins to keep.
    """
    return " ".join(f"-p no:{name}" for name in OTHER_PLUGINS if name not in but)
