"""How well the reference workload follows the machine's speed, and how long it has to be for that.

    python benchmarks/gate/workload.py --seconds 400 --output workload.jsonl

Ten kinds of work of 10 to 200 ms run in random order, next to none to three busy processes by
turns. Next to each, the workload of the gate runs as in a session: one slice that is not measured
and three that are, of which the middle one counts; and then, for comparison, all slices at once.

The table says how much the CPU time of the same kind scatters, as the root mean square of the
logarithms' distances from their median: as it is, and divided by the workload's. To continue, call
it again with the same file.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from statistics import fmean, median
from typing import Any, Final

import torch

from pytest_scer.baseline.reference import RUNS, SLICES, Workload, _malloc_trim
from pytest_scer.system import System

PHASE_S: Final = (20.0, 40.0)
"""How long the same processes run next to it, in seconds: at least and at most."""
STREAM: Final = "block = bytearray(64_000_000)\nwhile True: block.reverse()"
LOOP: Final = "while True: sum(number * number for number in range(10_000))"
NEIGHBOURS: Final[tuple[list[str], ...]] = ([], [STREAM], [LOOP, LOOP], [STREAM, LOOP, LOOP])

TEXT: Final = "lorem ipsum dolor sit amet 12345 foo@bar.com " * 400
NOISE: Final = random.Random(0).randbytes(200_000)
MATRIX: Final = torch.randn(400, 400, dtype=torch.float64)
BLOCK: Final = torch.zeros(4_000_000, dtype=torch.float64)
NETWORK: Final = torch.nn.Sequential(*[torch.nn.Linear(256, 256) for _ in range(6)])
INPUT: Final = torch.randn(64, 256)
RECORDS: Final = [
    {"id": each, "text": [str(each)], "more": {"x": each * 1.5}} for each in range(300)
]

Row = dict[str, Any]


class Item:
    """An object that holds another."""

    def __init__(self, number: int) -> None:
        self.numbers = [number]


def counts() -> None:
    """Count in a dictionary."""
    found: dict[int, int] = {}
    for number in range(350_000):
        found[number % 5003] = found.get(number % 5003, 0) + number


def texts() -> None:
    """Write and read JSON."""
    for _ in range(60):
        json.loads(json.dumps(RECORDS))


def patterns() -> None:
    """Search with a regular expression."""
    for _ in range(60):
        re.findall(r"[\w.]+@[\w.]+|\d+|[aeiou]\w*", TEXT)


def sorts() -> None:
    """Sort numbers as texts."""
    chance = random.Random(1)
    numbers = [chance.random() for _ in range(60_000)]
    for _ in range(3):
        sorted(numbers, key=str)


def products() -> None:
    """Multiply matrices."""
    for _ in range(30):
        torch.mm(MATRIX, MATRIX)


def gradients() -> None:
    """Train a network."""
    for _ in range(60):
        NETWORK(INPUT).sum().backward()


def rows() -> None:
    """Fill and query a database in memory."""
    database = sqlite3.connect(":memory:")
    database.execute("create table t (a, b)")
    database.executemany("insert into t values (?, ?)", [(n, str(n)) for n in range(60_000)])
    database.execute("select a % 7, count(*), max(b) from t group by 1").fetchall()
    database.close()


def archives() -> None:
    """Compress bytes."""
    for _ in range(6):
        zlib.compress(NOISE)


def objects() -> None:
    """Create and free objects."""
    for _ in range(3):
        [Item(number) for number in range(40_000)]


def streams() -> None:
    """Go through more memory than fits into the caches."""
    for _ in range(12):
        BLOCK.add_(1.0)


KINDS: Final[Mapping[str, Callable[[], None]]] = {
    kind.__name__: kind
    for kind in (
        counts,
        texts,
        patterns,
        sorts,
        products,
        gradients,
        rows,
        archives,
        objects,
        streams,
    )
}


class Bench:
    """Runs the work and the workload next to it."""

    def __init__(self) -> None:
        """Run the workload unmeasured, as the gate does at its beginning."""
        self._workload = Workload()
        self._release_free_memory = _malloc_trim()
        self._run(SLICES)

    def _run(self, slices: int) -> float:
        """CPU seconds of so many slices."""
        began_s = System.process_time()
        for _ in range(slices):
            self._workload.run()
        return System.process_time() - began_s

    def _moment(self) -> tuple[float, float]:
        """The cost of the workload now, by a few slices and by all, in CPU seconds."""
        self._release_free_memory()
        self._run(1)
        few_s = SLICES * median(self._run(1) for _ in range(RUNS))
        return few_s, self._run(SLICES)

    def rows(self, ends_s: float, chance: random.Random) -> Iterator[Row]:
        """Run all kinds in random order until it is late enough."""
        for phase, sources in enumerate(cycle(NEIGHBOURS)):
            phase_ends_s = min(time.time() + chance.uniform(*PHASE_S), ends_s)
            others = [subprocess.Popen([sys.executable, "-c", source]) for source in sources]
            try:
                while time.time() < phase_ends_s:
                    for kind in chance.sample(sorted(KINDS), len(KINDS)):
                        yield {"phase": phase, "busy": len(sources), **self._row(kind)}
            finally:
                for other in others:
                    other.send_signal(signal.SIGKILL)
                    other.wait()
            if time.time() >= ends_s:
                return

    def _row(self, kind: str) -> Row:
        before = self._moment()
        began_s = System.process_time()
        KINDS[kind]()
        cost_s = System.process_time() - began_s
        after = self._moment()
        few_s, all_s = (fmean(pair) for pair in zip(before, after, strict=True))
        return {"kind": kind, "cost_s": cost_s, "slices_s": few_s, "whole_s": all_s}


def scatter(found: Sequence[Row], divisors_s: Sequence[float]) -> float:
    """How much the cost of the same kind scatters, divided by these."""
    levels: dict[str, list[float]] = {}
    for row, divisor_s in zip(found, divisors_s, strict=True):
        levels.setdefault(row["kind"], []).append(math.log(row["cost_s"] / divisor_s))
    return math.sqrt(
        fmean(fmean((each - median(own)) ** 2 for each in own) for own in levels.values())
    )


def summary(found: Sequence[Row]) -> str:
    """A Markdown table."""
    slices_s = [row["slices_s"] for row in found]
    ways = {
        "the CPU time as it is": [1.0] * len(found),
        f"divided by {RUNS} slices of the workload next to it": slices_s,
        f"divided by all {SLICES} slices next to it": [row["whole_s"] for row in found],
        "divided by the slices next to the work two before": [*slices_s[:2], *slices_s[:-2]],
    }
    lines = [f"{len(found)} runs of {len(KINDS)} kinds", "", "| | scatter |", "| --- | ---: |"]
    lines += [f"| {way} | {scatter(found, by):.1%} |" for way, by in ways.items()]
    return "\n".join(lines)


def main() -> None:
    """Run for some time, and print the summary of all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=400.0)
    parser.add_argument("--output", type=Path, default=Path("workload.jsonl"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with arguments.output.open("a", encoding="utf-8") as out:
        for row in Bench().rows(time.time() + arguments.seconds, random.Random(time.time_ns())):
            out.write(json.dumps(row) + "\n")
    print(summary([json.loads(line) for line in arguments.output.read_text().splitlines()]))


if __name__ == "__main__":
    main()
