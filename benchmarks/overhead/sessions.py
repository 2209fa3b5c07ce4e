"""One session of pytest, and what it costs."""

from __future__ import annotations

import json
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from overhead.environments import Environment
from overhead.machines import HERE, Machines
from overhead.suites import TRIVIAL, write_suite
from rounds import Json


@dataclass(frozen=True)
class Variant:
    """One way to run a suite.

    Attributes:
        name: Its name in the tables.
        environment: Where it runs.
        plugins: The plugins of the environment that are loaded.
        args: Further arguments for pytest.
        test: The text of each trivial test.
        conftest: The text of the suite's conftest; empty for none.
        machine: Which machine it runs on.
        beside: The variant that it is compared with; empty for the bare pytest itself.
        share: The share of the usual number of tests that it runs, because it takes long.
        fresh: Whether nothing is remembered of the machine.
        goal: The ratio that it should stay below.
        start_goal_s: The seconds to the first test that it should add at most.
    """

    name: str
    environment: Environment
    plugins: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    test: str = TRIVIAL
    conftest: str = ""
    machine: str = HERE
    beside: str = ""
    share: float = 1.0
    fresh: bool = False
    goal: float | None = None
    start_goal_s: float | None = None

    def command(self, *args: str) -> list[str]:
        """The command of a session.

        Args:
            args: Arguments for pytest, after those of the variant.
        """
        only = self.environment.only(*self.plugins)
        options = ["-q", "-p", "no:cacheprovider", *only, *self.args, *args]
        return [str(self.environment.python), "-m", "pytest", *options]


class Sessions:
    """Runs sessions."""

    def __init__(self, machines: Machines, root: Path) -> None:
        """Run nothing yet.

        Args:
            machines: Where they run.
            root: For their suites.
        """
        self._machines = machines
        self._root = root
        self._warm: set[Path] = set()

    def run(
        self,
        variant: Variant,
        experiment: str,
        test: str,
        size: int,
        *args: str,
        conftest: str = "",
    ) -> Json:
        """Run a session and return its figures; the first one of a suite runs twice.

        Args:
            variant: How it is run.
            experiment: What for.
            test: The text of a test.
            size: The number of tests.
            args: Further arguments for pytest.
            conftest: The text of the conftest, in addition to that of the variant.

        Raises:
            SystemExit: The session failed, so its figures would mean nothing.
        """
        directory = self._root / experiment / variant.name.replace("/", "-") / str(size)
        write_suite(directory, test, size, variant.conftest + conftest)
        if directory not in self._warm:  # files are cached then, and modules compiled
            self._warm.add(directory)
            self._once(variant, directory, args)
        figures = self._once(variant, directory, args)
        return {"variant": variant.name, "size": size, **figures}

    def _once(self, variant: Variant, directory: Path, args: tuple[str, ...]) -> Json:
        figures = directory / "figures.json"
        figures.unlink(missing_ok=True)
        with self._machines.entered(variant.machine, fresh=variant.fresh) as entrance:
            command = [*entrance.prefix, "sh", "-c", 'cd "$0" && exec "$@"', str(directory)]
            before, began_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            done = subprocess.run(
                [*command, *variant.command(*args)],
                env={**variant.environment.variables(), **entrance.variables},
                capture_output=True,
                text=True,
                check=False,
            )
            wall_s = time.monotonic() - began_s
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in (0, 5):  # 5: no test was collected
            raise SystemExit(
                f"{variant.name}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found = json.loads(figures.read_text()) if figures.exists() else {}
        if "at_s" in found:
            found["first_wall_s"] = found.pop("at_s") - began_s
        return {"cpu_s": cpu_s, "wall_s": wall_s, **found}
