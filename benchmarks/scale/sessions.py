"""Sessions of many trivial tests, with and without workers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from rounds import Json
from scale.commands import measured

BARE, SCER, ASIDE = "bare pytest", "pytest-scer", "pytest-scer, report.scer aside"
OPTIONS = ("-p", "scer", "--scer-output=report.json")

SUITE = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_trivial(number):
    pass
"""

# The peak of the process that makes the report, and the time from the end of the last test to the
# end of the session. With ASIDE, reports of pytest lose ours as soon as the next one comes.
CONFTEST = """
import json, os, resource, time

ended_s = latest = None

def pytest_runtest_logreport(report):
    global ended_s, latest
    ended_s = time.perf_counter()
    if {aside} and latest is not None:
        for name in [name for name in vars(latest) if name.startswith("scer")]:
            del vars(latest)[name]
    latest = report

def pytest_unconfigure(config):
    if "PYTEST_XDIST_WORKER" not in os.environ:
        figures = {{
            "end_s": time.perf_counter() - ended_s,
            "controller_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }}
        with open("figures.json", "w") as file:
            json.dump(figures, file)
"""


def write_suite(directory: Path, count: int, *, aside: bool = False) -> None:
    """Write a suite of trivial tests.

    Args:
        directory: Where it goes.
        count: The number of tests.
        aside: Whether reports of pytest lose what pytest-scer put there.
    """
    (directory / "test_many.py").write_text(SUITE.format(count=count))
    (directory / "conftest.py").write_text(CONFTEST.format(aside=aside))


def pytest(directory: Path, *options: str) -> Json:
    """Run the suite in a directory once; returns its figures."""
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "xdist", *options]
    figures = measured(directory, *command)
    return {**figures, **json.loads((directory / "figures.json").read_text())}


def sessions(sizes: Sequence[int], workers: int, variants: Sequence[str]) -> Iterator[Json]:
    """Run the variants in turn at each size.

    Args:
        sizes: The numbers of tests.
        workers: The number of workers; 0 for none.
        variants: Which ones.
    """
    for size in sizes:
        for variant in variants:
            with tempfile.TemporaryDirectory() as name:
                directory = Path(name)
                write_suite(directory, size, aside=variant == ASIDE)
                options = () if variant == BARE else OPTIONS
                figures = pytest(directory, "-n", str(workers), *options)
            yield {"variant": variant, "size": size, **figures}
