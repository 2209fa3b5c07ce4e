"""What a command costs: CPU and wall seconds, and peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from rounds import Json

# A process only knows the peak of its largest child, so each command gets a new parent process.
MEASURE = """
import json, resource, subprocess, sys, time
start_s = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
wall_s = time.perf_counter() - start_s
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stdout[-2000:], {
    "cpu_s": used.ru_utime + used.ru_stime, "wall_s": wall_s, "peak_mb": used.ru_maxrss / 1024,
}]))
"""


def measured(directory: Path, *command: str) -> Json:
    """Run a command of Python; returns its CPU and wall seconds, and peak memory in MB.

    Args:
        directory: Where it runs.
        command: The arguments of the interpreter.

    Raises:
        SystemExit: It failed, so its figures would mean nothing.
    """
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, sys.executable, *command],
        cwd=directory,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        # Other installed plugins would add to all figures, and their fixtures to the report.
        env={**environment, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    code, output, figures = json.loads(done.stdout)
    if code != 0:
        raise SystemExit(f"{command} failed with exit code {code}:\n{output}")
    found: Json = figures
    return found
