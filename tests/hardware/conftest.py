"""Machines with simulated power meters, read through CodeCarbon's real RAPL and NVML code."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from simulated_machine import (
    NVML_SOURCE,
    POWERCAP_SOURCE,
    REAL_RANGE_UJ,
    Machine,
    Nvml,
    Rapl,
    compile_source,
    why_no_namespace,
    with_gpus,
    with_packages,
)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Compile one of the C files in this directory; skip without a compiler."""
    if shutil.which("cc") is None:
        pytest.skip("the simulated meters need a C compiler, and there is no cc")
    return partial(compile_source, tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="session")
def powercap_program(compiled: Callable[..., Path]) -> Path:
    """The program that advances RAPL counters; skips if their tree cannot be mounted."""
    reason = why_no_namespace()
    if reason is not None:
        pytest.skip(reason)
    return compiled(*POWERCAP_SOURCE)


@pytest.fixture(scope="session")
def nvml_library(compiled: Callable[..., Path]) -> Path:
    """The stand-in for NVIDIA's library."""
    return compiled(*NVML_SOURCE)


@pytest.fixture
def rapl(powercap_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rapl]:
    """Make machines with RAPL packages of a known draw; they exist until the test ends."""
    with ExitStack() as alive:

        def make(
            packages: Sequence[float] = (30.0, 20.0),
            *,
            range_uj: int = REAL_RANGE_UJ,
            limit_w: float | None = 150.0,
        ) -> Machine:
            directory = tmp_path_factory.mktemp("rapl")
            return alive.enter_context(
                with_packages(
                    powercap_program, directory, packages, range_uj=range_uj, limit_w=limit_w
                )
            )

        yield make


@pytest.fixture
def nvml(nvml_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Nvml:
    """Make machines with NVIDIA GPUs of a known draw."""

    def make(
        gpus: Sequence[float] = (250.0,),
        *,
        tick_ms: float = 20,
        counter: bool = True,
        limit_w: float = 400.0,
        beside: Machine | None = None,
    ) -> Machine:
        machine = beside or Machine(directory=tmp_path_factory.mktemp("work"))
        directory = tmp_path_factory.mktemp("nvml")
        return with_gpus(
            machine,
            nvml_library,
            directory,
            gpus,
            tick_ms=tick_ms,
            counter=counter,
            limit_w=limit_w,
        )

    return make
