"""How often the gate cries wolf, what it finds, and whether `detectable` tells the truth.

    python benchmarks/gate/run.py --output gate.jsonl

The suites are those in ``benchmarks/suites``; what is planted in their tests is CPU time. Each
session is a separate pytest process and is compared with a history of five. Kinds:

* ``calm-busy``: a calm history, sessions next to a busy process;
* ``busy-calm``: the other way round;
* ``mixed``: both in history and sessions, by chance;
* ``same``: all calm, or all busy, by turns;
* ``counters``: all calm; joules of a simulated counter with a spread of 0.3 %, threshold 2 %.

In each session a few tests of 50 ms or more grow, each by a different factor; every other test
counts for false alarms. One of them grows by what the gate itself called detectable for it the
session before. A session counts as busy if its reference workload cost 1.3 times the history's
or more.

Every session is written at once, as one JSON object per line. To continue a run that was stopped,
call it again. Nothing else should run next to it. The last lines are a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from gate.sessions import NAMES, run_suite

HISTORY = 5
KINDS = ("calm-busy", "busy-calm", "mixed", "same", "counters")
FACTORS = {"counters": (1.05,)}
USUAL_FACTORS = (1.25, 1.4, 1.6)
LONG_S = 0.05
"""Growth is planted in tests that take at least this long..."""
COUNTED_LONG_S = 0.15
"""... and with counters at least this long: 5 % of less is under the floor of 5 ms."""

Json = dict[str, Any]


class Experiment:
    """Runs the sessions that are not on file yet."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Prepare the directory of the sessions.

        Args:
            arguments: The command line.
        """
        self.arguments = arguments
        self.directory: Path = arguments.directory.resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.random = random.Random(arguments.seed)

    def run(self) -> list[Json]:
        """All sessions, those of earlier calls included."""
        file: Path = self.arguments.output
        rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        done = {(row["kind"], row["suite"], row["number"]) for row in rows}
        for kind, suite, number in self.plan():
            if (kind, suite, number) not in done:
                row = self.session(kind, suite, number)
                rows.append(row)
                with file.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(row) + "\n")
                print(progress(row), flush=True)
        return rows

    def plan(self) -> Iterator[tuple[str, str, int]]:
        """Kind, suite and number of every session, in the order in which they run."""
        suites = self.arguments.suites
        each = -(-self.arguments.sessions // len(suites))
        for number in range(each):
            for kind in self.arguments.kinds:
                yield from ((kind, suite, number) for suite in suites)

    def session(self, kind: str, suite: str, number: int) -> Json:
        """Run one session and return what the gate said.

        Args:
            kind: Of history and session.
            suite: Which of the suites.
            number: Of this kind and suite.
        """
        chance = random.Random(f"{self.arguments.seed} {kind} {suite} {number}")
        renew = self.arguments.renew
        history = self.directory / f"{kind}-{suite}-{number // renew}"
        if not history.exists():
            self.fill(history, kind, suite, chance)
        busy = {"calm-busy": True, "busy-calm": False, "counters": False}.get(kind)
        if busy is None:
            busy = chance.random() < 0.5 if kind == "mixed" else (number // renew) % 2 == 1
        planted = self.planted(history, kind, chance)
        base = self.directory / "base"
        shutil.rmtree(base, ignore_errors=True)
        shutil.copytree(history, base)
        began_s = time.perf_counter()
        threshold = "2%" if kind == "counters" else "10%"
        options = [
            f"--scer-baseline={base}",
            f"--scer-confirm={self.arguments.confirm}",
            f"--scer-max-regression={threshold}",
            "--scer-fail-on=none",
        ]
        report = self.pytest(suite, busy, kind == "counters", planted, options)
        keep_detectable(self.directory / f"detectable-{history.name}.json", report)
        entries = {test["nodeid"]: test["baseline"] for test in report["tests"] if test["baseline"]}
        slower = [
            test["reference_j"] / median(reference)
            for test in report["tests"]
            if test["reference_j"] and (reference := _references(entries.get(test["nodeid"])))
        ]
        return {
            "kind": kind,
            "suite": suite,
            "number": number,
            "neighbour": busy,
            "slower": round(median(slower), 3) if slower else None,
            "duration_s": round(time.perf_counter() - began_s, 2),
            "repeats": sum(entry["confirmed"] for entry in entries.values()),
            "false": [
                _said(nodeid, 1.0, entry)
                for nodeid, entry in entries.items()
                if nodeid not in planted and entry["verdict"] == "regression"
            ],
            "inconclusive": sum(
                entry["verdict"] == "inconclusive"
                for nodeid, entry in entries.items()
                if nodeid not in planted
            ),
            "planted": [
                _said(nodeid, factor, entries[nodeid]) for nodeid, factor in planted.items()
            ],
            "whole": report["baseline"] and report["baseline"]["verdict"],
        }

    def fill(self, history: Path, kind: str, suite: str, chance: random.Random) -> None:
        """Run the sessions of a history."""
        making = history.with_name("making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        for _ in range(HISTORY):
            busy = {
                "calm-busy": False,
                "busy-calm": True,
                "counters": False,
                "mixed": chance.random() < 0.5,
            }.get(kind, history.name[-1] in "13579")
            self.pytest(suite, busy, kind == "counters", {}, [f"--scer-save-baseline={making}"])
        making.rename(history)

    def planted(self, history: Path, kind: str, chance: random.Random) -> dict[str, float]:
        """Which tests grow, and by what factor."""
        newest = json.loads(max(history.glob("*.json")).read_text())["tests"]
        least_s = COUNTED_LONG_S if kind == "counters" else LONG_S
        long = [nodeid for nodeid, test in newest.items() if test["duration_s"] >= least_s]
        factors = list(FACTORS.get(kind, USUAL_FACTORS))
        last = self.directory / f"detectable-{history.name}.json"
        found = json.loads(last.read_text()) if last.exists() else {}
        chosen = chance.sample(sorted(long), min(len(factors) + 1, len(long)))
        chance.shuffle(factors)
        planted = dict(zip(chosen, factors, strict=False))
        if len(chosen) > len(factors) and (growth := found.get(chosen[-1])) and growth < 1.5:
            planted[chosen[-1]] = 1 + growth
        return planted

    def pytest(
        self, suite: str, busy: bool, counted: bool, planted: dict[str, float], options: list[str]
    ) -> Json:
        """Run a suite in a separate process and return its report."""
        report = self.directory / "report.json"
        report.unlink(missing_ok=True)
        told = " ".join(
            f"{nodeid.rpartition('::')[2]}:{factor - 1:.6f}" for nodeid, factor in planted.items()
        )
        options = [f"--scer-output={report}", *options]
        settings = {}
        if counted:
            options += ["-p", "pytest_scer.testing", "-p", "simulated_counter"]
            settings["SIMULATED_TIMES"] = str(self.directory / f"times-{suite}.json")
        run_suite(suite, options, busy=busy, planted=told, **settings)
        found: Json = json.loads(report.read_text())
        return found


def keep_detectable(file: Path, report: Json) -> None:
    """Remember what the gate called detectable, for the next session of the same history."""
    found = {
        test["nodeid"]: test["baseline"]["detectable"]
        for test in report["tests"]
        if test["baseline"] and test["baseline"]["detectable"]
    }
    file.write_text(json.dumps(found))


def _references(entry: Json | None) -> list[float]:
    samples = [] if entry is None else entry["baseline_samples"]
    return [reference for _, reference in samples if reference]


def _said(nodeid: str, factor: float, entry: Json) -> Json:
    names = ("verdict", "change", "noise", "detectable", "confirmed", "value", "corrected_by")
    return {"test": nodeid, "factor": factor, **{name: entry[name] for name in names}}


def progress(row: Json) -> str:
    """One line about a session."""
    found = ", ".join(
        f"+{each['factor'] - 1:.0%} {each['verdict']} ({each['change']:+.0%} - {each['noise']:.0%})"
        for each in row["planted"]
        if each["change"] is not None
    )
    return (
        f"{row['kind']} {row['suite']} {row['number']}: {row['duration_s']:.0f} s, "
        f"slower x {row['slower']}, {row['repeats']} repeats, {len(row['false'])} false, "
        f"{row['inconclusive']} inconclusive; {found}"
    )


def summary(rows: list[Json]) -> str:
    """A Markdown table: false alarms by kind, and what was found by factor."""
    headers = (
        "kind",
        "sessions",
        "1.3 times slower",
        "seconds",
        "with a false alarm",
        "session called a regression",
        "found",
    )
    lines = [f"| {' | '.join(headers)} |", "| --- " * len(headers) + "|"]
    for kind in KINDS:
        own = [row for row in rows if row["kind"] == kind]
        if not own:
            continue
        verdicts: dict[str, list[str]] = {}
        for row in own:
            for each in row["planted"]:
                usual = each["factor"] in (*USUAL_FACTORS, *FACTORS["counters"])
                name = f"+{each['factor'] - 1:.0%}" if usual else "detectable"
                verdicts.setdefault(name, []).append(each["verdict"])
        found = ", ".join(
            f"{name}: {said.count('regression')} of {len(said)}"
            for name, said in sorted(verdicts.items())
        )
        slower = sum((row["slower"] or 0) >= 1.3 for row in own)
        lines.append(
            f"| {kind} | {len(own)} | {slower} | {median(row['duration_s'] for row in own):.0f} "
            f"| {sum(bool(row['false']) for row in own)} "
            f"| {sum(row['whole'] == 'regression' for row in own)} | {found} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, and print the summary of all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=40, help="of each kind, over all suites")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--suites", nargs="*", default=list(NAMES))
    parser.add_argument("--confirm", type=int, default=20)
    parser.add_argument("--renew", type=int, default=4, help="sessions that share a history")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("gate.jsonl"))
    parser.add_argument(
        "--directory", type=Path, default=Path("gate-work"), help="for the sessions"
    )
    print(summary(Experiment(parser.parse_args()).run()))


if __name__ == "__main__":
    main()
