"""Open the meter and determine the carbon intensity, while pytest collects."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from pytest_scer.config.settings import Settings
from pytest_scer.core.intensity import CarbonIntensity, Conversion, Place, implausible
from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.text import printable
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import (
    ABSENT,
    Meter,
    MeterFault,
    MeterInfo,
    Provenance,
    TrackingMode,
)
from pytest_scer.models.cuda import synchronize
from pytest_scer.recording.progress import Progress, progress_of
from pytest_scer.recording.session_time import unix_time_s
from pytest_scer.report.entries_to_json import MeasurementForm
from pytest_scer.report.model import Idle
from pytest_scer.system import System

if TYPE_CHECKING:
    from pytest_scer.meters.codecarbon.configuration import Configuration


@dataclass(frozen=True)
class Metered:
    """What a session is measured with: the open meter and the factors for its figures.

    Attributes:
        meter: The meter of this process.
        carbon_intensity: The carbon intensity of the electricity.
        pue: Power usage effectiveness.
        wue_l_per_kwh: Litres of water per kWh of IT energy; None if not set.
        idle: What the idle machine drew; None if not requested.
        idle_at_s: When that measurement started, in Unix time; None without one.
        warnings: Warnings for the report: about the grid look-up, the idle measurement, and outputs
            that CodeCarbon's configuration asks for.
    """

    meter: Meter
    carbon_intensity: CarbonIntensity
    pue: float
    wue_l_per_kwh: float | None
    idle: Idle | None = None
    idle_at_s: float | None = None
    warnings: tuple[str, ...] = ()

    def idle_since(self, started_s: float) -> Idle | None:
        """What the idle machine drew, and when.

        Args:
            started_s: When the session started, in Unix time.
        """
        if self.idle is None or self.idle_at_s is None:
            return self.idle
        return replace(self.idle, start_s=self.idle_at_s - started_s)

    @property
    def conversion(self) -> Conversion:
        """Converts joules to grams of CO2e."""
        return Conversion(self.carbon_intensity.g_per_kwh, self.pue)

    @property
    def infos(self) -> Mapping[str, MeterInfo]:
        """How each component is metered."""
        return {name: self.meter.infos.get(name, ABSENT) for name in ("cpu", "gpu", "ram")}

    def read(self, *, force: bool = False, settle: bool = True) -> Reading:
        """Take a reading.

        Args:
            force: Whether to poll every counter.
            settle: Whether to wait until pending work on the GPUs has finished.
        """
        # read() runs four to six times per test: save most of the calls.
        if settle and "torch.cuda" in sys.modules:
            synchronize()
        return self.meter.read(force=force)


def form_of(metered: Metered) -> MeasurementForm:
    """How the measurements of a session become JSON."""
    return MeasurementForm(metered.conversion, metered.wue_l_per_kwh, metered.idle)


class Metering:
    """A plugin that opens the meter at the start of the session and closes it at the end.

    It detects hardware and grid in a separate thread, so that this overlaps with collection.
    """

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        concurrent: int = 1,
        *,
        runs_tests: bool = True,
        sessions: int = 1,
    ) -> None:
        """Prepare; :meth:`start` starts the thread.

        Args:
            config: The pytest config object.
            settings: The settings of the session.
            concurrent: Number of test processes on this host.
            runs_tests: Whether this process is one of them.
            sessions: How many sessions run side by side on this host, and share its energy.
        """
        self._sessions = sessions
        self._runs_tests = runs_tests
        self._config = config
        self._settings = settings
        self._concurrent = concurrent
        self._thread: threading.Thread | None = None
        self._metered: Metered | None = None
        self._error: BaseException | None = None
        self.known_intensity: CarbonIntensity | None = None
        """The carbon intensity that another process of the session has looked up."""
        self._idle_is_known = False
        self._warnings: tuple[str, ...] = ()
        self.warnings_of_workers: list[str] = []
        """What the processes that run the tests warn of."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What this process warns of; nothing as long as it has no meter."""
        return () if self._metered is None else self._metered.warnings

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        """Detect the hardware while pytest collects.

        Runs last because pytest-cov starts coverage.py in this hook, and coverage.py removes
        modules from ``sys.modules`` that another thread imports at the same time. The controller
        of pytest-xdist starts earlier, together with its workers.
        """
        if self._settings.measures_every_test:
            self.start()

    def pytest_unconfigure(self) -> None:
        """Release files and threads."""
        if self._thread is not None:
            self._thread.join()
        if self._metered is not None:
            self._metered.meter.close()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the warnings if there is no report that contains them."""
        if self._settings.measures_every_test:
            return
        for warning in dict.fromkeys([*self.warnings, *self.warnings_of_workers]):
            terminalreporter.line(f"pytest-scer warning: {warning}", yellow=True)

    def start(self) -> None:
        """Start opening the meter in the background, unless that has already begun.

        The package's own modules are imported here, before the thread starts: pytest rewrites their
        asserts, and parsing in two threads at once can fail on Python 3.11 ("AST constructor
        recursion depth mismatch", cpython issue 106905).
        """
        if self._thread is None:
            for module in (
                "opening",
                "foreign",
                "codecarbon.grids",
                "codecarbon.outputs",
                *(["online"] * self._settings.online),
            ):
                import_module(f"pytest_scer.meters.{module}")
            self._thread = threading.Thread(target=self._run, name="pytest-scer", daemon=True)
            self._thread.start()

    def ready(self) -> Metered:
        """Wait for the meter.

        Raises:
            pytest.UsageError: A setting is invalid, which only CodeCarbon's tables show.
        """
        self.start()
        assert self._thread is not None
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._metered is not None
        return self._metered

    @cached_property
    def progress(self) -> Progress:
        """Where to show what takes long; first used at the end of collection."""
        return progress_of(self._config)

    def ready_after_idle(self) -> Metered:
        """Wait for the meter and, if requested, measure the idle machine, once."""
        metered = self.ready()
        if self._settings.idle and not self._idle_is_known:
            self._idle_is_known = True
            self.progress.show(f"measuring the idle machine for {self._settings.idle:g} s")
            at_s = unix_time_s()
            try:
                idle = _idle(metered, self._settings.idle)
            except MeterFault as fault:
                warning = f"the idle machine was not measured: {fault}"
                self._metered = replace(metered, warnings=(*metered.warnings, warning))
            else:
                self._metered = replace(metered, idle=idle, idle_at_s=at_s)
            finally:
                self.progress.clear()
        assert self._metered is not None
        return self._metered

    def take_idle(self, idle: Idle | None) -> None:
        """Use the idle measurement of another process on this host, which may be None."""
        self._metered = replace(self.ready(), idle=idle)
        self._idle_is_known = True

    def _run(self) -> None:
        try:
            self._metered = self._open()
        except BaseException as error:  # ready() raises it in the main thread
            self._error = error

    def _open(self) -> Metered:
        from pytest_scer.meters.codecarbon.configuration import configuration, shown
        from pytest_scer.meters.codecarbon.outputs import ignored
        from pytest_scer.meters.foreign import ForeignMeter
        from pytest_scer.meters.hardware import HardwareMeter
        from pytest_scer.meters.opening import Request, open_meter

        settings, hook = self._settings, self._config.hook
        try:
            conf = configuration()
            meter = hook.pytest_scer_meter(config=self._config)
            if meter is None:
                mode = _tracking_mode(settings, conf)
                if self._runs_tests and mode is TrackingMode.MACHINE and self._concurrent > 1:
                    raise ValueError(_cannot_share(settings, conf, self._concurrent))
                request = Request(settings.components, mode, self._concurrent, self._sessions)
                meter = open_meter(request, conf)
            elif not isinstance(meter, HardwareMeter):
                meter = ForeignMeter(meter)
            intensity = hook.pytest_scer_carbon_intensity(config=self._config)
            if intensity is None:
                intensity = self.known_intensity or self._intensity(conf)
            intensity = intensity.described(settings.stated)
            pue = settings.pue if settings.pue is not None else conf.number("pue")
            wue = settings.wue if settings.wue is not None else conf.number("wue")
            if not (math.isfinite(intensity.g_per_kwh) and intensity.g_per_kwh >= 0):
                raise ValueError(
                    f"pytest_scer_carbon_intensity: {intensity.g_per_kwh} g per kWh is not a "
                    "carbon intensity"
                )
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None
        pue_source = settings.sources.get("pue") or shown(conf.sources.get("pue", ""))
        doubts = implausible(intensity.g_per_kwh, intensity.source, pue, pue_source)
        pue = 1.0 if pue is None else pue
        intensity = _printable(intensity)
        lacking = ignored(conf, {output.kind for output in settings.output})
        return Metered(meter, intensity, pue, wue, warnings=(*self._warnings, *doubts, *lacking))

    def _intensity(self, conf: Configuration) -> CarbonIntensity:
        """The carbon intensity of the configured place or the world, or the live one."""
        from pytest_scer.meters.codecarbon.grids import carbon_intensity

        place = self._settings.place or conf.place()
        if not self._settings.online:
            return carbon_intensity(place or Place())
        if place is not None and place.g_per_kwh is not None:
            raise ValueError(
                f"--scer-online looks up the carbon intensity, but {place.source} sets it: "
                "remove one of the two"
            )
        from pytest_scer.meters.online import look_up

        answer = look_up(place, conf.values.get("electricitymaps_api_token"))
        self._warnings = answer.warnings
        return answer.intensity


def _printable(intensity: CarbonIntensity) -> CarbonIntensity:
    """A carbon intensity with printable texts; another plugin may have supplied it."""
    return replace(
        intensity,
        location=printable(intensity.location),
        source=printable(intensity.source),
        method=printable(intensity.method),
    )


def _idle(metered: Metered, seconds: float) -> Idle:
    """Measure what the machine draws and this process is charged while it sleeps.

    Raises:
        MeterFault: A meter has no figure.
    """
    before, start = metered.meter.host_totals(), metered.read(force=True)
    System.sleep(seconds)
    charged = Measurement.between(start, metered.read(force=True))
    after = metered.meter.host_totals()
    duration_s = after.duration_s - before.duration_s
    if not charged.complete:
        raise MeterFault(charged.fault or "the meter failed")
    if not (duration_s > 0 and charged.duration_s > 0):
        raise MeterFault("the meter's clock did not advance")
    is_constant = metered.infos["ram"].provenance is Provenance.CONSTANT
    return Idle(
        duration_s,
        (after.known_j - before.known_j) / duration_s,
        charged.known_j / charged.duration_s,
        (charged.ram_j or 0.0) / charged.duration_s if is_constant else 0.0,
    )


def _cannot_share(settings: Settings, conf: Configuration, workers: int) -> str:
    """The message for tracking mode ``machine`` with several workers."""
    source = settings.sources.get("tracking_mode") or conf.sources["tracking_mode"]
    return (
        f"{source}: machine: {workers} workers run tests at the same time, so each test would be "
        "charged the energy of all of them; set process or auto (--scer-tracking-mode), or run "
        "without workers (-n 0)"
    )


def _tracking_mode(settings: Settings, conf: Configuration) -> TrackingMode | None:
    """The setting, else CodeCarbon's configuration; None lets the meter choose."""
    if "tracking_mode" in settings.sources:
        return settings.tracking_mode
    configured = conf.values.get("tracking_mode")
    if configured is None:
        return None
    try:
        return TrackingMode(configured)
    except ValueError:
        source = conf.sources["tracking_mode"]
        raise ValueError(
            f"{source}: tracking_mode = {configured!r} is unknown: expected machine or process"
        ) from None
