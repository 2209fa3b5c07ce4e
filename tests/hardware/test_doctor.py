"""`pytest-scer doctor` on simulated machines: what is measured, and how to fix the rest."""

from __future__ import annotations

import sys

from simulated_machine import Machine, Nvml, Rapl

from pytest_scer.formats.accuracy import interval
from pytest_scer.meters.accuracy import of_rapl
from pytest_scer.meters.processor import model_name


def doctor(machine: Machine) -> dict[str, str]:
    """The output of the doctor for each component."""
    done = machine.run(sys.executable, "-m", "pytest_scer.cli", "doctor")
    assert done.returncode == 0, done.stdout
    blocks = done.stdout.split("\n\n")
    return {block.partition(":")[0]: block for block in blocks}


def test_counters_are_shown_with_their_resolution(rapl: Rapl, nvml: Nvml) -> None:
    said = doctor(nvml([250.0], tick_ms=100, beside=rapl([30.0, 20.0])))
    assert said["cpu"].startswith("cpu: measured\n")
    assert "RAPL, machine" in said["cpu"]
    assert "resolution: 1.0 ms" in said["cpu"]
    assert "package-0, package-1" in said["cpu"]
    assert f"accuracy: {interval(of_rapl(model_name()))} (judgement: " in said["cpu"]
    assert said["gpu"].startswith("gpu: measured\n")
    assert "Simulated GPU" in said["gpu"]
    assert "accuracy: -10% to +10% (judgement: " in said["gpu"]
    assert "why:" not in said["cpu"] + said["gpu"]
    assert said["ram"].startswith("ram: constant\n")
    assert "force_ram_power" in said["ram"]
    assert "accuracy: 0% to +2300% (compared: " in said["ram"]


def test_power_samples_state_the_accuracy_of_a_steady_load(nvml: Nvml) -> None:
    assert (
        "accuracy: -15% to +15% (judgement: steady load for 10 s or more"
        in (doctor(nvml([250.0], counter=False))["gpu"])
    )


def test_counters_that_may_not_be_read(rapl: Rapl) -> None:
    machine = rapl([30.0])
    machine.packages[0].forbid()
    said = doctor(machine)
    assert said["cpu"].startswith("cpu: modelled\n")
    assert "intel-rapl:0/energy_uj is not readable by this user" in " ".join(said["cpu"].split())
    assert "remedy: sudo chmod -R a+r /sys/class/powercap/*" in said["cpu"]


def test_one_of_two_packages_is_not_taken_for_the_cpu(rapl: Rapl) -> None:
    machine = rapl([30.0, 20.0])
    machine.packages[1].forbid()
    said = doctor(machine)
    assert said["cpu"].startswith("cpu: modelled\n")
    assert "intel-rapl:1/energy_uj is not readable by this user" in " ".join(said["cpu"].split())


def test_the_command_fixes_it(rapl: Rapl) -> None:
    machine = rapl([30.0])
    machine.packages[0].forbid()
    assert doctor(machine)["cpu"].startswith("cpu: modelled\n")
    done = machine.run("sh", "-c", "chmod -R a+r /sys/class/powercap/*")
    assert done.returncode == 0, done.stdout
    assert doctor(machine)["cpu"].startswith("cpu: measured\n")


def test_a_gpu_driver_without_its_library(nvml: Nvml) -> None:
    machine = nvml()
    del machine.environment["LD_LIBRARY_PATH"]  # type: ignore[attr-defined]
    said = doctor(machine)
    assert said["gpu"].startswith("gpu: absent\n")
    assert "its management library does not respond" in said["gpu"]
    assert "remedy: run `nvidia-smi`" in said["gpu"]
