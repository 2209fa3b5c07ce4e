"""The virtual environments in which the variants run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rounds import SOURCE

PEERS = {
    "benchmark": "pytest-benchmark",
    "codspeed": "pytest-codspeed",
    "memray": "pytest-memray",
    "zeus": "zeus",
}
"""What is compared in the environment of pytest-scer, and the distribution that it is in."""
OLD_PEER = "pytest-codecarbon==1.0.0"
"""Needs an environment of its own, because it may need an older pytest."""
OLD_PYTESTS = ("pytest", "pytest<9", "pytest<8", "pytest<7")

_FACTS = """
import importlib.metadata as m, json, platform
names = ["pytest", "pytest-scer", "codecarbon", "pytest-benchmark", "pytest-codspeed",
         "pytest-memray", "pytest-codecarbon", "zeus"]
found = {}
for name in names:
    try: found[name] = m.version(name)
    except m.PackageNotFoundError: pass
plugins = sorted({entry.name for entry in m.entry_points(group="pytest11")})
print(json.dumps([{"Python": platform.python_version(), **found}, plugins]))
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        python: Its interpreter.
        versions: What the figures depend on.
        plugins: The names of all plugins of pytest that are installed.
        missing: Why an alternative is not there, by its distribution.
        inherits: Whether its processes see `PYTHONPATH`.
    """

    python: Path
    versions: Mapping[str, str]
    plugins: tuple[str, ...]
    missing: Mapping[str, str] = field(default_factory=dict)
    inherits: bool = False

    @classmethod
    def at(
        cls, python: Path, missing: Mapping[str, str] | None = None, *, inherits: bool = False
    ) -> Environment:
        """The environment of an interpreter.

        Args:
            python: The interpreter.
            missing: Why alternatives could not be installed.
            inherits: Whether its processes see `PYTHONPATH`.
        """
        found = subprocess.check_output([python, "-c", _FACTS], text=True)
        versions, plugins = json.loads(found)
        absent = {name: "not installed" for name in PEERS.values() if name not in versions}
        return cls(python, versions, tuple(plugins), {**absent, **(missing or {})}, inherits)

    def only(self, *wanted: str) -> list[str]:
        """Options of pytest that leave out all plugins but the wanted ones.

        pytest looks for all of them in any case, which is a part of its start.
        """
        return [f"-pno:{name}" for name in self.plugins if name not in wanted]

    def variables(self) -> dict[str, str]:
        """The environment variables of a user, without this process's own settings."""
        own = {"PYTHONDONTWRITEBYTECODE"} | (set() if self.inherits else {"PYTHONPATH"})
        return {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "CODECARBON_")) and name not in own
        }

    def text(self) -> str:
        """The versions in one line."""
        return ", ".join(f"{name} {version}" for name, version in self.versions.items())


def environment(directory: Path, commit: str) -> Environment:
    """The environment with pytest-scer and its alternatives; made when it is missing or outdated.

    Args:
        directory: Where it is kept.
        commit: Of the code.
    """
    python, kept = directory / "bin" / "python", directory / "made-from.json"
    if kept.exists() and "changes" not in commit:
        found = json.loads(kept.read_text())
        if found["commit"] == commit:
            return Environment.at(python, found["missing"])
    if not kept.exists():
        _create(directory)
    _say(f"installing pytest-scer ({commit}) and its alternatives into {directory}")
    _must(_install(python, "--upgrade", str(SOURCE)))
    _must(_install(python, "--force-reinstall", "--no-deps", str(SOURCE)))
    missing = {
        name: f"pip cannot install it: {why}"
        for name in PEERS.values()
        if (why := _install(python, name))
    }
    kept.write_text(json.dumps({"commit": commit, "missing": missing}))
    return Environment.at(python, missing)


def old_environment(directory: Path) -> Environment | str:
    """An environment in which pytest-codecarbon works, with the newest pytest that it works with.

    Args:
        directory: Where it is kept.

    Returns:
        The environment, or why there is none.
    """
    python, kept = directory / "bin" / "python", directory / "made"
    if kept.exists():
        return Environment.at(python)
    _create(directory)
    why = _install(python, OLD_PEER)
    for pytest in OLD_PYTESTS:
        why = why or _install(python, "--upgrade", pytest)
        if why:
            return f"pip cannot install it: {why}"
        with tempfile.TemporaryDirectory() as suite:
            (Path(suite) / "test_one.py").write_text("def test_one():\n    pass\n")
            done = subprocess.run(
                [python, "-m", "pytest", "--carbon", f"--carbon-dir={suite}", suite],
                cwd=suite,
                capture_output=True,
                check=False,
            )
            if done.returncode == 0 and (Path(suite) / "emissions.csv").exists():
                kept.touch()
                return Environment.at(python)
    return f"it works with none of {', '.join(OLD_PYTESTS)}"


def _create(directory: Path) -> None:
    _say(f"creating {directory}")
    subprocess.run([sys.executable, "-m", "venv", "--clear", directory], check=True)


def _install(python: Path, *requirements: str) -> str:
    """Install packages; returns why that failed, or nothing."""
    command = [str(python), "-m", "pip", "install", "--quiet", *requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return "" if done.returncode == 0 else (errors or [done.stderr.strip()])[-1]


def _must(why_not: str) -> None:
    if why_not:
        raise SystemExit(why_not)


def _say(text: str) -> None:
    print(text, file=sys.stderr)
