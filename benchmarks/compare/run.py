"""How often ``carbon.compare`` calls identical variants different, and what it finds.

    python benchmarks/compare/run.py --output compare.jsonl

Each pair runs in a process of its own, ten rounds each. Half of the pairs are identical; in the
others, the second variant does 20 % less work. Each pair is written at once, as one JSON object per
line. To continue, call it again with the same arguments. Nothing else should run next to it. The
last lines are a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from statistics import median, stdev
from typing import Any

LESS = 0.8
KINDS = {"identical": 1.0, "cheaper": LESS}
SUITE = """
import os, time
import pytest

def python(steps):
    return sum(number * number % 7 for number in range(4_000 * steps))

def numpy(steps):
    import numpy as np
    matrix = np.full((160, 160), 0.5)
    for _ in range(8 * steps):
        matrix = np.tanh(matrix @ matrix)
    return matrix

def torch(steps):
    import torch
    torch.set_num_threads(1)
    layer = torch.nn.TransformerEncoderLayer(64, 4, 128, batch_first=True).eval()
    batch = torch.ones(2, 32, 64)
    with torch.inference_mode():
        for _ in range(4 * steps):
            batch = layer(batch)
    return batch

def test_pair(carbon):
    work = globals()[os.environ["WORK"]]
    share = float(os.environ["SHARE"])
    steps = 10
    work(steps)  # imports, and what a first call allocates
    while True:  # until a run takes 30 ms, so that 20 % less still takes over 20 ms
        began = time.perf_counter()
        work(steps)
        if time.perf_counter() - began > 0.03:
            break
        steps = steps * 3 // 2
    carbon.compare(
        {"a": lambda: work(steps), "b": lambda: work(round(steps * share))}, repeats=10
    )
"""
WORKS = ("python", "numpy", "torch")


def compare(directory: Path, kind: str, work: str) -> dict[str, Any]:
    """Compare one pair in a process of its own, and return what the report says of it."""
    output = directory / "report.json"
    output.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "WORK": work,
        "SHARE": str(KINDS[kind]),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "pytest_scer.plugin", f"--scer-output={output}", str(directory)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    (test,) = json.loads(output.read_text())["tests"]
    (found,) = test["comparisons"]
    (ratio,) = found["ratios"]
    runs = [section["measurement"]["runs"] for section in test["sections"]]
    energies = [variant["energy_j"] for variant in found["variants"]]
    return {
        "kind": kind,
        "work": work,
        **{name: ratio[name] for name in ("value", "low", "high", "pairs")},
        "spread": [stdev(map(math.log, each)) for each in energies],
        "duration_s": median(run["duration_s"] for each in runs for run in each),
    }


def run(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Compare the pairs that are not on file yet; return the rows of all."""
    file: Path = arguments.output
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    todo = list(product(range(-(-arguments.pairs // len(WORKS))), WORKS, KINDS))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "test_pairs.py").write_text(SUITE)
        for _, work, kind in todo[len(rows) : 2 * arguments.pairs]:
            row = compare(directory, kind, work)
            rows.append(row)
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(row) + "\n")
            print(f"{len(rows)} of {2 * arguments.pairs} pairs", flush=True)
    return rows


def summary(rows: list[dict[str, Any]]) -> str:
    """A Markdown table of the verdicts."""
    lines = [
        (
            "| pairs | called cheaper | called more expensive | ratio, median "
            "| interval, median width | single runs spread by | a run takes |"
        ),
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind in KINDS:
        for work in ("all", *WORKS):
            own = [row for row in rows if row["kind"] == kind and work in ("all", row["work"])]
            if not own:
                continue
            cheaper = sum(row["high"] < 1 for row in own)
            above = sum(row["low"] > 1 for row in own)
            width = median(row["high"] - row["low"] for row in own)
            spread = median(each for row in own for each in row["spread"])
            lines.append(
                f"| {len(own)} {kind}, {work} | {cheaper} | {above} "
                f"| {median(row['value'] for row in own):.3f} | {width:.3f} | {spread:.1%} "
                f"| {median(row['duration_s'] for row in own) * 1000:.0f} ms |"
            )
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, and print the verdicts of all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=60, help="of each kind")
    parser.add_argument("--output", type=Path, default=Path("compare.jsonl"))
    print(summary(run(parser.parse_args())))


if __name__ == "__main__":
    main()
