"""How well the reference workload follows the machine's speed.

    python benchmarks/gate/workload.py --sessions 20 --output workload.jsonl

Runs the suites in ``benchmarks/suites`` in separate sessions, half of them next to a busy process
(by chance), and compares the cost of each test between the sessions: as it is, and divided by the
cost of the workload. The workload was chosen with these suites: of several, the cheapest that
followed the machine about as well as one of 10 ms. No other constant was.

Each round, one session of every suite, is written when it ends. To continue a run that was stopped,
call it again.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from gate.sessions import NAMES, run_suite

LENGTHS_S = ((0.005, math.inf), (0.005, 0.05), (0.05, math.inf))
"""Which tests a line of the table is about, by their duration."""

Json = dict[str, Any]


def session(suite: str, *, busy: bool) -> Json:
    """Run a suite in a separate process.

    Args:
        suite: Which one.
        busy: Whether it runs next to a busy process.

    Returns:
        Its tests by node ID, as a saved baseline has them.

    Raises:
        RuntimeError: It failed.
    """
    with tempfile.TemporaryDirectory() as directory:
        saved = Path(directory, "baseline.json")
        run_suite(suite, [f"--scer-save-baseline={saved}"], busy=busy)
        tests: Json = json.loads(saved.read_text())["tests"]
        return tests


def rows(number: int) -> Iterator[Json]:
    """One session of each suite: a row for each test whose cost and workload are known.

    Args:
        number: Of the sessions; it decides what runs next to them.
    """
    chance = random.Random(number)
    for suite in NAMES:
        for nodeid, test in session(suite, busy=chance.random() < 0.5).items():
            cost_j, reference_j = test["energy_j"]["cpu"], test["reference_j"]
            if cost_j and reference_j:
                yield {
                    "number": number,
                    "test": nodeid,
                    "duration_s": test["duration_s"],
                    "cost_j": cost_j,
                    "reference_j": reference_j,
                }


def scatter(tests: Iterable[Sequence[float]]) -> float:
    """The root mean square of the logarithms' distances from the median of their test."""
    logarithms = ([math.log(cost) for cost in costs] for costs in tests)
    return math.sqrt(fmean(fmean((each - median(own)) ** 2 for each in own) for own in logarithms))


def summary(found: Sequence[Json]) -> str:
    """A Markdown table."""
    tests: dict[str, list[Json]] = {}
    for row in found:
        tests.setdefault(row["test"], []).append(row)
    sessions = len({row["number"] for row in found})
    lines = [
        f"{sessions} sessions of each suite",
        "",
        "| tests that take | number | scatter between sessions | divided by the workload |",
        "| --- | ---: | ---: | ---: |",
    ]
    for low_s, high_s in LENGTHS_S:
        own = [
            each
            for each in tests.values()
            if low_s <= median(row["duration_s"] for row in each) < high_s
        ]
        if not own:
            continue
        raw = scatter([row["cost_j"] for row in each] for each in own)
        corrected = scatter([row["cost_j"] / row["reference_j"] for row in each] for each in own)
        length = f"{1e3 * low_s:.0f} ms " + (
            "or more" if math.isinf(high_s) else f"to {1e3 * high_s:.0f} ms"
        )
        lines.append(f"| {length} | {len(own)} | {raw:.1%} | {corrected:.1%} |")
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, and print the summary of all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=20, help="of each suite")
    parser.add_argument("--output", type=Path, default=Path("workload.jsonl"))
    arguments = parser.parse_args()
    file: Path = arguments.output
    found = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    done = {row["number"] for row in found}
    for number in set(range(arguments.sessions)) - done:
        new = list(rows(number))
        found += new
        with file.open("a", encoding="utf-8") as out:
            out.writelines(json.dumps(row) + "\n" for row in new)
        print(f"session {number + 1} of {arguments.sessions}", file=sys.stderr)
    print(summary(found))


if __name__ == "__main__":
    main()
