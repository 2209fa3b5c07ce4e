"""Open the meter of this machine, with the best available source for each component."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pytest_scer.core import COMPONENTS
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters import accuracy
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance, TrackingMode
from pytest_scer.meters.codecarbon.configuration import Configuration
from pytest_scer.meters.codecarbon.counters import gpus, hides_gpus, rapl_domains
from pytest_scer.meters.codecarbon.package import cpu_model, quiet
from pytest_scer.meters.codecarbon.power import ram_w, thread_w
from pytest_scer.meters.counters import Counter, learn_ticks
from pytest_scer.meters.cputime import ProcessTime, machine_cpu_time_s
from pytest_scer.meters.devices import RAPL_TICK_S, GpuPower, PowerSampler, RaplDomain
from pytest_scer.meters.diagnosis import has_gpu
from pytest_scer.meters.hardware import HardwareMeter, Sources
from pytest_scer.meters.stepped import MACHINE_CPU_TICK_S, SteppedComponent
from pytest_scer.system import ON_WINDOWS

UNREADABLE: Final = MeterInfo(
    "none",
    Provenance.ABSENT,
    detail="there is a GPU, but its energy cannot be read: it is in no figure",
    accuracy=accuracy.GPU_UNREADABLE,
)
"""A GPU that tests can use, but whose energy nothing reports."""


@dataclass(frozen=True)
class Request:
    """The requested configuration of a meter.

    Attributes:
        components: Which of ``cpu``, ``gpu``, ``ram`` to meter.
        tracking_mode: Whose energy to charge. None selects the machine's if a counter measures it
            and this is the only test process, otherwise the process's share.
        concurrent: How many test processes share this host.
        sessions: How many sessions share it, each with a report of its own.
    """

    components: frozenset[str]
    tracking_mode: TrackingMode | None = None
    concurrent: int = 1
    sessions: int = 1


def open_meter(request: Request, conf: Configuration) -> HardwareMeter:
    """Find the hardware and start metering it.

    Args:
        request: What to meter.
        conf: CodeCarbon's configuration, of which ``force_cpu_power``, ``force_ram_power``,
            ``gpu_ids`` and the ``rapl_*`` keys are used.
    """
    process_time = ProcessTime()
    infos = dict.fromkeys(COMPONENTS, ABSENT)
    sources = Sources(
        infos=infos,
        concurrent=request.concurrent,
        sessions=request.sessions,
        wants_gpus="gpu" in request.components,
    )
    with quiet():
        if "cpu" in request.components:
            sources = _with_cpu(sources, request, conf, process_time)
        if "gpu" in request.components:
            sources = _with_gpus(sources, request, conf)
        if "ram" in request.components:
            sources = _with_ram(sources, request, conf)
    return HardwareMeter(sources, process_time)


def _with_cpu(
    sources: Sources, request: Request, conf: Configuration, process_time: ProcessTime
) -> Sources:
    """The CPU by its RAPL counters, or modelled from CPU time if there are none."""
    domains = [] if conf.number("force_cpu_power") else rapl_domains(conf)
    return (
        _with_rapl(sources, request, domains)
        if domains
        else _with_cpu_model(sources, request, conf, process_time)
    )


def _with_rapl(sources: Sources, request: Request, domains: list[RaplDomain]) -> Sources:
    mode = request.tracking_mode or _unless_shared(request)
    by_share = mode is TrackingMode.PROCESS
    names = ", ".join(domain.name for domain in domains)
    info = MeterInfo(
        "RAPL",
        Provenance.MEASURED,
        mode,
        MACHINE_CPU_TICK_S if by_share else RAPL_TICK_S,
        f"counters {names}" + (", charged by share of CPU time" if by_share else ""),
        accuracy=accuracy.of_rapl(cpu_model()),
    )
    counter = SteppedComponent(
        [Counter(domain) for domain in domains],
        machine_cpu_time_s=machine_cpu_time_s if by_share else None,
    )
    return replace(
        sources,
        infos={**sources.infos, "cpu": info},
        cpu_counter=counter,
        closers=(*sources.closers, *(domain.close for domain in domains)),
    )


def _with_cpu_model(
    sources: Sources, request: Request, conf: Configuration, process_time: ProcessTime
) -> Sources:
    mode = request.tracking_mode or TrackingMode.PROCESS
    machine_wide = mode is TrackingMode.MACHINE
    thread = thread_w(conf)
    info = MeterInfo(
        f"CPU time x {thread.watts:.3g} W per hardware thread",
        Provenance.MODELLED,
        mode,
        MACHINE_CPU_TICK_S if machine_wide else 1e-6,
        f"{thread.detail}; no power counter; {process_time.detail}",
        accuracy=accuracy.of_cpu_time(tdp_known=thread.is_known),
        watts=thread.watts,
    )
    return replace(
        sources,
        infos={**sources.infos, "cpu": info},
        cpu_w_per_cpu_s=thread.watts,
        cpu_machine_wide=machine_wide,
    )


def _with_gpus(sources: Sources, request: Request, conf: Configuration) -> Sources:
    """The GPUs by their energy counters, or by samples of their power."""
    found = gpus(conf)
    if not found:
        fitted = has_gpu() and not hides_gpus(conf)
        return replace(sources, infos={**sources.infos, "gpu": UNREADABLE}) if fitted else sources
    devices = [device for *_, device in found]
    counters = [Counter(device) for device in devices]
    learn_ticks([counter for counter in counters if counter.device.steps])
    sharers = 1 if request.tracking_mode is TrackingMode.MACHINE else request.concurrent
    sampled = [device for device in devices if isinstance(device, GpuPower)]
    info = MeterInfo(
        accuracy.POWER_SAMPLES if sampled else "energy counter",
        Provenance.MEASURED,
        TrackingMode.MACHINE,
        round(max(counter.tick_s for counter in counters), 3),
        ", ".join(device.name for device in devices)
        + (", shared evenly by the workers that use them" if sharers > 1 else ""),
        tuple((index, model) for index, model, _ in found),
        # That of samples depends on how long the session takes: see accuracy.at_the_end.
        None if sampled else accuracy.of_gpu_counters(model for _, model, _ in found),
    )
    return replace(
        sources,
        infos={**sources.infos, "gpu": info},
        gpu_counter=SteppedComponent(counters, sharers=sharers),
        closers=(*sources.closers, *([PowerSampler(sampled).close] if sampled else [])),
    )


def _with_ram(sources: Sources, request: Request, conf: Configuration) -> Sources:
    """The memory as a constant power."""
    watts, detail = ram_w(conf)
    how = "evenly by the workers" if ON_WINDOWS else "by the tests that run together"
    share = f", shared {how}" if request.concurrent > 1 else ""
    info = MeterInfo(
        f"{watts:.3g} W constant",
        Provenance.CONSTANT,
        TrackingMode.MACHINE,
        1e-9,
        detail + share,
        accuracy=accuracy.RAM_CONSTANT,
        watts=watts,
    )
    return replace(sources, infos={**sources.infos, "ram": info}, ram_w=watts)


def _unless_shared(request: Request) -> TrackingMode:
    return TrackingMode.MACHINE if request.concurrent == 1 else TrackingMode.PROCESS
