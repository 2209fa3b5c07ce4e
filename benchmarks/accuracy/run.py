"""How accurate the figures are: simulated power meters of a known draw, so that the truth is known.

The meters are those of ``tests/hardware``, read through CodeCarbon's RAPL and NVML code. Needs
root, util-linux and a C compiler on Linux, and pytest-scer in the environment that runs it.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "hardware"))

from simulated_machine import (
    NVML_SOURCE,
    POWERCAP_SOURCE,
    REAL_RANGE_UJ,
    Machine,
    compile_source,
    why_no_namespace,
    with_gpus,
    with_packages,
)
from windows import Window, measure

RAPL_W = (30.0, 20.0)
GPU_W = 250.0
THREAD_W = 10.0

CHILD = """
import json, subprocess, sys, warnings
warnings.simplefilter("ignore")
from codecarbon import OfflineEmissionsTracker
from pytest_scer.meters.codecarbon.configuration import configuration
from pytest_scer.meters.opening import Request, open_meter
code = "import time\\nwhile time.process_time() < {seconds}: pass"
tracker = OfflineEmissionsTracker(
    country_iso_code="FRA", save_to_file=False, log_level="critical", allow_multiple_runs=True,
    tracking_mode="process", measure_power_secs=1,
)
meter = open_meter(Request(frozenset(["cpu"])), configuration())
tracker.start()
start = meter.read(force=True)
subprocess.run([sys.executable, "-S", "-c", code], check=True)
ours_j = meter.read(force=True).cpu_j - start.cpu_j
tracker.stop()
print(json.dumps([ours_j, tracker.final_emissions_data.cpu_energy * 3.6e6]))
"""

MANY = """
import time, pytest
@pytest.mark.parametrize("n", range(300))
def test_short(n):
    end = time.perf_counter() + 1e-3
    while time.perf_counter() < end: pass
"""
# CodeCarbon's task API around each test; its own figures go to a file.
TASKS = """
import json, pytest
from codecarbon import OfflineEmissionsTracker
joules = []

@pytest.fixture(scope="session")
def tracker():
    tracker = OfflineEmissionsTracker(
        country_iso_code="FRA", save_to_file=False, log_level="critical", allow_multiple_runs=True,
        tracking_mode="process",
    )
    yield tracker
    tracker.stop()
    with open("tasks.json", "w") as file:
        json.dump(joules, file)

@pytest.fixture(autouse=True)
def task(tracker, request):
    tracker.start_task(request.node.nodeid)
    yield
    joules.append(tracker.stop_task(request.node.nodeid).cpu_energy * 3.6e6)
"""


# --- machines -----------------------------------------------------------------------------------


class Machines:
    """Makes simulated machines, which live until the benchmark ends."""

    def __init__(self, root: Path, alive: ExitStack) -> None:
        """Compile the meters.

        Args:
            root: An empty directory.
            alive: Ends what runs for them.
        """
        self._root = root
        self._alive = alive
        self._powercap = compile_source(root, *POWERCAP_SOURCE)
        self._nvml = compile_source(root, *NVML_SOURCE)

    def _directory(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._root))

    def rapl(self) -> Machine:
        """Two packages."""
        return self._alive.enter_context(
            with_packages(
                self._powercap, self._directory(), RAPL_W, range_uj=REAL_RANGE_UJ, limit_w=150.0
            )
        )

    def gpu(self, tick_ms: float) -> Machine:
        """One GPU whose counter moves so often."""
        machine, directory = Machine(self._directory()), self._directory()
        return with_gpus(
            machine, self._nvml, directory, [GPU_W], tick_ms=tick_ms, counter=True, limit_w=400.0
        )

    def without_counters(self) -> Machine:
        """A machine of 10 W a hardware thread."""
        directory = self._directory()
        watts = THREAD_W * (os.cpu_count() or 1)
        (directory / ".codecarbon.config").write_text(
            f"[codecarbon]\nforce_cpu_power = {watts:g}\n"
        )
        return Machine(directory)


# --- tables -------------------------------------------------------------------------------------


def window_rows(machines: Machines, rounds: int) -> Iterator[str]:
    """Errors of windows of a given length."""
    yield "| meter | window | error, median | error, largest | stated ± | truth within ± |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    rapl, fast, slow = machines.rapl(), machines.gpu(20), machines.gpu(100)
    for name, machine, watts, lengths_s in (
        ("RAPL", rapl, sum(RAPL_W), (1.0, 0.2, 0.05, 0.01)),
        ("GPU, tick 20 ms", fast, GPU_W, (2.0, 0.5, 0.05)),
        ("GPU, tick 100 ms", slow, GPU_W, (2.0, 0.5, 0.05)),
    ):
        for length_s in lengths_s:
            windows, _ = measure(machine, [length_s] * rounds)
            errors = [abs(each.energy_j / (watts * each.duration_s) - 1) for each in windows]
            stated = statistics.median(each.uncertainty_j / each.energy_j for each in windows)
            yield (
                f"| {name} | {length_s * 1e3:g} ms | {statistics.median(errors):.2%} | "
                f"{max(errors):.2%} | {stated:.1%} | {_inside(windows, watts)} of {rounds} |"
            )


def random_rows(machines: Machines, count: int) -> Iterator[str]:
    """How often the truth lies within the uncertainty, over windows of any length."""
    yield f"| {count} windows of 5 ms to 1 s | truth within ± | median ±, in ticks times power |"
    yield "| --- | ---: | ---: |"
    chance = random.Random(1)
    lengths_s = [chance.uniform(0.005, 1.0) for _ in range(count)]
    for name, machine, watts in (
        ("RAPL", machines.rapl(), sum(RAPL_W)),
        ("GPU, tick 20 ms", machines.gpu(20), GPU_W),
        ("GPU, tick 100 ms", machines.gpu(100), GPU_W),
    ):
        windows, tick_s = measure(machine, lengths_s)
        ticks = statistics.median(each.uncertainty_j for each in windows) / (tick_s * watts)
        yield f"| {name} | {_inside(windows, watts)} | {ticks:.2f} |"


def _inside(windows: Sequence[Window], watts: float) -> int:
    return sum(
        abs(each.energy_j - watts * each.duration_s) <= each.uncertainty_j for each in windows
    )


def child_rows(machines: Machines, rounds: int) -> Iterator[str]:
    """Yield how much of a child's CPU time is charged."""
    yield "| a subprocess that burns | charged | charged by CodeCarbon's process mode |"
    yield "| --- | ---: | ---: |"
    machine = machines.without_counters()
    for seconds in (2.0, 0.5):
        source = CHILD.format(seconds=seconds)
        billed = [machine.python(source) for _ in range(rounds)]
        ours_s, theirs_s = (
            statistics.median(column) / THREAD_W for column in zip(*billed, strict=True)
        )
        yield f"| {seconds:g} s of CPU time | {ours_s:.2f} s | {theirs_s:.2f} s |"


