"""What measuring costs: pytest-scer beside bare pytest, its alternatives and clock reads alone.

    python benchmarks/overhead/run.py --output overhead.jsonl

The benchmark makes the virtual environments that it needs. Machines with counters are simulated
(``tests/hardware``), which needs Linux, root, a C compiler, and pytest where the benchmark itself
runs. To continue a run that was stopped, call it again with the same arguments. Nothing else should
run next to it. It prints Markdown.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from overhead.by_function import profile
from overhead.environments import Environment, environment, old_environment
from overhead.experiments import Experiments, environments
from overhead.machines import Machines
from overhead.sessions import Sessions
from overhead.tables import Tables
from overhead.variants import Variants
from rounds import Rounds, machine_facts, put_into

EXPERIMENTS = ("slope", "start", "import", "long", "journal")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("overhead.jsonl"))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--tests", type=int, default=3000, help="the slope is from here to twice")
    parser.add_argument("--repeats", type=int, default=3, help="starts of each variant in a round")
    parser.add_argument("--long", type=int, default=40, help="tests of 100 ms in a session")
    parser.add_argument("--only", nargs="*", choices=EXPERIMENTS, help="run only these")
    parser.add_argument("--quick", action="store_true", help="one small round, to try it out")
    parser.add_argument("--profile", action="store_true", help="only show where time goes")
    parser.add_argument("--top", type=int, default=30, help="functions of the profile")
    parser.add_argument(
        "--python", type=Path, help="interpreter of an environment that has pytest-scer"
    )
    parser.add_argument("--page", type=Path, help="a page of the documentation to put tables into")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "pytest-scer-overhead",
        help="where to keep the environments",
    )
    given = parser.parse_args()
    if given.quick:
        given.rounds, given.tests, given.repeats, given.long = 1, 300, 1, 6
    return given


def main() -> None:
    """Run what is missing, and print the tables."""
    given = arguments()
    facts = machine_facts()
    if given.python:
        own = Environment.at(given.python.absolute(), inherits=True)
    else:
        own = environment(given.cache / "scer", facts["commit"])
    old: Environment | str = "not asked for"
    if not given.profile:
        old = old_environment(given.cache / "codecarbon")
    machines = Machines(given.cache / "machines")
    variants = Variants(own, old, machines)
    with tempfile.TemporaryDirectory(prefix="overhead-") as name:
        root = Path(name)
        if given.profile:
            print(*profile(variants.output, root / "profile", given.tests, given.top), sep="\n")
            return
        versions = [each.text() for each in environments(variants)]
        sizes = {name: getattr(given, name) for name in ("tests", "repeats", "long")}
        rounds = Rounds(given.output, {**facts, "versions": versions, **sizes})
        Experiments(variants, Sessions(machines, root), given).run(rounds)
    tables = [*rounds.heading(versions), "", *Tables(rounds, variants).lines()]
    print(*tables, sep="\n")
    if given.page:
        put_into(given.page, "benchmarks/overhead", tables)


if __name__ == "__main__":
    main()
