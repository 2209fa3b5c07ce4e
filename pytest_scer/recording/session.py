"""What every test of a session is measured with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING
from weakref import WeakSet

from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.uncertainty import Noise
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.recording.progress import NoProgress, Progress
from pytest_scer.recording.serving import OnDemand
from pytest_scer.recording.session_time import SessionTime

if TYPE_CHECKING:  # imported with the first server
    from pytest_scer.meters.server_process import ServerProcess


@dataclass(frozen=True)
class Session:
    """What every test of the session is measured with.

    Attributes:
        read: Takes a reading after pending CUDA work; with ``force=True`` it reads every counter.
        conversion: Converts joules to grams of CO2e.
        noise_of: Returns how much a test's figures differ between sessions, by its node ID.
        wue_l_per_kwh: Litres of water per kWh of IT energy; None if not set.
        gpu_tick_s: Seconds between two updates of the GPU counters; 0 if there are none.
        time: When the session started; None if there will be no report.
        progress: Where to show what takes long.
        luck_of: Returns how much a ratio of costs depends on the process; see
            :func:`pytest_scer.meters.noise.luck_of`.
        fail_on: Which verdicts fail a test.
        models: The models that ``carbon.generate`` and similar methods have called.
        servers: The servers that tests call; None if none can be billed.
        ports: The servers that were found at ports of this machine.
    """

    read: Callable[..., Reading]
    conversion: Conversion
    noise_of: Callable[[str], Noise]
    wue_l_per_kwh: float | None = None
    gpu_tick_s: float = 0.0
    time: SessionTime | None = None
    progress: Progress = field(default_factory=NoProgress)
    luck_of: Callable[[Measurement], float] = lambda _: 0.0
    fail_on: frozenset[str] = frozenset()
    models: WeakSet[object] = field(default_factory=WeakSet)
    servers: OnDemand | None = None
    ports: dict[int, ServerProcess] = field(default_factory=dict)
