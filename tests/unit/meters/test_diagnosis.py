"""Why a component is not measured, and the command that fixes it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_scer.meters import diagnosis
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance, TrackingMode
from pytest_scer.meters.diagnosis import advise, cpu_advice, gpu_advice, has_gpu

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="power counters are read on Linux")


@pytest.fixture
def powercap(tmp_path: Path) -> Path:
    """A powercap tree with one package, as the kernel provides it."""
    directory = tmp_path / "powercap" / "intel-rapl:0"
    directory.mkdir(parents=True)
    (directory / "energy_uj").write_text("1\n")
    return directory.parent


def cpuinfo(directory: Path, flags: str) -> Path:
    path = directory / "cpuinfo"
    path.write_text(f"processor : 0\nflags\t\t: {flags}\n")
    return path


@pytest.fixture
def bare_metal(tmp_path: Path) -> Path:
    return cpuinfo(tmp_path, "fpu sse2")


@pytest.fixture
def virtual(tmp_path: Path) -> Path:
    return cpuinfo(tmp_path, "fpu hypervisor sse2")


@on_linux
def test_no_powercap_on_bare_metal_loads_the_driver(tmp_path: Path, bare_metal: Path) -> None:
    advice = cpu_advice(tmp_path / "nothing", bare_metal)
    assert "no powercap driver is loaded" in advice.reason
    assert str(advice.remedy).startswith("sudo modprobe intel_rapl_msr")


@on_linux
def test_an_empty_powercap_loads_the_driver(tmp_path: Path, bare_metal: Path) -> None:
    (tmp_path / "powercap").mkdir()
    advice = cpu_advice(tmp_path / "powercap", bare_metal)
    assert "contains no RAPL counter" in advice.reason
    assert advice.remedy == "sudo modprobe intel_rapl_msr"


@on_linux
def test_counters_that_this_user_may_not_read(
    powercap: Path, virtual: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may read everything
    advice = cpu_advice(powercap, virtual)  # the counters exist, although this is a VM
    assert f"{powercap}/intel-rapl:0/energy_uj is not readable by this user" in advice.reason
    assert str(advice.remedy).startswith(f"sudo chmod -R a+r {powercap}/*")


@on_linux
def test_counters_that_codecarbon_leaves_alone(powercap: Path, bare_metal: Path) -> None:
    assert "CodeCarbon does not use them" in cpu_advice(powercap, bare_metal).reason


@on_linux
def test_a_virtual_machine_has_none(tmp_path: Path, virtual: Path) -> None:
    advice = cpu_advice(tmp_path / "nothing", virtual)
    assert "virtual machine" in advice.reason
    assert "bare metal" in str(advice.remedy)
    assert "force_cpu_power" in str(advice.remedy)


@on_linux
def test_a_cpuinfo_without_flags_is_no_virtual_machine(tmp_path: Path) -> None:
    for text in ("", "Features : fp asimd\n"):  # ARM uses another name for its flags
        (tmp_path / "cpuinfo").write_text(text)
        assert "virtual" not in cpu_advice(tmp_path / "nothing", tmp_path / "cpuinfo").reason


def test_other_systems_have_no_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    advice = cpu_advice()
    assert "on Linux only; this is Darwin" in advice.reason
    assert advice.remedy is None


@pytest.mark.parametrize("visible", ["", "-1"])
def test_gpus_that_were_hidden(visible: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    advice = gpu_advice()
    assert f"CUDA_VISIBLE_DEVICES is {visible!r}" in advice.reason
    assert str(advice.remedy).startswith("unset CUDA_VISIBLE_DEVICES")


@pytest.mark.parametrize(
    ("device", "there"),
    [("nvidia0", True), ("nvidia12", True), ("kfd", True), ("nvidiactl", False), ("null", False)],
)
def test_a_gpu_is_there_if_its_device_file_is(device: str, there: bool, tmp_path: Path) -> None:
    (tmp_path / device).touch()
    assert has_gpu(tmp_path) is there


def test_no_gpu_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(diagnosis, "AMD_DRIVER", Path("/nonexistent"))
    advice = gpu_advice()
    assert "no GPU driver is installed" in advice.reason
    assert "nvidia-smi" in str(advice.remedy)


@pytest.mark.parametrize(("tool", "amd"), [("/usr/bin/nvidia-smi", False), (None, True)])
def test_a_driver_that_does_not_answer(
    tool: str | None, amd: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: tool)
    monkeypatch.setattr(diagnosis, "AMD_DRIVER", tmp_path if amd else tmp_path / "nothing")
    advice = gpu_advice()
    assert "does not respond" in advice.reason
    assert "run `nvidia-smi` (or `amd-smi`)" in str(advice.remedy)


def info(provenance: Provenance) -> MeterInfo:
    return MeterInfo("source", provenance, TrackingMode.MACHINE, 1e-3)


def test_what_is_measured_needs_no_advice() -> None:
    measured = info(Provenance.MEASURED)
    assert advise({"cpu": measured, "gpu": measured, "ram": measured}) == {}


def test_what_is_not_measured_gets_it() -> None:
    advice = advise(
        {"cpu": info(Provenance.MODELLED), "gpu": ABSENT, "ram": info(Provenance.CONSTANT)}
    )
    assert advice.keys() == {"cpu", "gpu", "ram"}
    assert "force_ram_power" in str(advice["ram"].remedy)
