"""Whether prefill and decode add up to the call, and what a batch saves, on a real model.

    python benchmarks/generation/run.py --output generation.jsonl

Each run is a pytest session of its own and is written at once, as one JSON object per line. To
continue a benchmark that was stopped, call it again with the same arguments. The last lines are a
Markdown table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

SUITE = Path(__file__).parent / "suite"


def measure(model: str, batch: int, tokens: int) -> dict[str, Any]:
    """Run one session; return the figures of its two generations, in order."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "report.json"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["-c", os.devnull, "-p", "pytest_scer.plugin", f"--scer-output={path}"]
        environment = {
            **os.environ,
            "HF_HUB_OFFLINE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "MODEL": model,
            "BATCH": str(batch),
            "TOKENS": str(tokens),
        }
        done = subprocess.run(
            [*command, str(SUITE)], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        (test,) = json.loads(path.read_text(encoding="utf-8"))["tests"]
    sections = {each["name"]: _runs(each["measurement"]) for each in test["sections"]}
    return {
        "model": model,
        "batch": batch,
        "call_j": [call["measurement"]["energy_j"]["total"] for call in test["model_calls"]],
        "uncertainty_j": [call["measurement"]["uncertainty_j"] for call in test["model_calls"]],
        "parts_j": [
            sum(pair) for pair in zip(sections["prefill"], sections["decode"], strict=True)
        ],
        "j_per_token": [call["j_per_token"] for call in test["model_calls"]],
        "prefill_j": sections["prefill"],
        "first_call_j": sections["first call"][0],
    }


def _runs(measurement: dict[str, Any]) -> list[float]:
    runs = measurement["runs"] or [measurement]
    return [run["energy_j"]["total"] for run in runs]


def table(rows: list[dict[str, Any]]) -> None:
    """Print what came out."""
    added = sum(
        abs(whole - parts) <= doubt
        for row in rows
        for whole, parts, doubt in zip(
            row["call_j"], row["parts_j"], row["uncertainty_j"], strict=True
        )
    )
    first = sum(abs(row["call_j"][0] - row["call_j"][1]) <= row["uncertainty_j"][1] for row in rows)
    print(f"\nprefill + decode = call within the uncertainty: {added} of {2 * len(rows)}")
    print(f"first call = second within the uncertainty: {first} of {len(rows)}\n")
    print("| model | batch | runs | J per token | prefill, J | first call, J |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for model, batch in sorted({(row["model"], row["batch"]) for row in rows}):
        its = [row for row in rows if (row["model"], row["batch"]) == (model, batch)]
        each, prefill, once = (
            median(row[name][-1] if isinstance(row[name], list) else row[name] for row in its)
            for name in ("j_per_token", "prefill_j", "first_call_j")
        )
        print(f"| {model} | {batch} | {len(its)} | {each:.3g} | {prefill:.3g} | {once:.3g} |")


def main() -> None:
    """Run what has not been run yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--model", choices=["gpt2", "gemma"], default="gpt2")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=32)
    options = parser.parse_args()
    lines = options.output.read_text().splitlines() if options.output.exists() else []
    rows = [json.loads(line) for line in lines]
    for _ in range(options.runs):
        for batch in options.batches:
            done = sum((row["model"], row["batch"]) == (options.model, batch) for row in rows)
            if done < options.runs:
                rows.append(measure(options.model, batch, options.tokens))
                with options.output.open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
    table(rows)


if __name__ == "__main__":
    main()
