"""The keys under which controller and workers exchange what they know.

``workerinput`` carries what the controller tells a worker before it starts, ``workeroutput`` what
a worker leaves behind when it ends.
"""

from __future__ import annotations

from typing import Final

# In workerinput.
SEAT: Final = "scer_seat"
"""Where the worker runs, and whether it meters its host."""
GRID: Final = "scer_grid"
"""The live carbon intensity, which is looked up once."""
IDLE: Final = "scer_idle"
"""What the idle machine drew before there were workers."""
FINGERPRINT: Final = "scer_fingerprint"
"""Machine, meters and versions of the session, for comparisons with a baseline."""
STOP: Final = "scer_stop"
"""The path of the flag that stops all workers."""
TURN: Final = "scer_turn"
"""The path of the lock that budgeted tests take in turn."""

# In workeroutput.
USAGE_ERROR: Final = "scer_usage_error"
"""A mistake that the worker found while it collected."""
DESELECTED: Final = "scer_deselected"
"""The tests that were not selected."""
REST: Final = "scer_rest"
"""Records that no report carried."""
HOST: Final = "scer_host"
"""What the worker's host used."""
