"""How often the regression gate raises false alarms, and how often it finds real regressions.

    python benchmarks/gate/run.py --sessions 60 --output gate.jsonl

Every session is a separate pytest process. Every second session of each kind runs next to a busy
process that occupies one core. A round is one session of each kind:

* ``one``: no test became more expensive; compared with the previous session of the same kind.
* ``history``: three tests, different ones each time, became more expensive by 25, 40 and 60 %;
  compared with the last five sessions of kind ``one``. The gate judges each test separately, so one
  session covers three factors, and the other tests show false alarms.
* ``counters``: joules from a simulated counter with a spread of 0.3 %; one test became 10 % more
  expensive, and the threshold is 5 %; compared with five earlier sessions of counters.

The first sessions of ``one`` and of ``counters`` only fill the histories. So do the sessions
between two of ``counters``, and between two of ``history`` if ``one`` is not selected: otherwise
all sessions would be compared with the same five and share their random deviations. Every session
is written immediately, as a JSON object per line. To resume an interrupted run, call it again with
the same arguments. Nothing else should run on the machine. The last lines are a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SUITE = Path(__file__).with_name("suite.py")
HISTORY = 5
FACTORS = (1.25, 1.4, 1.6)
COUNTED_FACTOR = 1.1


@contextmanager
def neighbour(busy: bool) -> Iterator[None]:
    """Keep one core busy while the block runs, at most until this process ends."""
    if not busy:
        yield
        return
    source = f"import os\nwhile os.getppid() == {os.getpid()}: sum(range(1000))"
    with subprocess.Popen([sys.executable, "-c", source]) as process:
        try:
            yield
        finally:
            process.kill()


class Experiment:
    """Runs the sessions that are not in the output file yet."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Copy the suite to the directory where it runs.

        Args:
            arguments: The command-line arguments.
        """
        self.arguments = arguments
        self.directory: Path = arguments.directory.resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        shutil.copy(SUITE, self.directory / "test_gate.py")

    def run(self) -> list[dict[str, Any]]:
        """Run the missing sessions; returns all sessions, including earlier calls, newest last."""
        file = self.arguments.output
        rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        done = {(row["kind"], row["number"]) for row in rows}
        for kind, number in self.plan():
            if (kind, number) not in done:
                row = self.session(kind, number)
                rows.append(row)
                with file.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(row) + "\n")
                print(self.progress(row), flush=True)
        return rows

    def plan(self) -> Iterator[tuple[str, int]]:
        """Kind and number of every session, in execution order."""
        kinds = self.arguments.kinds
        pools = ["counted pool"] if "counters" in kinds else []
        if any(kind != "counters" for kind in kinds):
            pools.append("pool")
        for number in range(HISTORY):
            yield from ((pool, number) for pool in pools)
        if "one" in kinds:  # from here on, its sessions are the history
            pools.remove("pool")
        for number in range(self.arguments.sessions):
            yield from ((pool, HISTORY + number) for pool in pools)
            yield from ((kind, number) for kind in kinds)

    def session(self, kind: str, number: int) -> dict[str, Any]:
        """Run one session and return the verdicts of the gate.

        Args:
            kind: Selects the baseline, and whether tests became more expensive.
            number: Number within this kind; odd ones run next to a busy process.
        """
        counted, pool = kind.startswith("count"), kind.endswith("pool")
        history = self.directory / ("counted" if counted else "work")
        history.mkdir(exist_ok=True)
        dearer = {} if pool else self.dearer(kind, number)
        options = [f"--scer-save-baseline={history}"] if pool or kind == "one" else []
        if not pool:
            options += [
                f"--scer-baseline={self.baseline(history, 1 if kind == 'one' else HISTORY)}",
                f"--scer-confirm={self.arguments.confirm}",
                f"--scer-max-regression={'5%' if counted else '10%'}",
                "--scer-fail-on=none",
            ]
        began_s = time.perf_counter()
        report = self.pytest(number % 2 == 1, counted, dearer, options)
        entries = {
            int(test["nodeid"].partition("[")[2][:-1]): test["baseline"]
            for test in report["tests"]
            if test["baseline"] is not None
        }
        return {
            "kind": kind,
            "number": number,
            "busy": number % 2 == 1,
            "duration_s": round(time.perf_counter() - began_s, 2),
            "repeats": sum(entry["confirmed"] for entry in entries.values()),
            "false": [
                _verdict(index, 1.0, entry)
                for index, entry in entries.items()
                if index not in dearer and entry["verdict"] == "regression"
            ],
            "dearer": [_verdict(index, factor, entries[index]) for index, factor in dearer.items()],
            "whole": report["baseline"] and report["baseline"]["verdict"],
            "methods": sorted({entry["method"] for entry in entries.values()}),
        }

    def dearer(self, kind: str, number: int) -> dict[int, float]:
        """Which tests become more expensive, and by what factor; never a noisy one."""
        tests = self.arguments.tests
        factors = {"history": FACTORS, "counters": (COUNTED_FACTOR,)}.get(kind, ())
        quiet = [index for index in range(tests) if index not in (tests // 3, 2 * tests // 3)]
        chosen = random.Random(f"{self.arguments.seed} {kind} {number}").sample(quiet, len(factors))
        return dict(zip(chosen, factors, strict=True))

    def baseline(self, history: Path, count: int) -> Path:
        """A directory with the newest `count` sessions of a history."""
        base = self.directory / "base"
        shutil.rmtree(base, ignore_errors=True)
        base.mkdir()
        for path in sorted(history.glob("*.json"))[-count:]:
            shutil.copy(path, base)
        return base

    def pytest(
        self, busy: bool, counted: bool, dearer: dict[int, float], options: list[str]
    ) -> dict[str, Any]:
        """Run the suite in a separate process and return its report."""
        report = self.directory / "report.json"
        report.unlink(missing_ok=True)
        settings = {
            "GATE_TESTS": str(self.arguments.tests),
            "GATE_LONGEST_S": str(self.arguments.longest),
            "GATE_DEARER": " ".join(f"{index}:{factor}" for index, factor in dearer.items()),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["-p", "pytest_scer.plugin", f"--scer-output={report}", *options]
        if counted:
            settings["GATE_COUNTERS"] = "1"
            command += ["-p", "pytest_scer.testing"]
        with neighbour(busy):
            done = subprocess.run(
                command,
                cwd=self.directory,
                env={**os.environ, **settings},
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode or not report.exists():
            raise RuntimeError(done.stdout + done.stderr)
        found: dict[str, Any] = json.loads(report.read_text())
        return found

    def progress(self, row: dict[str, Any]) -> str:
        """A one-line summary of a session."""
        found = ", ".join(
            f"+{each['factor'] - 1:.0%} {each['verdict']} ({each['change']:+.0%}"
            f" - {each['noise']:.0%})"
            for each in row["dearer"]
        )
        return (
            f"{row['kind']} {row['number']}{' busy' if row['busy'] else ''}: "
            f"{row['duration_s']:.0f} s, {row['repeats']} repeats, {len(row['false'])} false"
            + (f", {found}" if found else "")
        )


def _verdict(index: int, factor: float, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "test": index,
        "factor": factor,
        **{name: entry[name] for name in ("verdict", "change", "noise", "confirmed")},
    }


def summary(rows: list[dict[str, Any]]) -> str:
    """A Markdown table: false alarms by kind, and regressions found by factor."""
    lines = [
        "| kind | sessions | seconds | repeats | with a false alarm | session regressed | found |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind in ("one", "history", "counters"):
        own = [row for row in rows if row["kind"] == kind]
        if not own:
            continue
        by_factor: dict[float, list[str]] = {}
        for row in own:
            for each in row["dearer"]:
                by_factor.setdefault(each["factor"], []).append(each["verdict"])
        found = ", ".join(
            f"+{factor - 1:.0%}: {verdicts.count('regression')} of {len(verdicts)}"
            for factor, verdicts in sorted(by_factor.items())
        )
        lines.append(
            f"| {kind} | {len(own)} | {sum(row['duration_s'] for row in own) / len(own):.0f} "
            f"| {sum(row['repeats'] for row in own) / len(own):.0f} "
            f"| {sum(bool(row['false']) for row in own)} "
            f"| {sum(row['whole'] == 'regression' for row in own)} | {found or 'nothing to find'} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run the missing sessions and print the summary of all sessions."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=60, help="sessions of each kind")
    parser.add_argument("--kinds", nargs="*", default=["one", "history", "counters"])
    parser.add_argument("--tests", type=int, default=40)
    parser.add_argument("--longest", type=float, default=1.0, help="seconds of the longest test")
    parser.add_argument("--confirm", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("gate.jsonl"))
    parser.add_argument(
        "--directory", type=Path, default=Path("gate-work"), help="where to run the sessions"
    )
    print(summary(Experiment(parser.parse_args()).run()))


if __name__ == "__main__":
    main()
