"""How often a budget fails by noise, and how often a test well over its limit is caught.

    python benchmarks/verdicts/run.py --output verdicts.jsonl

Three tests do the same work in every session: one run, twenty repeats with ``carbon(fn)``, and one
run whose limit is its mean cost divided by 1.6. The limit of the first two is their mean cost. The
level of a machine drifts, so the means are those of the sessions just before: after every few
judged sessions come as many that only measure. Half of the sessions run under ``-n 2``, where
the tests disturb each other; their limits are measured without.

Each judged session is written at once, as one JSON object per line. To continue, call it again with
the same arguments. Nothing else should run next to it. The last lines are a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any

EVERY = 5
"""The number of sessions that share limits, and of those that measure them."""
OVER = 1.6
SUITE = """
import os
import pytest

def work():
    return sum(number * number % 7 for number in range(1_500_000))

def limits(name, **more):
    limit = os.environ.get(f"LIMIT_{name}")
    return pytest.mark.scer(*([f"{limit} J"] if limit else []), **more)

@limits("SINGLE")
def test_single():
    work()

@limits("REPEATED", repeats=20)
def test_repeated(carbon):
    carbon(work)

@limits("OVER")
def test_over():
    work()

@pytest.mark.parametrize("index", range(4))
def test_other(index):
    work()
"""
SHARES = {"single": 1.0, "repeated": 1.0, "over": 1 / OVER}
"""The limit of each test, as a share of its mean cost."""


def session(directory: Path, limits: dict[str, float], *options: str) -> dict[str, Any]:
    """Run the suite in a separate process and return its report.

    Args:
        directory: Of the suite.
        limits: Joules that each test may cost; none if empty.
        options: Passed to pytest.
    """
    output = directory / "report.json"
    output.unlink(missing_ok=True)
    settings = {f"LIMIT_{name.upper()}": f"{limit:.6f}" for name, limit in limits.items()}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "pytest_scer.plugin", f"--scer-output={output}", *options, str(directory)]
    environment = {**os.environ, **settings, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(output.read_text()) if output.exists() else {"tests": []}
    if not report["tests"] or any(
        test["outcome"] != "passed" and not test["budget_failed"] for test in report["tests"]
    ):
        raise RuntimeError(done.stdout + done.stderr)
    return report


def costs(report: dict[str, Any]) -> dict[str, float]:
    """Joules of the three tests."""
    found = {test["nodeid"].rpartition("test_")[2]: test for test in report["tests"]}
    return {name: found[name]["measurement"]["energy_j"]["total"] for name in SHARES}


def verdicts(report: dict[str, Any]) -> dict[str, Any]:
    """The verdict on the budget of each of the three tests, and what it rests on."""
    found = {test["nodeid"].rpartition("test_")[2]: test for test in report["tests"]}
    budgets = {name: found[name]["budgets"][0] for name in SHARES}
    return {
        **{name: budget["verdict"] for name, budget in budgets.items()},
        "figures": {
            name: {
                **{key: budget[key] for key in ("limit_value", "actual", "uncertainty", "runs")},
                "contention_j": found[name]["measurement"]["contention_j"],
            }
            for name, budget in budgets.items()
        },
    }


def run(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Run the sessions that are not on file yet; return the rows of all."""
    file: Path = arguments.output
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "test_verdicts.py").write_text(SUITE)
        while len(rows) < 2 * arguments.sessions:
            measured = [costs(session(directory, {})) for _ in range(EVERY)]
            limits = {
                name: share * fmean(each[name] for each in measured)
                for name, share in SHARES.items()
            }
            for _ in range(EVERY):
                for kind, options in (("alone", ()), ("-n 2", ("-p", "xdist", "-n2"))):
                    row = {"kind": kind, **verdicts(session(directory, limits, *options))}
                    rows.append(row)
                    with file.open("a", encoding="utf-8") as out:
                        out.write(json.dumps(row) + "\n")
            print(f"{len(rows)} of {2 * arguments.sessions} sessions", flush=True)
    return rows


def summary(rows: list[dict[str, Any]]) -> str:
    """A Markdown table of the verdicts."""
    lines = ["| sessions | test | limit | verdicts |", "| --- | --- | --- | --- |"]
    for kind in dict.fromkeys(row["kind"] for row in rows):
        own = [row for row in rows if row["kind"] == kind]
        for name, share in SHARES.items():
            counted = Counter(row[name] for row in own)
            said = ", ".join(f"{count} {verdict}" for verdict, count in counted.most_common())
            lines.append(f"| {len(own)} {kind} | {name} | {share:.0%} of the mean | {said} |")
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, and print the verdicts of all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=60, help="of each kind")
    parser.add_argument("--output", type=Path, default=Path("verdicts.jsonl"))
    print(summary(run(parser.parse_args())))


if __name__ == "__main__":
    main()
