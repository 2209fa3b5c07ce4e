"""Sessions of the suites in ``benchmarks/suites``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from neighbour import neighbour

SUITES = Path(__file__).parents[1] / "suites"
NAMES = ("fixtures", "plain", "estimators", "tiny", "networks")


def run_suite(
    suite: str, options: Sequence[str], *, busy: bool, planted: str = "", **settings: str
) -> None:
    """Run a suite in a separate process.

    Args:
        suite: Which one.
        options: Options of pytest.
        busy: Whether it runs next to a busy process.
        planted: What is planted in its tests; see ``benchmarks/suites/planting.py``.
        settings: Further environment variables.

    Raises:
        RuntimeError: It failed.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "pytest_scer.plugin", *options, suite]
    places = [str(SUITES), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join(places),
        "SUITES_PLANTED": planted,
        **settings,
    }
    with neighbour(busy):
        done = subprocess.run(
            command, cwd=SUITES, env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
