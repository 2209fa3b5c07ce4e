"""Large reports: merging shards, showing, comparing, and matching patterns."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rounds import Json
from scale.commands import measured
from scale.sessions import OPTIONS, pytest, write_suite

from pytest_scer.core.budget_rules import Pattern

CLI = ("-m", "pytest_scer.cli")
READING = (
    ("show", "report.json"),
    ("compare", "report.json", "report.json"),
    ("compare", "report.json", "report.json", "--format=json"),
    ("compare", "baseline.json", "report.json"),
)
PATTERNS = ("*a*a*a*b*", "*a*a*a*a*a*a*a*a*a*a*b*", "*a?a*??*a?b*")


def merging(shards: int, tests: int) -> Iterator[Json]:
    """Merge copies of one report, each with its own session ID.

    Args:
        shards: The number of copies.
        tests: The tests in each.
    """
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_suite(directory, tests)
        pytest(directory, *OPTIONS)
        report = json.loads((directory / "report.json").read_text())
        paths = [directory / f"{number}.json" for number in range(shards)]
        for path in paths:
            report["session"]["id"] = f"shard{path.stem}"
            path.write_text(json.dumps(report))
        command = f"merge {shards} shards of {tests:,} tests"
        figures = measured(directory, *CLI, "merge", *map(str, paths), "-o", "all.json")
        yield {"command": command, **figures}


def reading(tests: int) -> Iterator[Json]:
    """Show a report, and compare it with itself and with its baseline.

    Args:
        tests: The tests in the report: those of a session of 1,000, repeated.
    """
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_suite(directory, 1000)
        pytest(directory, *OPTIONS, "--scer-save-baseline=baseline.json")
        for file in ("report.json", "baseline.json"):
            _enlarge(directory / file, tests)
        size_mb = (directory / "report.json").stat().st_size / 1e6
        for command in READING:
            figures = measured(directory, *CLI, *command)
            about = f"{' '.join(command)}, {tests:,} tests, {size_mb:.0f} MB"
            yield {"command": about, **figures}


def _enlarge(path: Path, count: int) -> None:
    """Repeat the tests of a report or baseline under other names, up to a number."""
    report = json.loads(path.read_text())
    tests = report["tests"]
    names = [f"test_{number // 1000}.py::test_trivial[{number % 1000}]" for number in range(count)]
    if isinstance(tests, dict):
        rows = list(tests.values())
        report["tests"] = {name: rows[number % len(rows)] for number, name in enumerate(names)}
    else:
        report["tests"] = [
            {**tests[number % len(tests)], "nodeid": name} for number, name in enumerate(names)
        ]
    path.write_text(json.dumps(report))


def patterns() -> Iterator[Json]:
    """Match patterns with many stars, on which a regular expression takes minutes."""
    for pattern in PATTERNS:
        for length in (1500, 15_000, 150_000):
            text = "a" * length
            began_s = time.perf_counter()
            Pattern(pattern).matches(text, (), None)
            took_us = 1e6 * (time.perf_counter() - began_s)
            yield {"pattern": f"`{pattern}` on {length:,} characters", "took_us": took_us}
