"""Simulated machines: how their sysfs tree is mounted, and how commands run inside."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
import simulated_meters as meters
from inner_sessions import XDIST, without_other_plugins

HERE = Path(__file__).parent

# In a separate mount namespace, invisible to other processes: mount the tree over /sys/class, hide
# the other place where CodeCarbon looks, and start the meter, which keeps the namespace alive.
_ENTER = """
set -e
mount -t tmpfs -o mode=755 tmpfs /sys/class
if [ -d /sys/devices/virtual/powercap ]; then
    mount -t tmpfs tmpfs /sys/devices/virtual/powercap
fi
cp -a "$1"/. /sys/class
shift
exec "$@"
"""
_UNSHARE = ("unshare", "--mount", "--propagation", "private", "sh", "-c", _ENTER, "machine")
# Root can read every file; without these two capabilities, permissions apply to it, too.
_UNPRIVILEGED = (
    "setpriv",
    "--inh-caps=-all",
    "--bounding-set=-dac_override,-dac_read_search",
    "--",
)

# Arguments for `compile_source`.
POWERCAP_SOURCE = ("powercap.c", "powercap")
NVML_SOURCE = ("nvml.c", "libnvidia-ml.so.1", "-shared", "-fPIC")

# The range of a real package (Intel Xeon, Linux 6.1): it wraps after 262 kJ.
REAL_RANGE_UJ = 262_143_328_850


@dataclasses.dataclass(frozen=True)
class PytestRun:
    """The results of a pytest session inside a machine.

    Attributes:
        exit_code: pytest's exit code.
        output: Its standard output and standard error.
        outcomes: The counts in its last line, as in `{"passed": 2}`.
        report_path: The path of the JSON report written by `--scer-output=report.json`.
    """

    exit_code: int
    output: str
    outcomes: Mapping[str, int]
    report_path: Path

    @property
    def report(self) -> Any:
        """The JSON report."""
        return json.loads(self.report_path.read_text())


@dataclasses.dataclass(frozen=True)
class Machine:
    """A machine with simulated power meters.

    Attributes:
        directory: Working and home directory of its commands.
        packages: Its RAPL packages.
        gpus: Its NVIDIA GPUs.
        prefix: The command that enters the machine, prepended to every command.
        environment: Environment variables of its commands, in addition to the test's own.
        meter_pid: The process that advances the RAPL counters, if there is one.
        keeps_own_time: Whether `python` and `pytest` run as `own_time.py` says.
    """

    directory: Path
    packages: Sequence[meters.Package] = ()
    gpus: Sequence[meters.Gpu] = ()
    prefix: Sequence[str] = ()
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    meter_pid: int | None = None
    keeps_own_time: bool = False

    def in_own_time(self) -> Machine:
        """The machine with a clock that other programs on the real one do not move.

        For one process at a time, and for good: the RAPL counters are advanced by that process.
        """
        if self.meter_pid is not None:
            os.kill(self.meter_pid, signal.SIGSTOP)
        return dataclasses.replace(self, keeps_own_time=True)

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command inside, with piped input and output (both streams in one)."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CODECARBON_", "PYTEST_"))
        }
        return subprocess.Popen(
            [*self.prefix, *command],
            cwd=self.directory,
            env={
                **inherited,
                "HOME": str(self.directory),
                # A file rewritten within a second would run from stale bytecode.
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": _prepend(HERE, "PYTHONPATH"),
                "PYTEST_ADDOPTS": without_other_plugins(*XDIST),
                **self.environment,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command inside and wait for it.

        Raises:
            subprocess.TimeoutExpired: The command took longer than `timeout_s`.
        """
        with self.start(*command) as process:
            try:
                output, _ = process.communicate(timeout=timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(command, process.returncode, output)

    def python(self, source: str) -> Any:
        """Run a Python program inside; returns the last line of its output, parsed as JSON."""
        if self.keeps_own_time:
            source = f"import own_time\n{source}"
        done = self.run(sys.executable, "-c", source)
        assert done.returncode == 0, done.stdout
        return json.loads(done.stdout.splitlines()[-1])

    def pytest(self, source: str, *options: str, timeout_s: float = 120) -> PytestRun:
        """Run a test file with this source inside, in a separate pytest process."""
        (self.directory / "test_inside.py").write_text(source)
        if self.keeps_own_time:
            options = ("-p", "own_time", *options)
        done = self.run(sys.executable, "-m", "pytest", *options, timeout_s=timeout_s)
        lines = done.stdout.splitlines()
        return PytestRun(
            exit_code=done.returncode,
            output=done.stdout,
            outcomes=_outcomes(lines),
            report_path=self.directory / "report.json",
        )


class Rapl(Protocol):
    """The type of the `rapl` fixture."""

    def __call__(
        self,
        packages: Sequence[float] = ...,
        *,
        range_uj: int = ...,
        limit_w: float | None = ...,
    ) -> Machine:
        """Make a machine whose RAPL packages draw the given watts."""


class Nvml(Protocol):
    """The type of the `nvml` fixture."""

    def __call__(
        self,
        gpus: Sequence[float] = ...,
        *,
        tick_ms: float = ...,
        counter: bool = ...,
        limit_w: float = ...,
        beside: Machine | None = ...,
    ) -> Machine:
        """Make a machine with GPUs that draw the given watts, or add them to `beside`."""


def _outcomes(lines: Sequence[str]) -> Mapping[str, int]:
    try:
        return pytest.RunResult.parse_summary_nouns(lines)
    except ValueError:  # no summary, because the session ended early
        return {}


def why_no_namespace() -> str | None:
    """Why this process cannot mount a tree over /sys/class; None if it can."""
    if not sys.platform.startswith("linux"):
        return "RAPL is simulated on Linux only"
    if os.geteuid() != 0:
        return "mounting a simulated powercap tree over /sys/class needs root"
    probe = [*_UNSHARE[: _UNSHARE.index(_ENTER)], "mount -t tmpfs tmpfs /sys/class"]
    for command in (probe, [*_UNPRIVILEGED, "true"], ["nsenter", "--version"]):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            return f"{error.filename} is missing (util-linux)"
        if done.returncode != 0:
            return f"{command[0]} is not permitted here: {done.stderr.strip()}"
    return None


def compile_source(directory: Path, source: str, name: str, *flags: str) -> Path:
    """Compile one of the C files in this directory.

    Args:
        directory: Where to put the result.
        source: The C file.
        name: The name of the result.
        flags: Additional compiler flags.
    """
    target = directory / name
    command = ["cc", "-std=gnu11", "-O2", *flags, str(HERE / source), "-o", str(target), "-lm"]
    subprocess.run(command, check=True)
    return target


def _write_domain(directory: Path, name: str, range_uj: int, limit_w: float | None) -> None:
    """Write the files of one powercap domain that are read by CodeCarbon or pytest-scer."""
    directory.mkdir(parents=True)
    files = {"name": name, "energy_uj": "0", "max_energy_range_uj": range_uj}
    if limit_w is not None:
        files |= {
            "constraint_0_name": "long_term",
            "constraint_0_max_power_uw": round(limit_w * 1e6),
            "constraint_0_power_limit_uw": round(limit_w * 1e6),
        }
    for file, content in files.items():
        (directory / file).write_text(f"{content}\n")


def _write_tree(sys_class: Path, count: int, range_uj: int, limit_w: float | None) -> list[str]:
    """Write a tree of `count` packages, each with its cores as a subdomain.

    Returns:
        The paths of the counters below `sys_class`: packages first, then the cores.
    """
    powercap = sys_class / "powercap"
    control = powercap / "intel-rapl"
    names = []
    for n in range(count):
        package = f"intel-rapl:{n}"
        _write_domain(control / package, f"package-{n}", range_uj, limit_w)
        _write_domain(control / package / f"{package}:0", "core", range_uj, None)
        (powercap / package).symlink_to(f"intel-rapl/{package}")
        (powercap / f"{package}:0").symlink_to(f"intel-rapl/{package}/{package}:0")
        names.append(f"powercap/intel-rapl/{package}")
    (control / "subsystem").symlink_to("..")
    cores = [f"{name}/{Path(name).name}:0" for name in names]
    return [f"{name}/energy_uj" for name in (*names, *cores)]


@contextmanager
def with_packages(
    program: Path,
    directory: Path,
    watts: Sequence[float],
    *,
    range_uj: int,
    limit_w: float | None,
) -> Iterator[Machine]:
    """Run a machine with RAPL packages while the block runs.

    Args:
        program: The compiled `powercap.c`.
        directory: An empty directory for the machine.
        watts: The draw of each package in watts; its cores draw half of it.
        range_uj: Where the counters wrap (`max_energy_range_uj`).
        limit_w: The power limit of a package in watts; None for no limit, as on AMD.

    Yields:
        The machine.
    """
    tree = directory / "sys_class"
    counters = _write_tree(tree, len(watts), range_uj, limit_w)
    state = directory / "rapl.meters"
    range_j = range_uj / 1e6
    now_s = time.monotonic()
    # Counters start at different values: CodeCarbon treats two within 1 J as mirrored.
    starts_j = [range_j * (n + 1) / (len(counters) + 1) for n in range(len(counters))]
    draws_w = [*watts, *(draw_w / 2 for draw_w in watts)]
    meters.create(
        state,
        (
            meters.Record(start_j, now_s, draw_w, range_j=range_j, power_w=draw_w)
            for start_j, draw_w in zip(starts_j, draws_w, strict=True)
        ),
    )
    files = [f"/sys/class/{counter}" for counter in counters]
    command = [*_UNSHARE, str(tree), str(program), str(state), *files]
    work = directory / "work"
    work.mkdir()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as meter:
        try:
            assert meter.stdout is not None
            assert meter.stdout.readline() == "ready\n", "the meter did not start"
            # The machine's namespace as seen from outside, so that tests can change its files.
            powercap = Path(f"/proc/{meter.pid}/root/sys/class/powercap")
            enter = ("nsenter", f"--mount=/proc/{meter.pid}/ns/mnt", f"--wd={work}")
            yield Machine(
                directory=work,
                packages=meters.packages(state, powercap),
                prefix=(*enter, *_UNPRIVILEGED),
                environment={meters.RAPL_METERS: str(state)},
                meter_pid=meter.pid,
            )
        finally:
            meter.kill()


def with_gpus(
    machine: Machine,
    library: Path,
    directory: Path,
    watts: Sequence[float],
    *,
    tick_ms: float,
    counter: bool,
    limit_w: float,
) -> Machine:
    """Add NVIDIA GPUs to a machine.

    Args:
        machine: The machine to extend.
        library: The compiled `nvml.c`, named `libnvidia-ml.so.1`.
        directory: An empty directory for the state file and the tools on PATH.
        watts: The draw of each GPU in watts.
        tick_ms: The tick of the energy counters in milliseconds.
        counter: Whether the GPUs have an energy counter in addition to their power.
        limit_w: The power limit of a GPU in watts.
    """
    smi = directory / "nvidia-smi"
    smi.write_text("#!/bin/sh\nexit 0\n")
    smi.chmod(0o755)
    state = directory / "nvml.meters"
    tick_s = tick_ms / 1e3
    since_s = time.monotonic() // tick_s * tick_s
    meters.create(
        state,
        (
            meters.Record(
                base_j=1000.0 * (n + 1),
                since_s=since_s,
                counter_w=draw_w,
                tick_s=tick_s,
                power_w=draw_w,
                limit_w=limit_w,
                counter_error=0 if counter else meters.NOT_SUPPORTED,
            )
            for n, draw_w in enumerate(watts)
        ),
    )
    return dataclasses.replace(
        machine,
        gpus=meters.gpus(state),
        environment={
            **machine.environment,
            meters.NVML_METERS: str(state),
            "LD_LIBRARY_PATH": _prepend(library.parent, "LD_LIBRARY_PATH"),
            "PATH": _prepend(directory, "PATH"),
        },
    )


def _prepend(directory: Path, variable: str) -> str:
    return os.pathsep.join(filter(None, [str(directory), os.environ.get(variable, "")]))
