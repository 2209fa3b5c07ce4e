"""How often the gate cries wolf, and how often it finds what became dearer.

    python benchmarks/gate/run.py --sessions 60 --output gate.json

Every session is a pytest process of its own; every second one runs beside a busy neighbour that
keeps one core. Plain sessions come first: they are the pool of baselines. Then

* ``unchanged``: each session against one session of the pool;
* ``history``: the same against a history of five;
* ``dearer F``: against such a history, one test, another each time, F times as dear;
* ``counters F``: the same with simulated counters of 0.3 % spread, and a threshold of 5 %.

The full experiment takes about two hours on two cores; nothing else should run beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SUITE = Path(__file__).with_name("suite.py")


@contextmanager
def neighbour(busy: bool) -> Iterator[None]:
    """Keep one core busy while the block runs."""
    if not busy:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", "while True: sum(range(1000))"]) as process:
        try:
            yield
        finally:
            process.kill()


class Experiment:
    """Runs the sessions of the experiment in a directory of its own."""

    def __init__(self, directory: Path, arguments: argparse.Namespace) -> None:
        """Write the suite there."""
        self.directory = directory
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        shutil.copy(SUITE, directory / "test_gate.py")

    def session(self, number: int, *options: str, **environment: str) -> dict[str, Any]:
        """Run one session, every second one beside a neighbour, and give its report."""
        report = self.directory / "report.json"
        report.unlink(missing_ok=True)
        settings = {
            "GATE_TESTS": str(self.arguments.tests),
            "GATE_LONGEST_S": str(self.arguments.longest),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["-p", "pytest_scer.plugin", f"--scer-output={report}", *options]
        if "GATE_COUNTERS" in environment:
            command += ["-p", "pytest_scer.testing"]
        with neighbour(number % 2 == 1):
            done = subprocess.run(
                command,
                cwd=self.directory,
                env={**os.environ, **settings, **environment},
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode not in (0, 1) or not report.exists():
            raise RuntimeError(done.stdout + done.stderr)
        found: dict[str, Any] = json.loads(report.read_text())
        return found

    def pool(self, name: str, **environment: str) -> list[Path]:
        """Plain sessions, saved as baselines."""
        place = self.directory / name
        place.mkdir()
        for number in range(self.arguments.pool):
            self.session(number, f"--scer-save-baseline={place}", **environment)
        return sorted(place.glob("*.json"))

    def trial(
        self, name: str, pool: list[Path], history: int, factor: float, **environment: str
    ) -> dict[str, Any]:
        """So many sessions against baselines from the pool; what was found, and what was not."""
        quiet = [
            index
            for index in range(self.arguments.tests)
            if index not in (self.arguments.tests // 3, 2 * self.arguments.tests // 3)
        ]
        sessions = []
        for number in range(self.arguments.sessions):
            base = self.directory / "base"
            shutil.rmtree(base, ignore_errors=True)
            base.mkdir()
            for path in self.random.sample(pool, history):
                shutil.copy(path, base)
            target = self.random.choice(quiet) if factor != 1 else -1
            threshold = "5%" if environment else "10%"
            began_s = time.perf_counter()
            report = self.session(
                number,
                f"--scer-baseline={base}",
                f"--scer-confirm={self.arguments.confirm}",
                f"--scer-max-regression={threshold}",
                GATE_DEARER=f"{target}:{factor}",
                **environment,
            )
            entries = {test["nodeid"]: test["baseline"] for test in report["tests"]}
            wrong = [
                nodeid
                for nodeid, entry in entries.items()
                if entry["verdict"] == "regression" and not nodeid.endswith(f"[{target}]")
            ]
            found = entries.get(f"test_gate.py::test_work[{target}]")
            sessions.append(
                {
                    "busy": number % 2 == 1,
                    "duration_s": time.perf_counter() - began_s,
                    "target": target,
                    "verdict": found and found["verdict"],
                    "change": found and found["change"],
                    "noise": found and found["noise"],
                    "false": wrong,
                    "session_verdict": report["baseline"]["verdict"],
                    "repeats": sum(entry["confirmed"] for entry in entries.values()),
                }
            )
        hits = sum(each["verdict"] == "regression" for each in sessions)
        false = sum(bool(each["false"]) for each in sessions)
        whole = sum(each["session_verdict"] == "regression" for each in sessions)
        print(
            f"{name}: {len(sessions)} sessions, false alarms in {false}, of the whole session in "
            f"{whole}" + (f", found in {hits}" if factor != 1 else ""),
            flush=True,
        )
        return {"name": name, "false": false, "found": hits, "sessions": sessions}


def main() -> None:
    """Run it and write every session's outcome."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=60, help="of each trial")
    parser.add_argument("--pool", type=int, default=12, help="plain sessions to compare with")
    parser.add_argument("--history", type=int, default=5, help="sessions of a history")
    parser.add_argument("--tests", type=int, default=40)
    parser.add_argument("--longest", type=float, default=1.0, help="seconds of the longest test")
    parser.add_argument("--confirm", type=int, default=20)
    parser.add_argument("--factors", type=float, nargs="*", default=[1.25, 1.4, 1.6])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("gate.json"))
    arguments = parser.parse_args()
    trials = []
    with tempfile.TemporaryDirectory() as directory:
        experiment = Experiment(Path(directory), arguments)
        pool = experiment.pool("pool")
        trials.append(experiment.trial("unchanged", pool, 1, 1.0))
        trials.append(experiment.trial("history", pool, arguments.history, 1.0))
        trials += [
            experiment.trial(f"dearer {factor}", pool, arguments.history, factor)
            for factor in arguments.factors
        ]
        counted = experiment.pool("counted", GATE_COUNTERS="1")
        counters = {"GATE_COUNTERS": "1"}
        trials += [
            experiment.trial(f"counters {factor}", counted, arguments.history, factor, **counters)
            for factor in (1.0, 1.1)
        ]
    arguments.output.write_text(json.dumps(trials, indent=1))


if __name__ == "__main__":
    main()
