"""Whether intervals hold the mean cost over sessions, with counters whose draw is known.

    python benchmarks/verdicts/counters.py --output counters.jsonl

Each session runs a test once, on a machine with a simulated RAPL package or a simulated NVIDIA GPU,
which CodeCarbon's own code reads (``tests/hardware``; needs root and a C compiler). They draw
constant watts, so the joules of a session differ by what the duration of its work does. The share
of intervals that hold the mean of all sessions should be 95 %.

Each session is written at once, as one JSON object per line. To continue, call it again with the
same arguments. The last lines are a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "hardware"))
from simulated_machine import (
    NVML_SOURCE,
    POWERCAP_SOURCE,
    REAL_RANGE_UJ,
    Machine,
    compile_source,
    with_gpus,
    with_packages,
)

SUITE = """
def test_work(carbon):
    for _ in range(4):
        sum(number * number % 7 for number in range(1_500_000))
"""
COMPONENTS = {"rapl": "cpu", "nvml": "gpu"}
WATTS = {"rapl": 60.0, "nvml": 250.0}

Json = dict[str, Any]


@contextmanager
def machine(kind: str, directory: Path) -> Iterator[Machine]:
    """A machine with one counter.

    Args:
        kind: Which one.
        directory: An empty directory.
    """
    if kind == "rapl":
        program = compile_source(directory, *POWERCAP_SOURCE)
        tree = directory / "tree"
        tree.mkdir()
        with with_packages(
            program, tree, [WATTS[kind]], range_uj=REAL_RANGE_UJ, limit_w=150.0
        ) as made:
            yield made
    else:
        (directory / "library").mkdir()
        (directory / "work").mkdir()
        library = compile_source(directory / "library", *NVML_SOURCE)
        yield with_gpus(
            Machine(directory / "work"),
            library,
            directory,
            [WATTS[kind]],
            tick_ms=20,
            counter=True,
            limit_w=400.0,
        )


def session(inside: Machine, kind: str) -> Json:
    """Run the test once; return its figure, interval and accuracy.

    Args:
        inside: Where to run it.
        kind: Its counter.
    """
    component = COMPONENTS[kind]
    options = ("-q", "-p", "no:cacheprovider", "--scer-output=report.json")
    done = inside.pytest(SUITE, *options, f"--scer-components={component}")
    if done.exit_code != 0:
        raise RuntimeError(done.output)
    (test,) = done.report["tests"]
    meter = done.report["meters"][component]
    return {
        "kind": kind,
        "provenance": meter["provenance"],
        "accuracy": meter["accuracy"],
        "energy_j": test["measurement"]["energy_j"]["total"],
        "uncertainty_j": test["measurement"]["uncertainty_j"],
    }


def run(arguments: argparse.Namespace) -> list[Json]:
    """Run the sessions that are not on file yet; return the rows of all."""
    file: Path = arguments.output
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    for kind in COMPONENTS:
        missing = arguments.sessions - sum(row["kind"] == kind for row in rows)
        with tempfile.TemporaryDirectory() as name, machine(kind, Path(name)) as inside:
            for _ in range(missing):
                rows.append(session(inside, kind))
                with file.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(rows[-1]) + "\n")
                print(f"{len(rows)} of {len(COMPONENTS) * arguments.sessions}", flush=True)
    return rows


def summary(rows: list[Json]) -> str:
    """A Markdown table of the intervals."""
    lines = [
        "| counter | sessions | spread (sd) | half-width | hold the mean | accuracy |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for kind in COMPONENTS:
        own = [row for row in rows if row["kind"] == kind]
        mean = fmean(row["energy_j"] for row in own)
        spread = stdev(row["energy_j"] for row in own) / mean
        width = fmean(row["uncertainty_j"] / row["energy_j"] for row in own)
        held = sum(abs(row["energy_j"] - mean) <= row["uncertainty_j"] for row in own)
        accuracy = {f"{row['accuracy']['low']:+.0%}..{row['accuracy']['high']:+.0%}" for row in own}
        lines.append(
            f"| {kind} | {len(own)} | {spread:.1%} | {width:.1%} | {held} | {', '.join(accuracy)} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, and print what the intervals held."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=100, help="with each counter")
    parser.add_argument("--output", type=Path, default=Path("counters.jsonl"))
    print(summary(run(parser.parse_args())))


if __name__ == "__main__":
    main()
