"""How pytest-scer scales: from 1,000 to 100,000 tests, with and without workers, and merging.

For each size, it runs bare pytest and then a session with a JSON report. The figures are CPU
seconds (user + system, including children), the peak memory of the main process, and the time from
the end of the last test until the report is written. Needs a POSIX system and an environment with
pytest-scer and pytest-xdist.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pytest_scer.core.budget_rules import Pattern

SUITE = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_trivial(number):
    pass
"""

# Measures the time from the end of the last test to the end of the session, when the report is
# written.
CONFTEST = """
import os, time

def pytest_runtest_logreport(report):
    global ended_s
    ended_s = time.perf_counter()

def pytest_unconfigure(config):
    if "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\\nreport took {time.perf_counter() - ended_s:.2f} s")
"""

SCER = ("-p", "scer", "--scer-output=report.json")


@dataclass(frozen=True)
class Session:
    """The cost of one session.

    Attributes:
        cpu_s: CPU seconds of its processes.
        peak_mb: Peak memory of the largest of them in MB.
        report_s: Seconds from the end of the last test to the end of the session.
    """

    cpu_s: float
    peak_mb: float
    report_s: float


# A process only knows the peak of its largest child, so each command gets a new parent process.
MEASURE = """
import json, resource, subprocess, sys, time
start_s = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
wall_s = time.perf_counter() - start_s
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu_s = used.ru_utime + used.ru_stime
print(json.dumps([done.returncode, done.stdout[-2000:], cpu_s, wall_s, used.ru_maxrss / 1024]))
"""


def measured(command: list[str], directory: Path) -> tuple[str, float, float, float]:
    """Run a command; returns its output, CPU and wall seconds, and peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        cwd=directory,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        # Other installed plugins would add to both figures, and their fixtures to the report.
        env={**os.environ, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    code, output, cpu_s, wall_s, peak_mb = json.loads(done.stdout)
    if code != 0:
        raise SystemExit(f"{command} failed with exit code {code}:\n{output}")
    return output, cpu_s, wall_s, peak_mb


def run(directory: Path, *options: str) -> Session:
    """Run the suite in a directory once."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "xdist"]
    output, cpu_s, _, peak_mb = measured([*command, *options], directory)
    return Session(cpu_s, peak_mb, float(output.rpartition("report took ")[2].split()[0]))


def scale(sizes: list[int], workers: list[int]) -> None:
    """Print a row for each size and number of workers."""
    print("| tests | workers | bare us/test | scer us/test | extra MB | report s |")
    print("| --- | --- | --- | --- | --- | --- |")
    for count in sizes:
        for number in workers:
            with tempfile.TemporaryDirectory() as name:
                directory = Path(name)
                (directory / "test_many.py").write_text(SUITE.format(count=count))
                (directory / "conftest.py").write_text(CONFTEST)
                bare = run(directory, "-n", str(number))
                scer = run(directory, "-n", str(number), *SCER)
            print(
                f"| {count} | {number} | {1e6 * bare.cpu_s / count:.0f} "
                f"| {1e6 * scer.cpu_s / count:.0f} | {scer.peak_mb - bare.peak_mb:.0f} "
                f"| {scer.report_s:.2f} |",
                flush=True,
            )


def merging(shards: int, tests: int) -> None:
    """Merge `shards` copies of one report, each with its own session ID."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "test_many.py").write_text(SUITE.format(count=tests))
        (directory / "conftest.py").write_text(CONFTEST)
        run(directory, *SCER)
        report = json.loads((directory / "report.json").read_text())
        paths = []
        for number in range(shards):
            report["session"]["id"] = f"shard{number}"
            paths.append(directory / f"{number}.json")
            paths[-1].write_text(json.dumps(report))
        command = [sys.executable, "-m", "pytest_scer.cli", "merge", *map(str, paths)]
        _, cpu_s, wall_s, peak_mb = measured([*command, "-o", "all.json"], directory)
        print(
            f"merging {shards} shards of {tests} tests: {cpu_s:.1f} s CPU, {wall_s:.1f} s, "
            f"{peak_mb:.0f} MB at most"
        )


def reading(tests: int) -> None:
    """Show a report of that many tests, and compare it with itself and with its baseline."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "test_many.py").write_text(SUITE.format(count=1000))
        (directory / "conftest.py").write_text(CONFTEST)
        run(directory, *SCER, "--scer-save-baseline=baseline.json")
        for file in ("report.json", "baseline.json"):
            _enlarge(directory / file, tests)
        size = (directory / "report.json").stat().st_size / 1e6
        print(f"| {tests} tests, {size:.0f} MB | CPU s | s | MB |")
        print("| --- | --- | --- | --- |")
        for command in (
            ["show", "report.json"],
            ["compare", "report.json", "report.json"],
            ["compare", "report.json", "report.json", "--format=json"],
            ["compare", "baseline.json", "report.json"],
        ):
            _, cpu_s, wall_s, peak_mb = measured(
                [sys.executable, "-m", "pytest_scer.cli", *command], directory
            )
            print(
                f"| {' '.join(command)} | {cpu_s:.1f} | {wall_s:.1f} | {peak_mb:.0f} |", flush=True
            )


def _enlarge(path: Path, count: int) -> None:
    """Repeat the tests of a report or baseline under other names, up to a number."""
    report = json.loads(path.read_text())
    tests = report["tests"]
    if isinstance(tests, dict):
        rows = list(tests.values())
        report["tests"] = {
            f"test_{number // 1000}.py::test_trivial[{number % 1000}]": rows[number % len(rows)]
            for number in range(count)
        }
    else:
        report["tests"] = [
            {
                **tests[number % len(tests)],
                "nodeid": f"test_{number // 1000}.py::test_trivial[{number % 1000}]",
            }
            for number in range(count)
        ]
    path.write_text(json.dumps(report))


def patterns() -> None:
    """Match patterns with many stars, on which a regular expression takes minutes."""
    for pattern in ("*a*a*a*b*", "*a*a*a*a*a*a*a*a*a*a*b*", "*a?a*??*a?b*"):
        for length in (1500, 15_000, 150_000):
            text = "a" * length
            start_s = time.perf_counter()
            Pattern(pattern).matches(text, (), None)
            took_us = 1e6 * (time.perf_counter() - start_s)
            print(f"{pattern} against {length} characters: {took_us:.0f} us")


def main() -> None:
    """Run the benchmarks selected on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000", help="numbers of tests")
    parser.add_argument("--workers", default="0,2", help="numbers of workers")
    parser.add_argument("--shards", default="100x1000", help="shards x tests to merge")
    parser.add_argument("--read", default=100_000, type=int, help="tests of the report to read")
    arguments = parser.parse_args()
    patterns()
    if arguments.read:
        reading(arguments.read)
    scale(
        [int(size) for size in arguments.sizes.split(",") if size],
        [int(number) for number in arguments.workers.split(",") if number],
    )
    if arguments.shards:
        shards, _, tests = arguments.shards.partition("x")
        merging(int(shards), int(tests))


if __name__ == "__main__":
    main()
