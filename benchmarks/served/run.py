"""What ``carbon.server`` bills, against the same model inside the test. See README.md."""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RUNS = 9
REPORT = ("--scer-output=report.json",)

# The example suite's server with a model of 11 million parameters: what HTTP costs is small there.
SERVER = """
from example_suite import language_model, model_server
model_server.SIZE = language_model.Size("gpt2", layers=6, heads=6, width=384)
"""

SUITE = """
import json, os, pathlib, time
from urllib.request import Request, urlopen

import pytest

PORT, HERE = int(os.environ["SERVER_PORT"]), pathlib.Path(__file__).parent
PROMPTS = ["The night train", "The ferry", "The museum opens its doors"]

def ask(prompt):
    body = json.dumps({"prompt": prompt, "max_tokens": 32}).encode()
    with urlopen(Request(f"http://127.0.0.1:{PORT}/v1/completions", body)) as response:
        return json.load(response)

def call_server(carbon):
    asked = carbon.openai(ask)
    with carbon.server(port=PORT):
        for prompt in PROMPTS:
            asked(prompt)

@pytest.fixture(scope="module")
def model():
    from example_suite.model_server import complete, load
    exec(SERVER)
    model = load()
    for prompt in PROMPTS:  # the server is warm, too
        complete(model, prompt, 32)
        ask(prompt)
    return model

@pytest.mark.parametrize("where", ["inside", "outside"])
@pytest.mark.parametrize("run", range(RUNS))
def test_pair(carbon, model, run, where):
    from example_suite.model_server import complete
    if where == "outside":
        call_server(carbon)
    else:
        for prompt in PROMPTS:
            complete(model, prompt, 32)

def test_idle(carbon):
    with carbon.server(port=PORT):
        time.sleep(1.0)

@pytest.mark.parametrize("test", range(2))
def test_shared(carbon, test):
    with (HERE / "met").open("a") as file:
        file.write("x")
    while len((HERE / "met").read_text()) < 2:
        time.sleep(0.01)
    call_server(carbon)
"""


@contextmanager
def running_server() -> Iterator[tuple[int, int]]:
    """A model server; yields its process ID and port."""
    command = [sys.executable, "-c", f"{SERVER}\nmodel_server.main()"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            yield server.pid, int(server.stdout.readline())
        finally:
            server.terminate()


def cpu_time_s(pid: int) -> float:
    """CPU seconds of a process so far, from its clock as in clock_getcpuclockid(3) on Linux."""
    return float(time.clock_gettime((~pid << 3) | 2))


def run_tests(folder: Path, port: int, *options: str) -> dict[str, Any]:
    """Run a part of the suite; returns its report."""
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *REPORT, *options],
        cwd=folder,
        env={**os.environ, "SERVER_PORT": str(port), "PYTHONPATH": paths},
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if ran.returncode:
        sys.exit(ran.stdout)
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def served_s(report: dict[str, Any]) -> float:
    """CPU seconds of the server that the tests of a report were billed."""
    return math.fsum(use["cpu_time_s"] for test in report["tests"] for use in test["servers"])


def session() -> dict[str, Any]:
    """Run all parts once."""
    with tempfile.TemporaryDirectory() as name, running_server() as (pid, port):
        folder = Path(name)
        (folder / "test_served.py").write_text(
            f"RUNS, SERVER = {RUNS}, {SERVER!r}\n{SUITE}", encoding="utf-8"
        )
        pairs = run_tests(folder, port, "-k", "pair")
        idle = run_tests(folder, port, "-k", "idle")
        before_s = cpu_time_s(pid)
        shared = run_tests(folder, port, "-k", "shared", "-n", "2")
        used_s = cpu_time_s(pid) - before_s
    joules: dict[str, list[float]] = {"inside": [], "outside": [], "server": []}
    for test in pairs["tests"]:
        where = "inside" if "inside" in test["nodeid"] else "outside"
        joules[where].append(test["measurement"]["energy_j"]["cpu"])
        joules["server"] += [use["energy_j"] for use in test["servers"]]
    return {
        "cpu_j": joules,
        "idle_cpu_s": served_s(idle),
        "shared_billed_s": served_s(shared),
        "shared_used_s": used_s,
    }


def main() -> None:
    """Run what is missing, then print all sessions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--sessions", type=int, default=1)
    arguments = parser.parse_args()
    lines = arguments.output.read_text().splitlines() if arguments.output.exists() else []
    for _ in range(arguments.sessions - len(lines)):
        lines.append(json.dumps(session()))
        with arguments.output.open("a", encoding="utf-8") as file:
            file.write(f"{lines[-1]}\n")
    print("| session | outside / inside | server / inside | idle | billed / used |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for number, line in enumerate(lines, start=1):
        found = json.loads(line)
        inside, outside, server = (
            statistics.median(found["cpu_j"][each]) for each in ("inside", "outside", "server")
        )
        shared = found["shared_billed_s"] / found["shared_used_s"]
        idle_ms = 1e3 * found["idle_cpu_s"]
        ratios = f"{outside / inside:.3f} | {server / inside:.3f}"
        print(f"| {number} | {ratios} | {idle_ms:.2f} ms/s | {shared:.3f} |")


if __name__ == "__main__":
    main()
