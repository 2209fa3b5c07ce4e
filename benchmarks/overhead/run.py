"""What measuring costs: pytest-scer against bare pytest and its alternatives, in one run.

Every variant runs the same trivial tests, turn by turn, so that a neighbour on the machine meets
all of them alike. The figures are medians of the rounds. CPU time (user + system, children
included) is the quieter measure on a shared machine; wall time stands beside it.

Needs the standard library only, on a POSIX system; it makes the virtual environments it needs.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SOURCE = Path(__file__).resolve().parents[2]
CACHE = Path(tempfile.gettempdir()) / "pytest-scer-overhead"
SMALL, LARGE = 3000, 6000
QUICK_REPEATS = 5
"""Sessions of one test or none take a fraction of a second: so many of them a round."""

PEER = "pytest-codecarbon==1.0.0"
PEER_PYTESTS = ("pytest", "pytest<9", "pytest<8", "pytest<7")
"""What to try for the peer, the newest first."""

TASK_CONFTEST = """
import pytest
from codecarbon import OfflineEmissionsTracker


@pytest.fixture(scope="session")
def tracker():
    tracker = OfflineEmissionsTracker(
        country_iso_code="FRA", save_to_file=False, log_level="critical", allow_multiple_runs=True
    )
    yield tracker
    tracker.stop()


@pytest.fixture(autouse=True)
def task(tracker, request):
    tracker.start_task(request.node.nodeid)
    yield
    tracker.stop_task(request.node.nodeid)
"""


@dataclass(frozen=True)
class Variant:
    """One way to run a suite.

    Attributes:
        name: What the table calls it.
        python: The interpreter of its environment.
        args: What pytest is told.
        conftest: The text of the suite's ``conftest.py``; empty for none.
    """

    name: str
    python: Path
    args: tuple[str, ...] = ()
    conftest: str = ""


@dataclass(frozen=True)
class Cost:
    """What one session cost, in seconds."""

    cpu_s: float
    wall_s: float


# --- environments -------------------------------------------------------------------------------


def pip_install(python: Path, *requirements: str) -> None:
    """Install into an environment; pip's own messages are shown if it fails."""
    subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)


def make_environment(directory: Path, *requirements: str) -> Path:
    """Make a virtual environment anew; returns its interpreter."""
    print(f"making {directory} with {' '.join(requirements)}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", directory], check=True)
    python = directory / "bin" / "python"
    pip_install(python, *requirements)
    return python


def peer_environment(directory: Path) -> Path:
    """An environment where the peer works: with the newest pytest, else the newest that does."""
    python = make_environment(directory, PEER, "pytest")
    for pytest in PEER_PYTESTS:
        pip_install(python, "--upgrade", pytest)
        with tempfile.TemporaryDirectory() as suite:
            write_suite(Path(suite), 1, "")
            command = [str(python), "-m", "pytest", "-q", "--carbon", f"--carbon-dir={suite}"]
            done = subprocess.run(
                command, cwd=suite, capture_output=True, text=True, check=False, env=environment()
            )
            if done.returncode == 0 and (Path(suite) / "emissions.csv").exists():
                return python
        print(f"{PEER} does not work with {pytest}:\n{done.stdout[-800:]}", file=sys.stderr)
    raise SystemExit(f"{PEER} works with none of {', '.join(PEER_PYTESTS)}")


def versions(python: Path) -> str:
    """The versions in an environment that the figures depend on."""
    script = (
        "import importlib.metadata as m, platform\n"
        "print('Python', platform.python_version(), end='')\n"
        "for name in ('pytest', 'pytest-scer', 'codecarbon', 'pytest-codecarbon'):\n"
        "    try: print(',', name, m.version(name), end='')\n"
        "    except m.PackageNotFoundError: pass\n"
    )
    return subprocess.check_output([python, "-c", script], text=True)


def environment() -> dict[str, str]:
    """As a user's: compiled files are kept, and no setting of this process' own gets through."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "CODECARBON_")) and name != "PYTHONDONTWRITEBYTECODE"
    }


# --- sessions -----------------------------------------------------------------------------------


def write_suite(directory: Path, size: int, conftest: str) -> None:
    """Write so many trivial tests."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "pytest.ini").write_text("[pytest]\n")
    if conftest:
        (directory / "conftest.py").write_text(conftest)
    if size:
        tests = (f"def test_{number}():\n    pass\n" for number in range(size))
        (directory / "test_trivial.py").write_text("\n\n".join(tests))


