"""Measure the constants of the gate's noise on a suite of its own.

    python benchmarks/gate/calibrate.py --sessions 14

Runs the suite in ``calibration`` in separate sessions, every second one next to a busy process, and
each test ten times in a session: the baseline is made so cheap that every test is a suspect. Prints
the scatter of first runs and repeats, and what follows for ``KEPT``, ``KEPT_OF_CORRECTED`` and
``REPEAT_DIFFERS`` of :mod:`pytest_scer.baseline.noise`.

Finished sessions are kept: call it again to continue. Nothing else should run next to it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean, median, variance
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from neighbour import neighbour

SUITE = Path(__file__).with_name("calibration")
REPEATS = 9
MEDIAN = math.pi / 2
"""The variance of a median over that of a mean."""

Levels = dict[str, list[list[float]]]
"""Logarithms of each run of each session, by test."""


def pytest_(*options: str) -> None:
    """Run the suite in a separate process.

    Raises:
        RuntimeError: It failed.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "pytest_scer.plugin", "--scer-fail-on=none", *options, str(SUITE)]
    settings = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


def cheap_baseline(directory: Path) -> Path:
    """A baseline in which every test costs a third."""
    path = directory / "baseline.json"
    if not path.exists():
        saved = directory / "saved.json"
        pytest_(f"--scer-save-baseline={saved}")
        data = json.loads(saved.read_text())
        for test in data["tests"].values():
            test["energy_j"] = {name: each and each / 3 for name, each in test["energy_j"].items()}
        path.write_text(json.dumps(data))
    return path


def measure(directory: Path, sessions: int) -> list[dict[str, Any]]:
    """Run the sessions that are not on file yet; return the reports of all."""
    baseline = cheap_baseline(directory)
    reports = []
    for number in range(sessions):
        path = directory / f"session-{number}.json"
        if not path.exists():
            partial = directory / "partial.json"
            with neighbour(busy=number % 2 == 1):
                pytest_(
                    f"--scer-baseline={baseline}",
                    f"--scer-confirm={REPEATS}",
                    "--scer-confirm-time=600",
                    f"--scer-output={partial}",
                )
            partial.rename(path)
            print(f"{path.name} of {sessions}", flush=True)
        reports.append(json.loads(path.read_text()))
    return reports


def levels(reports: list[dict[str, Any]], *, corrected: bool) -> Levels:
    """The logarithms of all runs, divided by the reference workload's if ``corrected``."""
    found: Levels = defaultdict(list)
    for report in reports:
        for test in report["tests"]:
            runs = test["baseline"]["samples"]
            found[test["nodeid"]].append(
                [math.log(cost / reference if corrected else cost) for cost, reference in runs]
            )
    return found


def constants(tests: Levels) -> dict[str, float]:
    """What the runs show, each figure pooled over the tests."""
    single = fmean(variance([runs[0] for runs in sessions]) for sessions in tests.values())
    within = fmean(variance(runs[1:]) for sessions in tests.values() for runs in sessions)
    middles = {
        nodeid: [median(runs[1:]) for runs in sessions] for nodeid, sessions in tests.items()
    }
    between = fmean(map(variance, middles.values())) - MEDIAN * within / REPEATS
    excesses = [
        [middle - runs[0] for middle, runs in zip(middles[nodeid], sessions, strict=True)]
        for nodeid, sessions in tests.items()
    ]
    chance = fmean(variance(each) / len(each) for each in excesses)
    differs = fmean(fmean(each) ** 2 for each in excesses) - chance
    return {
        "single run": math.sqrt(single),
        "repeats within a session": math.sqrt(within),
        "share kept": max(between, 0.0) / single,
        "repeats differ": math.sqrt(max(differs, 0.0)),
    }


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=14)
    parser.add_argument("--directory", type=Path, default=Path("calibration-work"))
    arguments = parser.parse_args()
    arguments.directory.mkdir(exist_ok=True)
    reports = measure(arguments.directory.resolve(), arguments.sessions)
    for title, corrected in (("not corrected", False), ("corrected for machine speed", True)):
        figures = constants(levels(reports, corrected=corrected))
        print(f"{title}:", ", ".join(f"{name} {value:.3f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