def many_rows(machines: Machines) -> Iterator[str]:
    """300 tests of a millisecond."""
    yield "| 300 tests of 1 ms | sum of the tests | truth | tests charged 0 J |"
    yield "| --- | ---: | ---: | ---: |"
    for name, machine, component, watts in (
        ("RAPL, tick 1 ms", machines.rapl(), "cpu", sum(RAPL_W)),
        ("GPU, tick 100 ms", machines.gpu(100), "gpu", GPU_W),
    ):
        calls = session(machine, component)
        joules = [call["energy_j"][component] for call in calls]
        truth_j = watts * sum(call["duration_s"] for call in calls)
        yield f"| {name} | {sum(joules):.2f} J | {truth_j:.2f} J | {joules.count(0)} |"
    machine = machines.without_counters()
    calls = session(machine, "cpu")
    joules = [call["energy_j"]["cpu"] for call in calls]
    yield f"| modelled | {sum(joules):.2f} J | {_model_j(calls)} | {joules.count(0)} |"
    (machine.directory / "conftest.py").write_text(TASKS)
    calls = session(machine, "cpu")
    joules = machine.python("print(open('tasks.json').read())")
    yield (
        f"| CodeCarbon's tasks, process mode | {sum(joules):.2f} J | {_model_j(calls)} | "
        f"{joules.count(0)} |"
    )


def _model_j(calls: Sequence[Any]) -> str:
    """The model's truth: the CPU time that the tests took."""
    return f"{THREAD_W * sum(call['cpu_time_s'] for call in calls):.2f} J"


def session(machine: Machine, component: str) -> list[Any]:
    """Run the 300 tests; the measurements of their call stages.

    Raises:
        SystemExit: They did not pass: a figure of them would mean nothing.
    """
    options = ("-q", "-p", "no:cacheprovider", "--scer-output=report.json")
    run = machine.pytest(MANY, *options, f"--scer-components={component}", timeout_s=600)
    if run.exit_code != 0:
        raise SystemExit(run.output)
    return [test["stages"]["call"] for test in run.report["tests"]]


def main() -> None:
    """Run all of it and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="windows of each length")
    parser.add_argument("--windows", type=int, default=100, help="windows of random length")
    arguments = parser.parse_args()
    reason = why_no_namespace()
    if reason is not None:
        raise SystemExit(reason)
    print(
        f"Python {platform.python_version()}, CodeCarbon {version('codecarbon')}, "
        f"{os.cpu_count()} hardware threads, load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as directory, ExitStack() as alive:
        machines = Machines(Path(directory), alive)
        for rows in (
            window_rows(machines, arguments.rounds),
            random_rows(machines, arguments.windows),
            child_rows(machines, 3),
            many_rows(machines),
        ):
            print()
            for row in rows:
                print(row, flush=True)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"the meters could not be compiled: {error}") from None
