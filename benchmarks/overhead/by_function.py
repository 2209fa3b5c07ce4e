"""Where the time of the plugin goes, by function."""

from __future__ import annotations

import pstats
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from overhead.sessions import Variant
from overhead.suites import write_suite
from rounds import table

Function = tuple[str, int, str]
OURS = "/pytest_scer/"


def profile(variant: Variant, directory: Path, tests: int, top: int) -> Iterator[str]:
    """Run trivial tests under cProfile; the functions of the plugin by their own time.

    cProfile makes calls of functions two to three times as slow, so its microseconds say where the
    time goes, not how much it is.

    Args:
        variant: What to run.
        directory: For the suite.
        tests: The number of tests.
        top: The number of functions to show.
    """
    write_suite(directory, variant.test, tests, variant.conftest)
    python, *rest = variant.command()
    subprocess.run(
        [python, "-m", "cProfile", "-o", "profile.out", *rest],
        cwd=directory,
        env=variant.environment.variables(),
        stdout=subprocess.PIPE,
        check=True,
    )
    statistics: Any = pstats.Stats(str(directory / "profile.out"))
    calls: dict[Function, tuple[float, float, float]] = {}
    builtin_s: dict[Function, float] = defaultdict(float)
    for function, (_, count, own_s, all_s, callers) in statistics.stats.items():
        calls[function] = (count, own_s, all_s)
        if function[0] == "~":
            for caller, (_, _, within_s, _) in callers.items():
                builtin_s[caller] += within_s
    whole_s = sum(own_s for _, own_s, _ in calls.values())
    ours = [function for function in calls if OURS in function[0]]
    ours_s = sum(calls[function][1] + builtin_s[function] for function in ours)
    yield (
        f"{variant.name}, {tests:,} trivial tests under cProfile: {1e6 * ours_s / tests:.0f} of "
        f"{1e6 * whole_s / tests:.0f} us per test are the plugin's own functions, with the "
        "built-in ones that they call."
    )
    yield ""
    ours.sort(key=lambda function: -calls[function][1] - builtin_s[function])
    yield from table(
        ("function", "calls per test", "own us per test", "with all it calls"),
        (
            [
                f"`{path.rpartition(OURS)[2]}:{line}` {name}",
                f"{count / tests:.2f}",
                f"{1e6 * (own_s + builtin_s[path, line, name]) / tests:.2f}",
                f"{1e6 * all_s / tests:.2f}",
            ]
            for path, line, name in ours[:top]
            for count, own_s, all_s in [calls[path, line, name]]
        ),
    )
