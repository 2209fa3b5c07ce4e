"""A pytest plugin that reports the energy and CO2e of each test, based on CodeCarbon."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_scer.integrations.notebook import History, Session

__version__ = "0.1.0"


def read(path: str | os.PathLike[str]) -> Session | History:
    """Read a JSON report, or the directory of a history, for a notebook or a script.

    Args:
        path: The file or directory.

    Returns:
        An object that shows itself in a notebook, with ``to_pandas()`` and ``plot(kind)``.

    Raises:
        ValueError: It cannot be read, or is something else; the message names it.
    """
    from pytest_scer.integrations import notebook

    return notebook.read(path)