def run(variant: Variant, directory: Path, *args: str, expect: int = 0) -> Cost:
    """Run a session of a variant and tell its cost.

    Raises:
        SystemExit: It did not end as it should: a figure of it would mean nothing.
    """
    options = ("-q", "-p", "no:cacheprovider", *variant.args, *args)
    command = [str(variant.python), "-m", "pytest", *options]
    before, begin_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, check=False, env=environment()
    )
    wall_s, after = time.perf_counter() - begin_s, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != expect:
        raise SystemExit(f"{variant.name}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu_s, wall_s)


def middle(costs: Iterable[Cost]) -> Cost:
    """The medians."""
    costs = list(costs)
    return Cost(median(cost.cpu_s for cost in costs), median(cost.wall_s for cost in costs))


def interleaved(
    variants: Sequence[Variant], sizes: Sequence[int], rounds: int, root: Path, *args: str
) -> dict[tuple[str, int], list[Cost]]:
    """Run every variant at every size, turn by turn; what each session cost, in order."""
    costs: dict[tuple[str, int], list[Cost]] = defaultdict(list)
    nothing_collected = 5
    expect = 0 if min(sizes) else nothing_collected
    for variant in variants:
        for size in sizes:
            write_suite(root / variant.name / str(size), size, variant.conftest)
        # Once unmeasured: files are cached then, and modules compiled.
        run(variant, root / variant.name / str(min(sizes)), *args, expect=expect)
    for number in range(rounds):
        print(f"{sizes} tests: round {number + 1} of {rounds}", file=sys.stderr)
        shift = number % len(variants)
        for variant in (*variants[shift:], *variants[:shift]):
            for size in sizes:
                directory = root / variant.name / str(size)
                costs[variant.name, size].append(run(variant, directory, *args, expect=expect))
    return costs


# --- tables -------------------------------------------------------------------------------------


def slope(small: Sequence[Cost], large: Sequence[Cost]) -> Cost:
    """Seconds that one more test costs: the median over the rounds."""
    more = LARGE - SMALL
    return middle(
        Cost((b.cpu_s - a.cpu_s) / more, (b.wall_s - a.wall_s) / more)
        for a, b in zip(small, large, strict=True)
    )


def slope_table(variants: Sequence[Variant], rounds: int, root: Path) -> None:
    """What each of thousands of tests costs."""
    costs = interleaved(variants, (SMALL, LARGE), rounds, root / "slope")
    bare = slope(costs[variants[0].name, SMALL], costs[variants[0].name, LARGE])
    print(f"\n| {SMALL:,} trivial tests | CPU s | wall s | CPU us per test | ratio | wall ratio |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for variant in variants:
        small, large = (costs[variant.name, size] for size in (SMALL, LARGE))
        whole, each = middle(small), slope(small, large)
        print(
            f"| {variant.name} | {whole.cpu_s:.2f} | {whole.wall_s:.2f} | {each.cpu_s * 1e6:.0f} "
            f"| {each.cpu_s / bare.cpu_s:.2f} | {each.wall_s / bare.wall_s:.2f} |"
        )
    print(f"\nCPU us per test and the ratios are the slope from {SMALL:,} to {LARGE:,} tests.")


def start_table(variants: Sequence[Variant], rounds: int, root: Path, size: int) -> None:
    """What a session costs whatever its size: start-up and report."""
    title = "one trivial test" if size else "`--collect-only`, no test"
    args = () if size else ("--collect-only",)
    costs = interleaved(variants, (size,), rounds, root / f"start-{size}", *args)
    bare = middle(costs[variants[0].name, size])
    print(f"\n| {title} | CPU s | wall s | CPU s added | wall s added |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for variant in variants:
        cost = middle(costs[variant.name, size])
        print(
            f"| {variant.name} | {cost.cpu_s:.3f} | {cost.wall_s:.3f} "
            f"| {cost.cpu_s - bare.cpu_s:+.3f} | {cost.wall_s - bare.wall_s:+.3f} |"
        )


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the long suites")
    parser.add_argument("--python", type=Path, help="an environment that has pytest-scer already")
    parser.add_argument("--peer-python", type=Path, help=f"one that has {PEER} already")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where to make environments")
    given = parser.parse_args()
    python = given.python or make_environment(given.cache / "scer", str(SOURCE))
    peer = given.peer_python or peer_environment(given.cache / "peer")

    bare = Variant("bare pytest", python, ("-p", "no:scer"))
    asleep = Variant("pytest-scer, asleep", python)
    awake = Variant("pytest-scer, --scer-report", python, ("--scer-report",))
    tasks = Variant("CodeCarbon start_task/stop_task", python, ("-p", "no:scer"), TASK_CONFTEST)
    codecarbon = Variant("pytest-codecarbon, --carbon", peer, ("--carbon",))
    peer_bare = Variant("bare pytest, in its environment", peer)

    print(f"{platform.platform(terse=True)}, {os.cpu_count()} hardware threads")
    print(f"load at the start {os.getloadavg()[0]:.1f}; medians of {given.rounds} rounds\n")
    print(f"* {versions(python)}\n* {versions(peer)}")
    root = Path(tempfile.mkdtemp(prefix="overhead-"))
    try:
        quick = QUICK_REPEATS * given.rounds
        start_table((bare, asleep), 2 * quick, root, 0)
        start_table((bare, asleep, awake, tasks, codecarbon), quick, root, 1)
        everything = (bare, asleep, awake, tasks, codecarbon, peer_bare)
        slope_table(everything, given.rounds, root)
    finally:
        shutil.rmtree(root)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
