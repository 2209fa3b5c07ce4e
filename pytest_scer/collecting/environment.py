"""The environment that this session runs in."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import pytest

from pytest_scer import __version__
from pytest_scer.core.text import printable
from pytest_scer.meters.base import MeterInfo
from pytest_scer.meters.machine_cache import remembered
from pytest_scer.meters.processor import memory_bytes
from pytest_scer.report.model import Environment

_VERSIONS_THAT_MATTER: Final = (
    "torch",
    "transformers",
    "numpy",
    "tensorflow",
    "jax",
    "onnxruntime",
)


def make_printable(environment: Environment) -> None:
    """Make the texts of an environment printable, including what other plugins have added."""
    for name in ("os", "python", "cpu_model"):
        setattr(environment, name, printable(getattr(environment, name)))
    environment.gpus = [
        {key: printable(value) if isinstance(value, str) else value for key, value in gpu.items()}
        for gpu in environment.gpus
    ]
    environment.versions = {
        printable(str(name)): printable(str(version))
        for name, version in environment.versions.items()
    }


def _os_name() -> str:
    """The operating system, as in ``Linux-6.12-x86_64-with-glibc2.41``.

    Python starts a process for it, and looks for the C library in its own executable.
    """
    asked = {
        "python": sys.version,
        "executable": sys.executable,
        "system": [platform.release(), platform.version(), platform.machine()],
        "libc": list(platform.libc_ver()),
    }
    name: str = remembered(
        "system", asked, lambda: platform.platform(terse=True), lambda name: isinstance(name, str)
    )
    return name


def describe(infos: Mapping[str, MeterInfo]) -> Environment:
    """The environment section of the report, without host or user names.

    Args:
        infos: How the meter measures each component.
    """
    from pytest_scer.meters.codecarbon.package import cpu_model, versions

    found = {"pytest": pytest.__version__, "pytest-scer": __version__, **versions()}
    for name in _VERSIONS_THAT_MATTER:
        if name in sys.modules:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                continue
    return Environment(
        os=_os_name(),
        python=platform.python_version(),
        cpu_model=cpu_model(),
        logical_cores=os.cpu_count() or 1,
        gpus=[{"index": index, "name": name} for index, name in infos["gpu"].devices],
        ram_gb=round(memory_bytes() / 2**30, 1),
        versions=found,
    )
