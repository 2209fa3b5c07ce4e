"""How pytest-scer scales: many tests with and without workers, merging, and reading.

    python benchmarks/scale/run.py --output scale.jsonl

Run it in an environment with pytest-scer and pytest-xdist, on a POSIX system on which nothing else
runs. To continue a run that was stopped, call it again with the same arguments. It prints Markdown.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from operator import sub, truediv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from rounds import Json, Rounds, Spread, machine_facts, paired, put_into, table
from scale.files import merging, patterns, reading
from scale.sessions import ASIDE, BARE, SCER, sessions

RATIO_GOAL, END_GOAL_S, MEMORY_GOAL_KB = 1.30, 4.0, 1.5
READ_GOAL_S, READ_GOAL_MB = 6.0, 600


def experiments(given: argparse.Namespace) -> dict[str, tuple[int, Callable[[], Iterator[Json]]]]:
    """How many rounds each experiment runs, and one of them.

    Args:
        given: The command line.
    """
    every: dict[str, tuple[int, Callable[[], Iterator[Json]]]] = {}
    for workers in given.workers:
        rounds = given.rounds if workers else given.fewer
        run = partial(sessions, given.sizes, workers, (BARE, SCER))
        every[f"-n {workers}"] = (rounds, run)
        aside = partial(sessions, given.sizes, workers, (ASIDE,))
        every[f"-n {workers}, aside"] = (given.fewer, aside)
    if given.shards:
        shards, _, tests = given.shards.partition("x")
        every["merge"] = (given.fewer, partial(merging, int(shards), int(tests)))
    if given.read:
        every["read"] = (given.fewer, partial(reading, given.read))
    every["patterns"] = (given.fewer, patterns)
    return every


def run(given: argparse.Namespace, rounds: Rounds) -> None:
    """Run what is missing.

    Args:
        given: The command line.
        rounds: Where the figures are kept.
    """
    every = experiments(given)
    for number in range(max(count for count, _ in every.values())):
        for name, (count, measure) in every.items():
            if number < count:
                print(f"{name}: round {number + 1} of {count}", file=sys.stderr)
                rounds.run(name, number, lambda: list(measure()))  # noqa: B023


def _of(rounds: Rounds, experiment: str, variant: str, size: int) -> list[Json]:
    return [
        session
        for found in rounds.of(experiment)
        for session in found
        if (session["variant"], session["size"]) == (variant, size)
    ]


def session_rows(rounds: Rounds, sizes: Sequence[int], workers: int) -> Iterator[Sequence[str]]:
    """The costs of sessions, a row for each size.

    Args:
        rounds: Where the figures are.
        sizes: The numbers of tests.
        workers: The number of workers.
    """
    for size in sizes:
        bare, scer = (_of(rounds, f"-n {workers}", variant, size) for variant in (BARE, SCER))
        each = [
            Spread.of(session["cpu_s"] / size for session in found).text(".0f", unit=1e-6)
            for found in (bare, scer)
        ]
        ratios = [
            Spread.of(paired(scer, bare, figure, truediv)).text() for figure in ("cpu_s", "wall_s")
        ]
        ends = [
            Spread.of(session["end_s"] for session in bare).text(),
            Spread.of(paired(scer, bare, "end_s", sub)).text("+.2f"),
        ]
        goals = [f"{RATIO_GOAL:.2f}" if workers else "", f"+{END_GOAL_S:.0f}"]
        yield [f"{size:,} tests, `-n {workers}`", *each, *ratios, goals[0], *ends, goals[1]]


def memory_rows(rounds: Rounds, sizes: Sequence[int], workers: int) -> Iterator[Sequence[str]]:
    """What another test adds to the peak of the process that makes the report.

    Args:
        rounds: Where the figures are.
        sizes: The numbers of tests.
        workers: The number of workers.
    """
    few, many = min(sizes), max(sizes)
    each: dict[str, list[Json]] = {}
    for variant, name in ((BARE, ""), (SCER, ""), (ASIDE, ", aside")):
        experiment = f"-n {workers}{name}"
        pairs = zip(
            _of(rounds, experiment, variant, many),
            _of(rounds, experiment, variant, few),
            strict=True,
        )
        each[variant] = [
            {"kb": (large["controller_kb"] - small["controller_kb"]) / (many - few)}
            for large, small in pairs
        ]
    bare_kb = Spread.of(found["kb"] for found in each[BARE]).middle
    added = [
        Spread.of(found["kb"] - bare_kb for found in each[variant]).text()
        for variant in (SCER, ASIDE)
    ]
    size = f"{few:,} to {many:,} tests, `-n {workers}`"
    yield [size, f"{bare_kb:.2f}", *added, f"{MEMORY_GOAL_KB}"]


def lines(given: argparse.Namespace, rounds: Rounds) -> Iterator[str]:
    """The tables of sessions and files.

    Args:
        given: The command line.
        rounds: Where the figures are.
    """
    yield "Medians of the rounds (quartiles); ratios are those within a round."
    yield "Goals are for 100,000 tests; that of the ratio is for sessions with workers."
    yield ""
    headers = ("bare us/test", "scer us/test", "CPU ratio", "wall ratio", "goal")
    yield from table(
        ("sessions", *headers, "end, bare s", "added s", "goal"),
        (row for workers in given.workers for row in session_rows(rounds, given.sizes, workers)),
    )
    yield ""
    if len(given.sizes) > 1:
        yield from table(
            ("peak memory, KB per test", "bare", "added", "added, `report.scer` aside", "goal"),
            (row for workers in given.workers for row in memory_rows(rounds, given.sizes, workers)),
        )
        yield ""
    goals = {"merge": ("", ""), "read": (f"{READ_GOAL_S:.0f}", f"{READ_GOAL_MB}")}
    yield from table(
        ("files", "CPU s", "goal", "wall s", "MB", "goal"),
        (
            file_row(found, *goals[name])
            for name in goals
            for found in zip(*rounds.of(name), strict=True)
        ),
    )


def pattern_lines(rounds: Rounds) -> Iterator[str]:
    """The table of the patterns.

    Args:
        rounds: Where the figures are.
    """
    yield from table(
        ("patterns with many stars", "us"),
        (
            [found[0]["pattern"], Spread.of(each["took_us"] for each in found).text(".0f")]
            for found in zip(*rounds.of("patterns"), strict=True)
        ),
    )


def file_row(found: Sequence[Json], cpu_goal: str, memory_goal: str) -> Sequence[str]:
    """What a command on files cost.

    Args:
        found: Its runs.
        cpu_goal: CPU seconds that it may take.
        memory_goal: MB that it may take.
    """
    cpu, wall, memory = (
        Spread.of(each[name] for each in found).text(form)
        for name, form in (("cpu_s", ".1f"), ("wall_s", ".1f"), ("peak_mb", ".0f"))
    )
    return [found[0]["command"], cpu, cpu_goal, wall, memory, memory_goal]


def main() -> None:
    """Run what is missing, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("scale.jsonl"))
    parser.add_argument("--rounds", type=int, default=9, help="rounds of sessions with workers")
    parser.add_argument("--fewer", type=int, default=3, help="rounds of everything else")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--workers", type=int, nargs="*", default=[0, 2])
    parser.add_argument("--shards", default="100x1000", help="shards x tests to merge")
    parser.add_argument("--read", type=int, default=100_000, help="tests of the report to read")
    parser.add_argument("--quick", action="store_true", help="small and once, to try it out")
    parser.add_argument("--page", type=Path, help="a page of the documentation to put tables into")
    given = parser.parse_args()
    if given.quick:
        given.rounds = given.fewer = 1
        given.sizes, given.shards, given.read = [500, 2000], "5x100", 1000
    names = ("pytest", "pytest-xdist", "pytest-scer")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    versions = f"Python {platform.python_version()}, {versions}"
    about = {name: getattr(given, name) for name in ("sizes", "workers", "shards", "read")}
    rounds = Rounds(given.output, {**machine_facts(), "versions": versions, **about})
    run(given, rounds)
    tables = [*rounds.heading([versions]), "", *lines(given, rounds)]
    print(*tables, "", *pattern_lines(rounds), sep="\n")
    if given.page:
        put_into(given.page, "benchmarks/scale", tables)


if __name__ == "__main__":
    main()
