"""The machines on which sessions run: this one, and this one with simulated counters."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rounds import SOURCE

HERE, COUNTERS, SAMPLES = "this machine", "RAPL and two GPUs", "a GPU with power samples only"


@dataclass(frozen=True)
class Entrance:
    """How a command runs on a machine.

    Attributes:
        prefix: The command that enters it.
        variables: Its environment variables.
    """

    prefix: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


class Machines:
    """Makes a simulated machine for each session, so that its counters cost no other session."""

    def __init__(self, directory: Path) -> None:
        """Compile the meters.

        Args:
            directory: For what is compiled, and for the homes of the machines.
        """
        self._directory = directory
        self.missing: dict[str, str] = {}
        """Why a machine cannot be simulated here."""
        for path in (SOURCE / "tests", SOURCE / "tests" / "hardware"):
            sys.path.insert(0, str(path))
        try:
            import simulated_machine as simulated
        except ImportError as error:
            self.missing = dict.fromkeys((COUNTERS, SAMPLES), str(error))
            return
        if shutil.which("cc") is None:
            self.missing = dict.fromkeys((COUNTERS, SAMPLES), "there is no C compiler (cc)")
            return
        directory.mkdir(parents=True, exist_ok=True)
        self._nvml = simulated.compile_source(directory, *simulated.NVML_SOURCE)
        if why := simulated.why_no_namespace():
            self.missing[COUNTERS] = why
        else:
            self._powercap = simulated.compile_source(directory, *simulated.POWERCAP_SOURCE)

    @contextmanager
    def entered(self, name: str, *, fresh: bool = False) -> Iterator[Entrance]:
        """A machine, while the block runs.

        Each has a home directory of its own, for what its sessions remember of it.

        Args:
            name: Which machine.
            fresh: Whether nothing is remembered of it.
        """
        home = self._directory / "homes" / name.replace(" ", "-")
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as passing:
            own = {"HOME": passing if fresh else str(home)}
            own["XDG_CACHE_HOME"] = f"{own['HOME']}/.cache"
            if name == HERE:
                yield Entrance((), own)
            else:
                with self._simulated(name, Path(passing)) as made:
                    yield Entrance(made.prefix, {**made.variables, **own})

    @contextmanager
    def _simulated(self, name: str, directory: Path) -> Iterator[Entrance]:
        import simulated_machine as simulated

        for each in ("rapl", "gpus"):
            (directory / each).mkdir()
        boards = {"tick_ms": 20, "limit_w": 400.0}
        if name == SAMPLES:
            machine = simulated.with_gpus(
                simulated.Machine(directory),
                self._nvml,
                directory / "gpus",
                [250.0],
                counter=False,
                **boards,
            )
            yield Entrance((), machine.environment)
            return
        with simulated.with_packages(
            self._powercap,
            directory / "rapl",
            [30.0, 20.0],
            range_uj=simulated.REAL_RANGE_UJ,
            limit_w=150.0,
        ) as inside:
            machine = simulated.with_gpus(
                inside, self._nvml, directory / "gpus", [250.0, 250.0], counter=True, **boards
            )
            yield Entrance(machine.prefix, machine.environment)
