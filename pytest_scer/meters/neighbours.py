"""How long busy neighbours on the same cores may have slowed this process down.

Two busy hardware threads of a core share its units, so work takes more CPU time than alone. A
virtual machine does not show which of its threads share a core (it often claims that none do), so
any busy thread may be the sibling.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import psutil

WINDOW_S: Final = 0.2
"""How often the machine's CPU time is read: 20 ticks of ``proc_stat(5)``, so to about 5 %."""
SHORTEST_S: Final = 0.05
"""The same at the edges of a test with a budget, to about 20 %: it should not be judged by what ran
beside the test before it."""
QUIET: Final = 0.1
"""A machine whose other processes keep a tenth of a thread busy counts as quiet: its own services
and the rounding of ticks are that much (judgement)."""


def busy_s() -> float:
    """CPU seconds that all processes of this machine have used since boot.

    Without stolen time, in which other virtual machines ran: no process is charged for it.
    """
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "steal", 0.0)
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle - guest)


class Neighbours:
    """Counts the seconds of this process during which others kept hardware threads busy.

    Between two looks at the machine's CPU time, the share of the last window applies.
    """

    def __init__(self, machine_busy_s: Callable[[], float] = busy_s) -> None:
        """Start counting at the first call of :meth:`contended_s`.

        Args:
            machine_busy_s: Returns the CPU seconds of all processes of the machine.
        """
        self._machine_busy_s = machine_busy_s
        self._window: tuple[float, float, float] | None = None
        self._settled_s = 0.0
        self._share = 0.0

    def contended_s(self, time_s: float, own_cpu_s: float, *, force: bool = False) -> float:
        """CPU seconds of this process so far that a busy neighbour may have prolonged.

        A second of a neighbour prolongs at most one of this process.

        Args:
            time_s: The time, in seconds of a monotonic clock.
            own_cpu_s: CPU seconds of this process and its children so far.
            force: Whether to look even if the last look was a short time ago.
        """
        window = self._window
        if window is None or time_s - window[0] >= (SHORTEST_S if force else WINDOW_S):
            self._look(time_s, own_cpu_s)
            return self._settled_s
        return self._settled_s + self._share * (own_cpu_s - window[1])

    def _look(self, time_s: float, own_cpu_s: float) -> None:
        try:
            machine_s = self._machine_busy_s()
        except Exception:  # an unreadable /proc must not break a user's tests
            self._machine_busy_s = lambda: 0.0
            machine_s = 0.0
        if self._window is not None:
            before_s, own_before_s, machine_before_s = self._window
            own_s = own_cpu_s - own_before_s
            loud_s = machine_s - machine_before_s - own_s - QUIET * (time_s - before_s)
            others_s = max(loud_s, 0.0) / (1 - QUIET)
            if own_s > 0:
                self._share = min(others_s / own_s, 1.0)
            self._settled_s += self._share * own_s
        self._window = (time_s, own_cpu_s, machine_s)
