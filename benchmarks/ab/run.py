"""How often ``pytest-scer ab`` is wrong, and what it finds.

    python benchmarks/ab/run.py --output ab.jsonl

Each run compares two commits of one of the suites in ``benchmarks/suites``, in turns, and every
second run is next to a process that keeps one core busy. The kinds of runs:

* ``same``: both commits are identical; any regression is a false alarm;
* ``0.2`` and ``0.3``: in the second commit one test of 50 ms or more, a different one each time,
  uses that share more CPU time.

Each run is written at once, as one JSON object per line. To continue a benchmark that was stopped,
call it again with the same arguments. Nothing else should run next to it. The last lines are a
Markdown table.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from neighbour import neighbour

SUITES = Path(__file__).parents[1] / "suites"
NAMES = ("tiny", "plain", "fixtures", "networks", "estimators")
LONG_S = 0.05
"""Growth is planted in tests that use at least this much CPU time."""


class Suite:
    """A suite in its own git repository."""

    def __init__(self, name: str, directory: Path) -> None:
        """Make the repository, unless an earlier call has.

        Args:
            name: The suite's name.
            directory: Where to make the repository.
        """
        self.name = name
        self.path = directory / name
        if (self.path / "long.json").exists():
            self.long: list[str] = json.loads((self.path / "long.json").read_text())
            return
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.copytree(SUITES / name, self.path)
        shutil.copy(SUITES / "planting.py", self.path)
        (self.path / ".gitignore").write_text("__pycache__\n*.json\n")
        self.git("init", "--quiet")
        self.commit()
        self.git("tag", "base")
        self.long = self._long_tests()
        (self.path / "long.json").write_text(json.dumps(self.long))

    def _long_tests(self) -> list[str]:
        """The names of the tests that are long enough to plant growth in."""
        report = self.path / "report.json"
        command = [sys.executable, "-m", "pytest", "-q", f"--scer-output={report}"]
        subprocess.run(command, cwd=self.path, check=True, capture_output=True)
        return [
            test["nodeid"].rpartition("::")[2]
            for test in json.loads(report.read_text())["tests"]
            if test["stages"]["call"]["cpu_time_s"] >= LONG_S
        ]

    def plant(self, name: str, share: float) -> str:
        """A commit in which a test costs more."""
        self.git("checkout", "--quiet", "--detach", "base")
        (self.path / "planted.txt").write_text(f"{name}:{share}\n")
        return self.commit()

    def commit(self) -> str:
        """Commit everything."""
        self.git("add", "--all")
        self.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message=a")
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        """Run git and return its output."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, check=True, capture_output=True, text=True
        )
        return done.stdout


class Experiment:
    """Does the runs that are not on file yet."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Make the repositories.

        Args:
            arguments: The command line.
        """
        self.arguments = arguments
        directory = arguments.directory.resolve()
        directory.mkdir(parents=True, exist_ok=True)
        self.suites = [Suite(name, directory) for name in arguments.suites]

    def run(self) -> list[dict[str, Any]]:
        """All runs, those of earlier calls included; the newest last."""
        file = self.arguments.output
        rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        done = {(row["kind"], row["number"]) for row in rows}
        for number in range(self.arguments.runs):
            for kind in self.arguments.kinds:
                if (kind, number) not in done:
                    row = self.one(kind, number)
                    rows.append(row)
                    with file.open("a", encoding="utf-8") as out:
                        out.write(json.dumps(row) + "\n")
                    print(progress(row), flush=True)
        return rows

    def one(self, kind: str, number: int) -> dict[str, Any]:
        """One comparison.

        Args:
            kind: ``same``, or the share that is planted.
            number: Of this kind; odd ones run next to a busy process.
        """
        suite = self.suites[number % len(self.suites)]
        commit, name = "base", None
        if kind != "same":
            name = random.Random(f"{self.arguments.seed} {kind} {number}").choice(suite.long)
            commit = suite.plant(name, float(kind))
        busy, began_s = number % 2 == 1, time.perf_counter()
        command = [sys.executable, "-m", "pytest_scer.cli", "ab", "base", commit]
        command += ["--format=json", f"--max-time={self.arguments.max_time:g}", "--"]
        command += [f"--scer-max-regression={self.arguments.threshold}", "-p", "no:randomly"]
        with neighbour(busy):
            run = subprocess.run(
                command, cwd=suite.path, capture_output=True, text=True, check=False
            )
        if run.returncode not in {0, 1}:
            raise RuntimeError(run.stdout + run.stderr)
        report = json.loads(run.stdout)
        tests = {node.rpartition("::")[2]: test for node, test in report["tests"].items()}
        return {
            "kind": kind,
            "number": number,
            "suite": suite.name,
            "busy": busy,
            "duration_s": round(time.perf_counter() - began_s, 1),
            "rounds": report["rounds"],
            "noise_floor": report["noise_floor"],
            "detectable": report["detectable"],
            "not_compared": report["not_compared"],
            "ratios": {node: test["ratios"] for node, test in tests.items()},
            "false": {
                node: test
                for node, test in tests.items()
                if test["verdict"] in {"regression", "improved"}
                and (kind == "same" or node != name)
            },
            "planted": None if name is None else {"name": name, **tests[name]},
        }


def progress(row: dict[str, Any]) -> str:
    """One line about a run."""
    planted = row["planted"]
    found = ""
    if planted is not None:
        found = (
            f", {planted['name']} {planted['verdict']} ({planted['change']:+.1%}, from "
            f"{planted['low']:+.1%}, {planted['pairs']} pairs)"
        )
    return (
        f"{row['kind']} {row['number']} {row['suite']}{' busy' if row['busy'] else ''}: "
        f"{row['duration_s']:.0f} s, {row['rounds']} rounds, {len(row['false'])} false{found}"
    )


def summary(rows: list[dict[str, Any]]) -> str:
    """A Markdown table."""
    lines = [
        "| kind | runs | seconds | false regressions | false savings | found | detectable |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind in sorted({row["kind"] for row in rows}, reverse=True):
        own = [row for row in rows if row["kind"] == kind]
        false = [{test["verdict"] for test in row["false"].values()} for row in own]
        planted = [row["planted"] for row in own if row["planted"] is not None]
        found = sum(each["verdict"] == "regression" for each in planted)
        detectable = sorted(row["detectable"] for row in own if row["detectable"] is not None)
        lines.append(
            f"| {kind} | {len(own)} | {sum(row['duration_s'] for row in own) / len(own):.0f} | "
            f"{sum('regression' in each for each in false)} of {len(own)} | "
            f"{sum('improved' in each for each in false)} of {len(own)} | "
            f"{f'{found} of {len(planted)}' if planted else '-'} | "
            f"{f'{detectable[len(detectable) // 2]:+.0%}' if detectable else '-'} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, and print the summary of all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=24, help="of each kind")
    parser.add_argument("--kinds", nargs="*", default=["same", "0.2", "0.3"])
    parser.add_argument("--suites", nargs="*", default=list(NAMES), choices=NAMES)
    parser.add_argument("--threshold", default="5%")
    parser.add_argument("--max-time", type=float, default=85.0, help="seconds of a comparison")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("ab.jsonl"))
    parser.add_argument("--directory", type=Path, default=Path("ab-work"), help="for repositories")
    print(summary(Experiment(parser.parse_args()).run()))


if __name__ == "__main__":
    main()
