"""The keys of what controller and workers send each other.

``workerinput`` carries data from the controller to a worker before it starts, ``workeroutput`` the
data that a worker sends back when it ends.
"""

from __future__ import annotations

from typing import Final

# In workerinput.
SEAT: Final = "scer_seat"
"""Where the worker runs, and whether it meters its host."""
GRID: Final = "scer_grid"
"""The live carbon intensity, which is looked up only once."""
IDLE: Final = "scer_idle"
"""What the idle machine drew before the workers started."""
FINGERPRINT: Final = "scer_fingerprint"
"""Machine, meters and versions of the session, for comparisons with a baseline."""
STOP: Final = "scer_stop"
"""The path of the flag that stops all workers."""
STARTED: Final = "scer_started"
"""When the session started, and when this was sent, on the controller's clock."""

# In workeroutput.
USAGE_ERROR: Final = "scer_usage_error"
"""A usage error that the worker found during collection."""
DESELECTED: Final = "scer_deselected"
"""The tests that were deselected."""
REST: Final = "scer_rest"
"""Records that no report has delivered."""
HOST: Final = "scer_host"
"""What the worker's host used."""
WARNINGS: Final = "scer_warnings"
"""What a worker warns of if no report contains it."""
